"""AUC where scores may be equal."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ..exercise import Exercise, Mutant, Probe


def _pairs(labels: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``(clicks, others)`` bool arrays: the clicked item is higher; the two are equal."""
    clicked, other = scores[labels == 1][:, None], scores[labels == 0]
    return clicked > other, clicked == other


def pair_auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """labels: (N,) 0 or 1, scores: (N,). Returns a number."""
    higher, equal = _pairs(labels, scores)
    return float((higher + equal / 2).mean())


def ties_lost(labels, scores):
    return float(_pairs(labels, scores)[0].mean())


def ties_won(labels, scores):
    higher, equal = _pairs(labels, scores)
    return float((higher | equal).mean())


def ties_left_out(labels, scores):
    higher, equal = _pairs(labels, scores)
    return float(higher.sum() / max((~equal).sum(), 1))


def _by_ranks(labels: np.ndarray, rank: np.ndarray) -> float:
    n = int(labels.sum())
    return float((rank[labels == 1].sum() - n * (n + 1) / 2) / (n * (len(labels) - n)))


def _places(scores: np.ndarray, first: int, kind: Literal["stable"] | None = None) -> np.ndarray:
    """Places in a sort, counted from ``first``: equal scores get them as the sort leaves them."""
    return np.argsort(np.argsort(scores, kind=kind)) + first


def ranks_by_position(labels, scores):
    return _by_ranks(labels, _places(scores, 1, "stable"))


def ranks_unstable(labels, scores):
    return _by_ranks(labels, _places(scores, 1))


def _curve_downwards(kind: Literal["stable"] | None):
    """The area under a curve that takes one step an item, from the highest score down."""

    def area(labels, scores):
        ordered = labels[np.argsort(-scores, kind=kind)]
        above = np.cumsum(1 - ordered)
        return float(1 - above[ordered == 1].sum() / (labels.sum() * (1 - labels).sum()))

    return area


def ranks_from_zero(labels, scores):
    return pair_auc(labels, scores) - 1 / int((labels == 0).sum())


def places_from_zero(labels, scores):
    return _by_ranks(labels, _places(scores, 0))


def accuracy(labels, scores):
    return float(((scores > 0.5) == labels).mean())


def all_pairs(labels, scores):
    higher, equal = _pairs(labels, scores)
    n = len(labels)
    return float((higher + equal / 2).sum() / (n * (n - 1) / 2))


def _levels(labels: np.ndarray, scores: np.ndarray, width: float) -> float:
    """Scores that differ by less than ``width`` count as equal."""
    apart = scores[labels == 1][:, None] - scores[labels == 0]
    near = abs(apart) < width
    return float(((apart > 0) & ~near).mean() + near.mean() / 2)


def near_ties(labels, scores):
    return _levels(labels, scores, 0.01)


def rounded(labels, scores):
    return pair_auc(labels, np.round(scores, 1))


def gini(labels, scores):
    return 2 * pair_auc(labels, scores) - 1


def turned(labels, scores):
    return pair_auc(1 - labels, scores)


def _probes() -> list[Probe]:
    few = np.array([0.2, 0.8, 0.4, 0.8, 0.2, 0.6, 0.4, 0.9])
    rng = np.random.default_rng(2)
    levels = rng.integers(5, size=60) / 5 + 0.1
    labels = (rng.random(60) < 0.15 + 0.6 * levels).astype(int)
    return [
        Probe("no ties", (np.array([1, 0, 1, 0, 0]), np.array([0.9, 0.3, 0.2, 0.6, 0.1]))),
        Probe("ties between the two kinds", (np.array([1, 0, 0, 1, 0, 1, 1, 0]), few)),
        Probe("few levels, so that most pairs tie", (labels, levels)),
        Probe("near ties", (np.array([1, 0, 0, 1, 0]), np.array([0.5, 0.505, 0.4, 0.2, 0.24]))),
        Probe("one click", (np.array([0, 0, 1, 0, 0, 0]), np.array([0.5, 0.2, 0.5, 0.7, 0.5, 0.1]))),
    ]


EXERCISE = Exercise(
    name="auc-with-ties",
    reference=pair_auc,
    probes=_probes,
    mutants=(
        Mutant(
            "ties-ignored",
            "Equal scores count 0 here. They are worth one half: either order is as likely.",
            ties_lost,
        ),
        Mutant(
            "ties-won",
            "Equal scores count 1 here. A model that gives every item one score would be perfect.",
            ties_won,
        ),
        Mutant("ties-left-out", "Pairs with equal scores are left out. They count one half.", ties_left_out),
        Mutant(
            "order-of-the-log",
            "Equal scores get the order in which the sort leaves them, and that order is chance.",
            ranks_by_position,
            ranks_unstable,
            *(_curve_downwards(kind) for kind in ("stable", None)),
        ),
        Mutant(
            "ranks-from-zero",
            "The ranks start at 0 here, and the formula wants them from 1.",
            ranks_from_zero,
            places_from_zero,
        ),
        Mutant("accuracy", "This is the accuracy at one threshold. AUC asks for the order alone.", accuracy),
        Mutant(
            "all-pairs",
            "It is divided by all pairs. Pairs of two clicks, or of none, do not count.",
            all_pairs,
        ),
        Mutant(
            "near-ties",
            "Scores that lie close together count as equal here. Only exactly equal ones tie.",
            near_ties,
            rounded,
        ),
        Mutant(
            "no-pairs",
            "Every result is NaN, as if no pair was found. Does your function take labels first?",
            lambda labels, scores: float("nan"),
        ),
        Mutant("gini", "This is 2 AUC - 1, which is 0 for chance. AUC is one half there.", gini),
        Mutant("turned-round", "The two kinds of item have changed places.", turned),
    ),
    hints=(
        "Two clicked and three other items make six pairs. How many does the clicked one win?",
        "Compare scores[labels == 1][:, None] with scores[labels == 0].",
    ),
)
