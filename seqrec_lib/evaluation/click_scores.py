"""What a model of clicks is worth on slates: AUC, AUC within a user, log-loss, and how sure we are of them.

Sizes: ``M`` slates, ``C`` places, ``N`` shown items, ``U`` users.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from ..data.batch import Batch
from ..messages import InputError
from ..models.recommender import Recommender, place_model
from .asking import asked
from .clicks import auc, grouped_auc, log_loss
from .resampling import Difference, bounds

METRICS = ("AUC", "grouped AUC", "log-loss")
SLATES_AT_ONCE = 250


@dataclass(frozen=True, eq=False)
class ClickScores:
    """Probabilities beside what happened, a number a shown item.

    Attributes:
        labels, probabilities: ``(N,)``. users: ``(N,)``, whose slate an item stood in.
    """

    labels: np.ndarray
    probabilities: np.ndarray
    users: np.ndarray

    @cached_property
    def metrics(self) -> dict[str, float]:
        """``AUC``, ``grouped AUC`` (within users, weighted by impressions) and ``log-loss`` (nats)."""
        return {name: measure(name, self.labels, self.probabilities, self.users) for name in METRICS}

    def samples(self, samples: int = 200, seed: int = 0) -> dict[str, np.ndarray]:
        """Metric to ``(samples,)`` values, each over users drawn with replacement, the same for one seed."""
        _, user, size = np.unique(self.users, return_inverse=True, return_counts=True)
        rows = np.split(np.argsort(user, kind="stable"), size.cumsum()[:-1])
        cost = np.bincount(user, log_loss(self.labels, self.probabilities))  # (U,)
        won = np.array([_own_auc(self.labels[r], self.probabilities[r]) for r in rows])  # (U,), NaN: one kind
        judged = np.where(np.isnan(won), 0, size)
        rng, found = np.random.default_rng(seed), {name: np.empty(samples) for name in METRICS}
        for sample in range(samples):
            drawn = rng.integers(len(rows), size=len(rows))
            chosen = np.concatenate([rows[u] for u in drawn])
            found["AUC"][sample] = auc(self.labels[chosen], self.probabilities[chosen])
            found["grouped AUC"][sample] = np.nan_to_num(won)[drawn] @ judged[drawn] / judged[drawn].sum()
            found["log-loss"][sample] = cost[drawn].sum() / size[drawn].sum()
        return found

    def intervals(self, level: float = 0.95, samples: int = 200) -> dict[str, list[float]]:
        """Metric to the low and high end of its interval over users."""
        return {name: list(bounds(values, level)) for name, values in self.samples(samples).items()}


def _own_auc(labels: np.ndarray, values: np.ndarray) -> float:
    """AUC of one user; NaN where all labels are alike."""
    return auc(labels, values) if 0 < labels.sum() < len(labels) else float("nan")


def measure(name: str, labels: np.ndarray, probabilities: np.ndarray, users: np.ndarray) -> float:
    """One of :data:`METRICS`."""
    if name == "AUC":
        return auc(labels, probabilities)
    if name == "grouped AUC":
        return grouped_auc(labels, probabilities, users)
    return float(log_loss(labels, probabilities).mean())


def click_difference(
    a: ClickScores, b: ClickScores, name: str, level: float = 0.95, samples: int = 200
) -> Difference:
    """``a - b`` by one metric on the same shown items, with a paired interval over users.

    Raises:
        InputError: the two were not measured on the same items.
    """
    if not (np.array_equal(a.labels, b.labels) and np.array_equal(a.users, b.users)):
        raise InputError("the two were measured on different impressions: a paired difference needs the same")
    apart = a.samples(samples)[name] - b.samples(samples)[name]
    low, high = bounds(apart, level)
    return Difference(name, a.metrics[name] - b.metrics[name], low, high, level)


def evaluate_clicks(
    model: Recommender, slates: Batch, device: torch.device | str | None = None
) -> ClickScores:
    """Ask ``model`` for every shown item; its scores are logits.

    Raises:
        InputError: slates without candidates, labels or users; or a score is no number.
    """
    device = place_model(model, device)
    if slates.candidates is None:
        raise InputError("clicks are measured on slates: a batch with candidates and labels")
    parts = [slates.rows(slice(n, n + SLATES_AT_ONCE)) for n in range(0, len(slates), SLATES_AT_ONCE)]
    with asked(model):
        found = [model.score(part.to(device).trim(), part.candidates.to(device)).cpu() for part in parts]  # type: ignore[union-attr]
    return scores_of(slates, torch.cat(found).double().sigmoid())


def scores_of(slates: Batch, probabilities: Tensor) -> ClickScores:
    """:class:`ClickScores` of ``probabilities`` ``(M, C)``; places where nothing was shown are left out."""
    if slates.candidates is None or slates.labels is None or slates.users is None:
        raise InputError("clicks are measured on slates: a batch with candidates, labels and users")
    shown = (slates.candidates > 0).cpu()
    whose = slates.users.cpu()[:, None].expand(shown.shape)
    values = (slates.labels.cpu()[shown], probabilities.cpu().double()[shown], whose[shown])
    return ClickScores(*(each.numpy() for each in values))
