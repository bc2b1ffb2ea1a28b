"""A few clicks on which four ways to count AUC inside groups part."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ....evaluation.clicks import auc
from ....messages import message
from ..breaking import BreakingInput, Rival


def _parts(labels: Tensor, scores: Tensor, groups: Tensor) -> list[tuple[np.ndarray, np.ndarray]]:
    y, s, g = labels.numpy(), scores.double().numpy(), groups.numpy()
    return [(y[g == one], s[g == one]) for one in np.unique(g)]


def _mixed(part: tuple[np.ndarray, np.ndarray]) -> bool:
    return 0 < part[0].sum() < len(part[0])


def grouped(labels: Tensor, scores: Tensor, groups: Tensor) -> float:
    """labels, scores, groups: (N,). AUC inside groups, weighted by their rows."""
    parts = [part for part in _parts(labels, scores, groups) if _mixed(part)]
    return float(np.average([auc(*part) for part in parts], weights=[len(y) for y, _ in parts]))


def every_group_alike(labels: Tensor, scores: Tensor, groups: Tensor) -> float:
    return float(np.mean([auc(*part) for part in _parts(labels, scores, groups) if _mixed(part)]))


def one_half_where_unknown(labels: Tensor, scores: Tensor, groups: Tensor) -> float:
    parts = _parts(labels, scores, groups)
    found = [auc(*part) if _mixed(part) else 0.5 for part in parts]
    return float(np.average(found, weights=[len(y) for y, _ in parts]))


def ties_lost(labels: Tensor, scores: Tensor, groups: Tensor) -> float:
    low = scores.double() - 1e-9 * labels
    return grouped(labels, low, groups)


def no_groups(labels: Tensor, scores: Tensor, groups: Tensor) -> float:
    return auc(labels.numpy(), scores.double().numpy())


def _ready(labels: object, scores: object, groups: object) -> tuple | str:
    """The three tensors as the functions take them, or what is wrong with them."""
    y, s, g = (torch.as_tensor(each) for each in (labels, scores, groups))
    if y.ndim != 1 or y.shape != s.shape or y.shape != g.shape:
        return message(
            "All three should be (N,); they are {y}, {s} and {g}.",
            y=tuple(y.shape),
            s=tuple(s.shape),
            g=tuple(g.shape),
        )
    if len(y) > 12:
        return message("That is {n} rows. Do it with 12 at most.", n=len(y))
    if not bool(((y == 0) | (y == 1)).all()):
        return message("`labels` should be 0 or 1.")
    if not bool(torch.isfinite(s.double()).all()):
        return message("`scores` should be finite.")
    if g.is_floating_point():
        return message("`groups` should hold whole numbers.")
    if not any(_mixed(part) for part in _parts(y.long(), s, g)):
        return message("No group has both a click and a row without one, so nothing can be compared.")
    return y.long(), s.double().round(decimals=6), g.long()


def _example() -> tuple:
    labels = [1, 0, 1, 0, 0, 0, 1, 0, 0]
    scores = [0.9, 0.2, 0.5, 0.5, 0.7, 0.1, 0.3, 2.0, 2.0]
    return torch.tensor(labels), torch.tensor(scores), torch.tensor([1, 1, 2, 2, 2, 2, 2, 3, 3])


def _tries() -> dict[str, tuple]:
    labels, scores, groups = _example()
    alike = torch.tensor([1, 0, 1, 0]), torch.tensor([2.0, 1.0, 1.0, 2.0]), torch.tensor([1, 1, 2, 2])
    lucky = torch.tensor([0, 1, 0, 1, 1, 1, 1, 0, 0]), torch.tensor([5, 4, 1, 4, 5, 2, 1, 3, 1]) / 10
    return {
        "every_group_alike": alike,
        "one_half_where_unknown": (labels[:7], scores[:7], groups[:7]),
        "ties_lost": (labels, scores + torch.arange(9) * 1e-3 * labels, groups),
        "no_groups": (*lucky, groups),
    }


EXERCISE = BreakingInput(
    name="groups-that-tell",
    right=grouped,
    rivals=(
        Rival(
            every_group_alike,
            "It gives each group the same weight. In which log is that the same as weighing by rows?",
        ),
        Rival(
            one_half_where_unknown,
            "It counts a group of one kind of label as one half. Is there such a group in your log?",
        ),
        Rival(ties_lost, "It counts a tie as lost. Where in your log does a click tie with another row?"),
        Rival(no_groups, "It compares rows of different groups too. Move one group's scores up."),
    ),
    ready=_ready,
    example=_example,
    arguments=("labels", "scores", "groups"),
    hints=(
        "A log of slates has groups of one size and scores without ties. Which mistakes does it hide?",
        "Three groups do it: two of unlike size with both labels, one of them with a tie, and one group "
        "without a click.",
    ),
    tries=_tries,
)
