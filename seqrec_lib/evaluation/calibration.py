"""Calibration: whether what a model calls 5% happens 5 times in 100.

Sizes: ``N`` shown items, ``M`` bins of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..messages import InputError

Calibrate = Callable[[np.ndarray], np.ndarray]


class Reliability(NamedTuple):
    """What a model said and what was so, in bins of rising probability.

    Attributes:
        said: ``(M,)`` mean probability of the model. true: ``(M,)`` mean of what it is held against.
        size: ``(M,)`` how many shown items.
    """

    said: np.ndarray
    true: np.ndarray
    size: np.ndarray


def reliability(probabilities: np.ndarray, truth: np.ndarray, bins: int = 10) -> Reliability:
    """Means of ``probabilities`` and ``truth`` in bins that hold as many shown items each.

    Equal probabilities are never parted, so there may be fewer bins, of different sizes.

    Args:
        probabilities: ``(N,)``, what the model says. truth: ``(N,)``, labels of 0 and 1; or, where a world
            tells them, the true probabilities, which carry no noise of the draw.

    Raises:
        InputError: shapes that differ, no number at all, one outside 0 to 1, less than one bin.
    """
    p, true = _probabilities(probabilities), _probabilities(truth)
    if p.shape != true.shape:
        raise InputError(f"probabilities {p.shape} and truth {true.shape} differ in shape")
    if bins < 1:
        raise InputError(f"bins is {bins}: use at least 1")
    ordered = np.sort(p)
    lower, upto = np.searchsorted(ordered, p, "left"), np.searchsorted(ordered, p, "right")
    place = (lower + upto - 1) // 2  # the middle place of all that are equal, from 0
    _, group, size = np.unique(place * bins // len(p), return_inverse=True, return_counts=True)
    said, so = (np.bincount(group, values) / size for values in (p, true))
    return Reliability(said, so, size)


def calibration_error(probabilities: np.ndarray, truth: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: the mean over shown items of their bin's |said - true|.

    Held against labels it is above 0 even for a perfect model, because a bin's share of clicks is a matter
    of chance; :func:`error_by_chance` says by how much. Raises InputError as :func:`reliability`.
    """
    found = reliability(probabilities, truth, bins)
    return float((np.abs(found.said - found.true) * found.size).sum() / found.size.sum())


def error_by_chance(probabilities: np.ndarray, bins: int = 10, draws: int = 200, seed: int = 0) -> np.ndarray:
    """``(draws,)`` calibration errors that a model would show if every one of its probabilities were true.

    Labels are drawn from the probabilities themselves. An error inside this spread is no evidence.
    """
    p, rng = _probabilities(probabilities), np.random.default_rng(seed)
    return np.array([calibration_error(p, rng.random(len(p)) < p, bins) for _ in range(draws)])


def undo_downsampling(probabilities: np.ndarray, kept: float) -> np.ndarray:
    """p / (p + (1 - p) / kept): what a model says that saw all clicks and a share ``kept`` of the rest.

    On logits it adds log(kept) (He et al. 2014, section 6.3).

    Raises:
        InputError: ``kept`` is not above 0 and up to 1, or a probability lies outside 0 to 1.
    """
    p = _probabilities(probabilities)
    if not 0 < kept <= 1:
        raise InputError(f"kept is {kept}: it is a share, above 0 and at most 1")
    return p / (p + (1 - p) / kept)


def platt(probabilities: np.ndarray, labels: np.ndarray) -> Calibrate:
    """Fit two numbers, a slope and a shift of the logit (Platt 1999); gives a function of probabilities.

    Fit it on shown items that trained nothing else.

    Raises:
        InputError: scikit-learn is missing, a probability outside 0 to 1, labels of one kind only.
    """
    p, labels = _probabilities(probabilities), _both_kinds(labels)
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        raise InputError(_MISSING.format(what="Platt's calibration")) from None
    fitted = LogisticRegression(C=1e10, tol=1e-8, max_iter=1000).fit(_logit(p)[:, None], labels)
    slope, shift = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    return lambda later: 1 / (1 + np.exp(-(slope * _logit(_probabilities(later)) + shift)))


def isotonic(probabilities: np.ndarray, labels: np.ndarray) -> Calibrate:
    """Fit the rising steps that lie nearest to the labels (Zadrozny & Elkan 2002); gives a function.

    Its lowest step is often 0, and one click there costs an infinite log-loss: mind what you measure it by.

    Raises:
        InputError: as :func:`platt`.
    """
    p, labels = _probabilities(probabilities), _both_kinds(labels)
    try:
        from sklearn.isotonic import IsotonicRegression
    except ImportError:
        raise InputError(_MISSING.format(what="isotonic calibration")) from None
    fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(p, labels)
    return lambda later: np.asarray(fitted.predict(_probabilities(later)))


_MISSING = "{what} needs scikit-learn, which is not installed: pip install scikit-learn"
_EDGE = 1e-15  # nearest to 0 and 1 that a logit is taken of


def _logit(p: np.ndarray) -> np.ndarray:
    p = p.clip(_EDGE, 1 - _EDGE)
    found: np.ndarray = np.log(p) - np.log1p(-p)
    return found


def _probabilities(values: np.ndarray) -> np.ndarray:
    p = np.asarray(values, dtype=np.float64)
    if p.ndim != 1 or not len(p):
        raise InputError(f"probabilities of shape {p.shape}: they must be (N,), N at least 1")
    if not ((p >= 0) & (p <= 1)).all():  # a NaN is refused too
        raise InputError("a probability lies outside 0 to 1: give probabilities, not scores")
    return p


def _both_kinds(labels: np.ndarray) -> np.ndarray:
    labels = np.asarray(labels, dtype=np.float64)
    if not set(np.unique(labels)) == {0.0, 1.0}:
        raise InputError("labels must be 0 and 1, and some of each: else there is nothing to fit")
    return labels
