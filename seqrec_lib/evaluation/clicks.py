"""Metrics of clicks: every shown item has a label, and a model gives it a score or a probability.

Sizes: ``N`` shown items (impressions). AUC asks for order alone; log-loss asks for probabilities.
"""

from __future__ import annotations

import numpy as np

from ..messages import InputError


def auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Chance that a clicked item scores above one that was not clicked; a tie counts one half.

    This is the area under the ROC curve (Hanley & McNeil 1982), from ranks in N log N.

    Args:
        labels: ``(N,)`` 1 for a click, 0 for none. scores: ``(N,)``, larger means likelier.

    Raises:
        InputError: shapes that differ, labels other than 0 and 1, one label only, a NaN.
    """
    labels, scores = _checked(labels, scores)
    clicked = labels == 1
    n_clicked, n_other = int(clicked.sum()), int((~clicked).sum())
    if n_clicked == 0 or n_other == 0:
        raise InputError("AUC compares clicked items with others, but only one of the two kinds is there")
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    last = count.cumsum()
    rank = last - (count - 1) / 2  # mean rank of each group of equal scores, from 1
    wins = rank[place][clicked].sum() - n_clicked * (n_clicked + 1) / 2
    return float(wins / (n_clicked * n_other))


def grouped_auc(labels: np.ndarray, scores: np.ndarray, groups: np.ndarray) -> float:
    """AUC inside each group (a user, a request), averaged with the number of impressions as weight.

    Groups with one kind of label say nothing about order and are left out (Zhou et al. 2018,
    section 5, weight users so).

    Args:
        groups: ``(N,)`` which user or request an impression belongs to.

    Raises:
        InputError: as :func:`auc`, or no group has both kinds of label.
    """
    labels, scores = _checked(labels, scores)
    groups = np.asarray(groups)
    if groups.shape != labels.shape:
        raise InputError(f"groups {groups.shape} and labels {labels.shape} differ in shape")
    _, group, size = np.unique(groups, return_inverse=True, return_counts=True)
    total = weight = 0.0
    for part in np.split(np.argsort(group, kind="stable"), size.cumsum()[:-1]):
        if 0 < labels[part].sum() < len(part):
            total += len(part) * auc(labels[part], scores[part])
            weight += len(part)
    if not weight:
        raise InputError("no group has both a clicked item and another, so no order can be judged")
    return total / weight


def log_loss(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """``(N,)`` negative log-probability of each label, in nats; its mean is the log-loss.

    A probability of 0 for what happened costs infinity, and says so: nothing is clipped.

    Args:
        labels: ``(N,)`` 1 or 0. probabilities: ``(N,)`` of a click, 0 to 1.

    Raises:
        InputError: shapes that differ, labels other than 0 and 1, a probability outside 0 to 1.
    """
    labels, p = _checked(labels, probabilities)
    if ((p < 0) | (p > 1)).any():
        raise InputError("a probability lies outside 0 to 1: give probabilities, not scores")
    with np.errstate(divide="ignore"):
        cost: np.ndarray = -np.where(labels == 1, np.log(p), np.log1p(-p))
    return cost


def _checked(labels: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    labels, values = np.asarray(labels), np.asarray(values, dtype=np.float64)
    if labels.shape != values.shape or labels.ndim != 1:
        raise InputError(f"labels {labels.shape} and values {values.shape}: both must be (N,)")
    if not np.isin(labels, (0, 1)).all():
        raise InputError("labels must be 0 or 1")
    if np.isnan(values).any():
        raise InputError(f"value {int(np.isnan(values).argmax())} is NaN")
    return labels, values
