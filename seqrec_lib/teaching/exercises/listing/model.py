"""The mended listing as a model, with a switch that puts one fault back.

Sizes: ``B`` rows, ``T`` steps, ``D`` width, ``V`` items.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ....data.batch import Batch

# The faults that a training run can survive; the others raise before it starts.
TRAINABLE = (
    "softmax-then-nll",
    "width-scores",
    "no-query",
    "int-noise",
    "random-targets",
    "padding-as-data",
)


class ListingModel(nn.Module):
    """LSTM over a history, attention from its last state, MLP, one logit an item.

    Args:
        n_items: V. max_len: T. dim: D. fault: None, or the one fault to put back:
            ``width-scores`` D scores a step instead of one; ``no-query`` a learned score that asks
            nothing; ``int-noise`` item numbers read as quantities; ``padding-as-data`` rows filled
            up to T, padding read, weighed and asked with. Those of the loss and the targets are
            in :func:`seqrec_lib.teaching.exercises.listing.trainer.train`.
    """

    def __init__(self, n_items: int, max_len: int = 50, dim: int = 64, fault: str | None = None) -> None:
        super().__init__()
        self.n_items, self.max_len, self.fault = n_items, max_len, fault
        self.embedding = nn.Embedding(n_items + 1, dim)
        self.numbers = nn.Linear(1, dim) if fault == "int-noise" else None
        self.encoder = nn.LSTM(dim, dim, batch_first=True)
        self.score_layer = nn.Linear(dim, 1 if fault == "no-query" else dim)
        self.head = nn.Sequential(nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, n_items))

    def weights(self, states: Tensor, lengths: Tensor) -> Tensor:
        """``states`` ``(B, T, D)`` -> weights that sum to 1 over T: ``(B, T, 1)``, or ``(B, T, D)``."""
        if self.fault in ("width-scores", "no-query"):
            scores = self.score_layer(states)  # (B, T, D) or (B, T, 1)
        else:
            last = torch.full_like(lengths, states.shape[1]) if self.fault == "padding-as-data" else lengths
            query = self.score_layer(states[torch.arange(len(last)), last - 1])  # (B, D)
            scores = states @ query[:, :, None] / math.sqrt(states.shape[-1])  # (B, T, 1)
        if self.fault != "padding-as-data":
            real = torch.arange(states.shape[1], device=states.device) < lengths[:, None]  # (B, T)
            scores = scores.masked_fill(~real[:, :, None], -math.inf)
        return scores.softmax(1)

    def logits(self, items: Tensor, lengths: Tensor) -> Tensor:
        """``items`` ``(B, T)``, ``lengths`` ``(B,)`` -> ``(B, V)``; column 0 is item 1."""
        if self.fault == "padding-as-data":
            items = F.pad(items, (0, max(self.max_len - items.shape[1], 0)))
        if self.numbers is not None:
            vectors = self.numbers(items[:, :, None].float())  # (B, T, 1) -> (B, T, D)
        else:
            vectors = self.embedding(items)
        states = self.encoder(vectors)[0]  # (B, T, D)
        return self.head((self.weights(states, lengths) * states).sum(1))

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)``, column 0 -inf; or ``(B, C)``."""
        scores = F.pad(self.logits(batch.items, batch.lengths), (1, 0), value=-math.inf)
        return scores if candidates is None else scores.gather(1, candidates)
