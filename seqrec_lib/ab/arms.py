"""Two groups of users, each served by one policy: what differs, how sure is it, and how many are needed.

Sizes: ``n`` users of an arm. A user is one number, whatever the user did: users are drawn by chance into the
arms, and so users, not requests, are the independent cases.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from ..evaluation.decisions import users_needed
from ..messages import InputError

NORMAL = NormalDist()


@dataclass(frozen=True)
class Lift:
    """What the new arm gives above the old one, a user.

    Attributes:
        difference: of the means, new minus old. error: its standard error. low, high: the interval.
        base: the old arm's mean.
    """

    difference: float
    error: float
    low: float
    high: float
    base: float

    @property
    def p_value(self) -> float:
        """Two-sided, by the normal law, for one look at a moment that was fixed beforehand."""
        if self.error == 0:
            return float(self.difference == 0)
        return 2 * NORMAL.cdf(-abs(self.difference / self.error))


def compare_arms(old: np.ndarray, new: np.ndarray, level: float = 0.95) -> Lift:
    """The difference of two arms with its interval (Welch: each arm has its own variance).

    Args:
        old, new: one number a user, ``(n,)`` each; the arms may differ in size.

    Raises:
        InputError: an arm of fewer than two users, or a level that does not lie between 0 and 1.
    """
    a, b = np.asarray(old, dtype=np.float64), np.asarray(new, dtype=np.float64)
    if a.ndim != 1 or b.ndim != 1 or min(len(a), len(b)) < 2:
        raise InputError("each arm is (n,), one number a user, with at least two users")
    if not 0 < level < 1:
        raise InputError(f"level is {level}: it lies between 0 and 1, for example 0.95")
    difference = float(b.mean() - a.mean())
    error = math.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    half = NORMAL.inv_cdf((1 + level) / 2) * error
    return Lift(difference, error, difference - half, difference + half, float(a.mean()))


def users_per_arm(spread: float, difference: float, power: float = 0.8, level: float = 0.95) -> int:
    """Users that *each* arm needs: 2 (z + z')^2 spread^2 / difference^2 (Cohen 1988, section 2.4).

    The difference of two means has twice the variance of one, so this is the paired count at a spread that
    is larger by the root of 2.

    Args:
        spread: the standard deviation of a user's number, alike in both arms. difference: the smallest that
            is to be found.

    Raises:
        InputError: a number outside its range.
    """
    return users_needed(math.sqrt(2) * spread, difference, power, level)


def power(spread: float, difference: float, users: int, level: float = 0.95) -> float:
    """How likely a test with ``users`` an arm, looked at once, finds ``difference``.

    Both tails count: a difference that is found with the wrong sign is found as well.

    Raises:
        InputError: a spread or a number of users that is not above 0, or a level outside 0 to 1.
    """
    if not (spread > 0 and users > 0 and 0 < level < 1):
        raise InputError("spread and users must be above 0, and level between 0 and 1")
    z, shift = NORMAL.inv_cdf((1 + level) / 2), difference / (spread * math.sqrt(2 / users))
    return NORMAL.cdf(shift - z) + NORMAL.cdf(-shift - z)
