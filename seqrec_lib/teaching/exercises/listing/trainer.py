"""Train the listing: one history in, one next item out, as the listing does."""

from __future__ import annotations

import time

import torch
import torch.nn.functional as F
from torch import Tensor

from ....data.batch import Batch
from ....data.batching import batches
from ....data.splits import Split
from .model import ListingModel


def random_cuts(batch: Batch, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Cut each row after a random step: ``(items (B, T), lengths (B,), target (B,))``."""
    lengths = 1 + (torch.rand(len(batch), generator=generator) * batch.lengths).long()
    lengths = torch.minimum(lengths, batch.lengths)
    inside = torch.arange(batch.items.shape[1]) < lengths[:, None]
    assert batch.targets is not None, "a training batch has targets"
    target = batch.targets.gather(1, lengths[:, None] - 1)[:, 0]
    return batch.items * inside, lengths, target


def train(
    split: Split,
    fault: str | None = None,
    epochs: int = 30,
    seed: int = 0,
    batch_size: int = 64,
    lr: float = 2e-3,
    dim: int = 64,
) -> tuple[ListingModel, list[dict]]:
    """Train on the CPU; return the model and, for each epoch, a row.

    A row has ``seconds``, ``targets`` (training targets used), ``loss`` (the true mean of what was
    minimised) and ``reported`` (what the listing's loop would have returned for the same epoch).
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = ListingModel(split.log.n_items, split.max_len, dim, fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        start, total, rows, steps, reported = time.perf_counter(), 0.0, 0, 0, 0.0
        for batch in batches(split.train, batch_size, generator):
            items, lengths, target = random_cuts(batch, generator)
            if fault == "random-targets":
                target = torch.randint(1, model.n_items + 1, target.shape, generator=generator)
            logits = model.logits(items, lengths)  # (B, V)
            if fault == "softmax-then-nll":
                loss = F.nll_loss(logits.softmax(-1), target - 1)
            else:
                loss = F.cross_entropy(logits, target - 1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total, rows, steps = (
                total + loss.item() * len(target),
                rows + len(target),
                steps + int(lengths.sum()),
            )
            reported = loss.item() * (1 + int(lengths.sum()))  # overwritten by each batch in turn
        history.append(
            {
                "seconds": round(time.perf_counter() - start, 3),
                "targets": rows,
                "targets_per_second": round(rows / (time.perf_counter() - start)),
                "loss": total / rows,
                "reported": reported / steps,
            }
        )
    return model, history
