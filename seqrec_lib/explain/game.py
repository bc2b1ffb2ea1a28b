"""The game that an explanation is about: what a model says of an item, for each set of events that it sees.

Sizes: ``M`` sets of events, ``T`` events, ``R`` draws of what stands in place of an absent event.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.batch import Batch
from ..evaluation.asking import asked
from ..messages import InputError, unknown
from ..models.recommender import Recommender, place_model
from .absent import deleted, fillers, replaced

ABSENT = ("replace", "delete")
ROWS_AT_ONCE = 1024


def log_probability(model: Recommender, batch: Batch, item: int | Tensor) -> Tensor:
    """log p of ``item`` after each history, by a softmax over all items: ``(B,)`` float64.

    A score alone says little: a model trained by cross-entropy may add any number to all scores of a history
    and mean the same. The logarithm of its probability does not move then.
    """
    device = place_model(model, None)
    found = []
    with asked(model):
        for first in range(0, len(batch), ROWS_AT_ONCE):
            part = batch.rows(slice(first, first + ROWS_AT_ONCE))
            found.append(of_scores(model.score(part.to(device)).cpu(), _some(item, first)))
    return torch.cat(found)


def of_scores(scores: Tensor, item: int | Tensor) -> Tensor:
    """log of the softmax of ``scores`` ``(B, V+1)`` over the items, at ``item``: ``(B,)`` float64."""
    logs = scores[:, 1:].double().log_softmax(1)
    row = torch.arange(len(scores), device=scores.device)
    return logs[row, torch.as_tensor(item, device=scores.device) - 1]


def _some(item: int | Tensor, first: int) -> int | Tensor:
    return item[first : first + ROWS_AT_ONCE] if isinstance(item, Tensor) and item.dim() else item


class LogScores:
    """A recommender whose scores are probabilities (an oracle), so that its softmax gives them back."""

    def __init__(self, model: Recommender) -> None:
        self.model = model

    @property
    def n_items(self) -> int:
        """``V``."""
        return self.model.n_items

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """log p: ``(B, V+1)`` or ``(B, C)``; what cannot come has the log of 1e-30."""
        return self.model.score(batch, candidates).double().clamp(min=1e-30).log()


class Game:
    """v(S): log p of one item when only the events in S are seen, mean over draws of what is there instead.

    Args:
        history: a batch of one row. item: whose probability is asked for.
        absent: ``replace``: other items stand in the places of absent events, the same for every set, so that
            v is one fixed game. ``delete``: the others move up, as if nothing had been there.
        draws: R. seed: of the draws.
        pool: items that may be put in; None: all. What is put in speaks too: an item that calls for another
            one takes probability from all the rest.

    Raises:
        InputError: more rows than one, an unknown ``absent``, or no draw.
    """

    def __init__(
        self,
        model: Recommender,
        history: Batch,
        item: int,
        absent: str = "replace",
        draws: int = 4,
        seed: int = 0,
        pool: Tensor | None = None,
    ) -> None:
        if absent not in ABSENT:
            raise InputError(unknown("absent", absent, ABSENT))
        if draws < 1:
            raise InputError(f"draws is {draws}: at least one item must stand in a place")
        self.model, self.history, self.item, self.absent = model, history.trim(), int(item), absent
        self.filler = None
        if absent == "replace":
            self.filler = fillers(self.history, self.item, model.n_items, draws, seed, pool)  # (R, T)

    @property
    def events(self) -> int:
        """T."""
        return self.history.items.shape[1]

    def __call__(self, keep: Tensor) -> Tensor:
        """v of each set, given as ``keep`` ``(M, T)`` bool: ``(M,)`` float64."""
        if self.filler is None:
            return log_probability(self.model, deleted(self.history, keep), self.item)
        draws, sets = len(self.filler), len(keep)
        every = keep.repeat(draws, 1)  # (R * M, T): all sets under the first draw, then under the second
        there = self.filler.repeat_interleave(sets, 0)
        values = log_probability(self.model, replaced(self.history, every, there), self.item)
        return values.view(draws, sets).mean(0)  # (R * M,) -> (R, M)

    def whole(self) -> Tensor:
        """v of all events: ``()``."""
        return self(torch.ones(1, self.events, dtype=torch.bool))[0]

    def empty(self) -> Tensor:
        """v of no event: ``()``."""
        return self(torch.zeros(1, self.events, dtype=torch.bool))[0]
