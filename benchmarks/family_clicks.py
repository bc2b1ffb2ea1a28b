"""Rows of the part ``targets`` of `benchmarks/family.py`: who weighs the history before a click?

8,000 users of the world `ads` see 20 items each; the first 6,000 users are trained on and the others tested.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from seqrec_lib.data import simulate
from seqrec_lib.data.batch import Batch
from seqrec_lib.evaluation.clicks import auc, grouped_auc, log_loss
from seqrec_lib.models.din import DIN, DINSettings

TRAINED, USERS, EPOCHS = 6000, 8000, 6
# All know the distance from the request, so that forms differ in who asks and in the softmax alone.
FORMS: dict[str, dict[str, object]] = {
    "mean": {"reader": "mean"},
    "fixed query, softmax": {"reader": "fixed", "normalise": True, "distance": True},
    "target, no softmax": {"reader": "target", "distance": True},
    "target, softmax": {"reader": "target", "normalise": True, "distance": True},
}


@cache
def slates(seed: int = 1) -> tuple[Batch, Batch, Tensor]:
    """``(training, test, p(click) of the test slates (N, K))``."""
    world = simulate("ads", users=USERS, seed=seed)
    batch = world.click_batch
    test = batch.rows(slice(TRAINED, USERS))
    true = world.click_oracle(test.items, test.times, test.lengths, test.query_time, test.candidates)
    return batch.rows(slice(0, TRAINED)), test, true


def train_din(train: Batch, n_items: int, seed: int, epochs: int = EPOCHS, lr: float = 3e-3, **form) -> DIN:
    """DIN on the clicks of ``train``, every slate once an epoch."""
    torch.manual_seed(seed)
    model = DINSettings("din", n_items, max_len=40, dim=32, **form).build()
    optimiser = torch.optim.AdamW(model.parameters(), lr, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs * -(-len(train) // 64))
    for _ in range(epochs):
        for rows in torch.randperm(len(train)).split(64):
            part = train.rows(rows)
            loss = binary_cross_entropy_with_logits(model.score(part, part.candidates), part.labels.float())
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return model.eval()


def probabilities(model: DIN, batch: Batch) -> Tensor:
    """``(N, K)`` p(click)."""
    parts = (batch.rows(slice(first, first + 250)) for first in range(0, len(batch), 250))
    with torch.no_grad():
        return torch.cat([model.score(part, part.candidates).sigmoid() for part in parts])


def figures(labels: Tensor, p: Tensor) -> dict[str, float]:
    """AUC, AUC within users, log-loss."""
    flat, known = labels.flatten().numpy(), p.double().flatten().numpy()
    users = np.repeat(np.arange(len(labels)), labels.shape[1])
    return {
        "AUC": auc(flat, known),
        "grouped AUC": grouped_auc(flat, known, users),
        "log-loss": float(log_loss(flat, known).mean()),
    }


def cause_found(model: DIN, test: Batch, seed: int = 1) -> dict[str, float]:
    """How often the event with the largest weight is the cause, where that is beyond doubt.

    Two yardsticks: the last event, and an event at random.
    """
    world, some = simulate("ads", users=USERS, seed=seed), test.rows(slice(0, 600))
    with torch.no_grad():
        _, weights = model.read(some, some.candidates)  # (N, K, T)
    top = weights.masked_fill(~some.mask()[:, None], -torch.inf).argmax(-1)  # (N, K)
    hits, last, chance = [], [], []
    for place in range(some.candidates.shape[1]):
        share, cause = world.cause_posterior(some, some.candidates[:, place])[:, :-1].max(1)
        sure = share >= 0.9
        hits.append((top[:, place] == cause)[sure])
        last.append((some.lengths - 1 == cause)[sure])
        chance.append((1 / some.lengths)[sure])
    found = {"largest weight": hits, "last event": last, "at random": chance}
    joined = {name: torch.cat(parts).double() for name, parts in found.items()}
    return {
        **{name: float(values.mean()) for name, values in joined.items()},
        "pairs": len(joined["at random"]),
    }


def click_row(form: str, seed: int) -> dict:
    """Train one form and measure it between the floors and the oracle."""
    train, test, true = slates()
    n_items = int(max(train.candidates.max(), train.items.max(), test.items.max()))
    model = train_din(train, n_items, seed, **FORMS[form])
    rate = train.labels.mean()
    by_place = train.labels.mean(0).expand_as(test.labels)
    return {
        "part": "targets",
        "variant": form,
        "world": "ads",
        "model": "din",
        "seed": seed,
        "protocol": "slates-new-users",
        "settings": {**model.settings.as_dict(), "epochs": EPOCHS, "lr": 3e-3, "batch_size": 64},
        "data": {"users": USERS, "trained": TRAINED, "impressions": int(test.labels.numel())},
        "test": figures(test.labels, probabilities(model, test)),
        "floors": {
            "base-rate": {"log-loss": float(log_loss(test.labels.flatten().numpy(),
                                                     np.full(test.labels.numel(), float(rate))).mean())},
            "place": figures(test.labels, by_place),
        },
        "ceiling": figures(test.labels, true),
        "cause_found": cause_found(model, test),
    }  # fmt: skip
