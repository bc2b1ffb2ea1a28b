"""What would have to be gone for another item to stand first? Sets of events, the smallest, or quickly found.

Tran, Ghazimatin & Saha Roy (2021) give such sets as explanations. Sizes: ``M`` sets, ``T`` events.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor

from ..data.batch import Batch
from ..evaluation.asking import asked
from ..messages import InputError
from ..models.recommender import Recommender, place_model
from .absent import deleted, fillers, replaced
from .game import ABSENT, ROWS_AT_ONCE


@dataclass(frozen=True)
class Counterfactual:
    """Without ``events`` (numbers from 0), ``after`` stands first and no longer ``before``."""

    events: tuple[int, ...]
    before: int
    after: int


class Change:
    """Who stands first, and by how much, when events are gone.

    Items of the **whole** history stay out of the list: what is taken away was seen all the same, and is no
    recommendation.

    Args:
        history: a batch of one row. repeats: whether seen items may be recommended again.
        absent: ``delete`` or ``replace``, as for a :class:`Game`; with ``replace`` one draw stands in the
            places, and its items are no recommendations either.
    """

    def __init__(
        self,
        model: Recommender,
        history: Batch,
        absent: str = "delete",
        seed: int = 0,
        repeats: bool = False,
    ) -> None:
        if absent not in ABSENT:
            raise InputError(f"absent is {absent}: use one of {', '.join(ABSENT)}")
        self.model, self.history, self.repeats = model, history.trim(), repeats
        self.filler = None
        if absent == "replace":
            self.filler = fillers(self.history, 0, model.n_items, 1, seed)[0]  # (T,)
        self.before = int(self.firsts(torch.ones(1, self.events, dtype=torch.bool))[0][0])

    @property
    def events(self) -> int:
        """T."""
        return self.history.items.shape[1]

    def firsts(self, keep: Tensor) -> tuple[Tensor, Tensor]:
        """``(first item (M,), its score (M,))`` for each set of ``keep`` ``(M, T)``."""
        scores = self._scores(keep)
        best = scores.max(1)
        return best.indices, best.values

    def leads(self, keep: Tensor) -> Tensor:
        """By how much ``before`` leads the best other item: ``(M,)``; below 0: another one stands first."""
        scores = self._scores(keep)
        own = scores[:, self.before].clone()
        scores[:, self.before] = -torch.inf
        return own - scores.max(1).values

    def _scores(self, keep: Tensor) -> Tensor:
        if self.filler is None:
            batch = deleted(self.history, keep)
        else:
            batch = replaced(self.history, keep, self.filler)
        device, found = place_model(self.model, None), []
        with asked(self.model):
            for first in range(0, len(batch), ROWS_AT_ONCE):
                part = batch.rows(slice(first, first + ROWS_AT_ONCE)).to(device)
                found.append(self.model.score(part).double().cpu())
        scores = torch.cat(found)
        scores[:, 0] = -torch.inf
        if not self.repeats:
            scores[:, self.history.items[0].cpu()] = -torch.inf
        if self.filler is not None:
            scores[:, self.filler] = -torch.inf
        return scores


def smallest_set(change: Change, most: int = 3) -> Counterfactual | None:
    """A smallest set of events without which another item stands first; None: none of up to ``most`` events.

    All sets of one event are tried, then all of two, and so on. Of several smallest sets it is the one that
    puts ``before`` furthest behind.
    """
    t = change.events
    for size in range(1, min(most, t - 1) + 1):
        sets = torch.tensor(list(combinations(range(t), size)))  # (M, size)
        keep = torch.ones(len(sets), t, dtype=torch.bool).scatter_(1, sets, False)
        leads = change.leads(keep)
        best = int(leads.argmin())
        if leads[best] < 0:
            return _found(change, keep[best])
    return None


def greedy_set(change: Change, most: int | None = None) -> Counterfactual | None:
    """Take away the event whose absence hurts ``before`` most, again and again, until another item is first.

    It asks about T times for each event of the set, where :func:`smallest_set` asks for all sets; what it
    finds may be larger than needed. None: within ``most`` events (default: all but one) none is enough.
    """
    t = change.events
    keep = torch.ones(t, dtype=torch.bool)
    for _ in range(min(t - 1 if most is None else most, t - 1)):
        left = keep.nonzero().squeeze(1)
        trial = keep.repeat(len(left), 1)
        trial[torch.arange(len(left)), left] = False
        leads = change.leads(trial)
        best = int(leads.argmin())
        keep = trial[best]
        if leads[best] < 0:
            return _found(change, keep)
    return None


def _found(change: Change, keep: Tensor) -> Counterfactual:
    gone = tuple((~keep).nonzero().squeeze(1).tolist())
    return Counterfactual(gone, change.before, int(change.firsts(keep[None])[0][0]))
