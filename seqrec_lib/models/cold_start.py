"""Rules at serving for users and items of whom little is known: a mix with popularity, and reserved places.

Sizes: ``B`` rows, ``T`` time, ``V`` items. Both wrap trained models and train nothing.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.batch import Batch
from ..messages import InputError
from .baselines import finish_scores
from .recommender import Recommender


def short_history_mix(chances: Tensor, popular: Tensor, lengths: Tensor, kappa: float) -> Tensor:
    """``(B, V+1)``: n / (n + kappa) of what the model says, and the rest of what is popular.

    Args:
        chances: ``(B, V+1)``, each row of sum 1. popular: ``(V+1,)`` or ``(B, V+1)``, of sum 1.
        lengths: ``(B,)``: n, how many events the model has read. kappa: how many events weigh as much as
            popularity does; 0 is the model alone.

    Source: Bayesian smoothing with a Dirichlet prior, as in Zhai & Lafferty 2004, section 3.
    """
    n = lengths.to(chances.dtype)[:, None]
    trust = n / (n + kappa) if kappa else 1.0
    return trust * chances + (1 - trust) * popular


class MixedWithPopularity:
    """A model whose chances are mixed with popularity, the more the shorter the history is.

    Args:
        model: its scores are logits. popularity: ``(V+1,)`` training counts. kappa: see above.

    Raises:
        InputError: kappa is below 0, or nothing was counted.
    """

    def __init__(self, model: Recommender, popularity: Tensor, kappa: float) -> None:
        if kappa < 0:
            raise InputError(f"kappa is {kappa}: it may not be below 0")
        counts = popularity.double().clone()
        counts[0] = 0.0
        if not counts.sum() > 0:
            raise InputError("popularity holds no count: give how often each item occurs in training")
        self.model, self.kappa, self.popular = model, float(kappa), counts / counts.sum()
        self.n_items = model.n_items

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)`` float64 logarithms of mixed chances, column 0 -inf; or ``(B, C)``."""
        chances = self.model.score(batch).double().cpu().softmax(-1)  # (B, V+1)
        mixed = short_history_mix(chances, self.popular, batch.lengths.cpu(), self.kappa)
        return finish_scores(mixed.clamp(min=1e-300).log(), batch, candidates)


def reserved_order(old: Tensor, new: Tensor, is_new: Tensor, every: int) -> Tensor:
    """``(B, V+1)`` int64: the place, from 1, of each item in a list with places kept for new items.

    The j-th best new item stands at place ``every * j``, and the k-th best old one at place
    ``k + (k - 1) // (every - 1)``. Each kind is ordered by a model of its own, whose scores are never
    compared with those of the other.

    Args:
        old, new: ``(B, V+1)`` scores by which old and new items are ordered. is_new: ``(V+1,)`` bool.
        every: 2 gives every second place to a new item.

    Raises:
        InputError: every is below 2.
    """
    if every < 2:
        raise InputError(f"every is {every}: it must be at least 2, so that old items keep a place")

    def nth(scores: Tensor, kind: Tensor) -> Tensor:
        """From 1, among those of one kind."""
        ordered = scores.masked_fill(~kind, -torch.inf).argsort(stable=True, dim=1, descending=True)
        return ordered.argsort(1) + 1

    k, j = nth(old, ~is_new), nth(new, is_new)
    return torch.where(is_new, every * j, k + (k - 1) // (every - 1))


class ReservedPlaces:
    """Two models and one list: each place that ``every`` divides is kept for a new item.

    Args:
        old: orders the items that are not new. new: orders the new ones, by what is known of them.
        is_new: ``(V+1,)`` bool. every: see :func:`reserved_order`.

    Raises:
        InputError: every is below 2, or the models know other catalogues.
    """

    def __init__(self, old: Recommender, new: Recommender, is_new: Tensor, every: int) -> None:
        if every < 2:
            raise InputError(f"every is {every}: it must be at least 2, so that old items keep a place")
        if not old.n_items == new.n_items == len(is_new) - 1:
            raise InputError(
                f"one model knows {old.n_items} items, the other {new.n_items}, and is_new names "
                f"{len(is_new) - 1}: give two models of one catalogue"
            )
        self.old, self.new, self.is_new, self.every = old, new, is_new.cpu(), every
        self.n_items = old.n_items

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)`` float64: minus the place, column 0 -inf; or ``(B, C)``.

        Items of the history that the batch holds come last, so that they take no reserved place.
        """
        met = batch.items.cpu()  # (B, T)
        scores = []
        for model in (self.old, self.new):
            found = model.score(batch).double().cpu()
            scores.append(found.scatter(1, met, torch.finfo(found.dtype).min))
        for found in scores:
            found[:, 0] = -torch.inf
        place = reserved_order(scores[0], scores[1], self.is_new, self.every)
        return finish_scores(-place.double(), batch, candidates)
