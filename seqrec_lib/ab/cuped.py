"""CUPED: take out of a user's number what was known of the user before the test began.

Sizes: ``n`` users of all arms together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..messages import InputError


@dataclass(frozen=True)
class Adjusted:
    """What is taken out. ``slope``: of the line (theta). ``centre``: mean of what was known.

    ``share``: the share of the variance that is left, 1 - rho^2.
    """

    slope: float
    centre: float
    share: float


def fit_cuped(outcome: np.ndarray, before: np.ndarray) -> Adjusted:
    """The line by which ``outcome`` ``(n,)`` follows ``before`` ``(n,)``, from the users of **both** arms.

    What happened before the test cannot depend on the arm. So the adjusted means differ by the same effect
    on average, with less variance (Deng et al. 2013).

    Raises:
        InputError: shapes that differ, fewer than 3 users, or nothing that varies.
    """
    y, x = np.asarray(outcome, dtype=np.float64), np.asarray(before, dtype=np.float64)
    if y.shape != x.shape or y.ndim != 1 or len(y) < 3:
        raise InputError("outcome and before must be (n,) each, of at least 3 users")
    if x.var() == 0 or y.var() == 0:
        raise InputError("what was known before, or what came of it, is the same for all users")
    covariance = float(((x - x.mean()) * (y - y.mean())).mean())
    return Adjusted(
        covariance / float(x.var()), float(x.mean()), 1 - covariance**2 / float(x.var() * y.var())
    )


def adjust(outcome: np.ndarray, before: np.ndarray, fitted: Adjusted) -> np.ndarray:
    """``(n,)``: outcome - slope * (before - centre). The same line must serve both arms."""
    return np.asarray(outcome) - fitted.slope * (np.asarray(before) - fitted.centre)
