"""Is one model better than another? Users and training runs both vary, and a decision needs both.

Sizes: ``R`` runs (seeds) of a model, ``U`` users, ``S`` samples of the bootstrap. An interval over users
alone speaks of the one run that was measured; an interval over runs alone, of the users that were asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from ..messages import InputError
from .resampling import Difference, bounds
from .scorecard import Evaluation


@dataclass(frozen=True)
class Compared:
    """Two models on the same users: the difference of their means, and what resampling makes of it.

    Attributes:
        difference: the mean with its interval. draws: ``(S,)`` resampled differences.
    """

    difference: Difference
    draws: np.ndarray

    @property
    def p_value(self) -> float:
        """Two-sided: how often resampling turns the sign round, doubled; never 0 (Davison & Hinkley 1997)."""
        below, above = (int((side(self.draws, 0)).sum()) for side in (np.less_equal, np.greater_equal))
        return min(1.0, 2 * (min(below, above) + 1) / (len(self.draws) + 1))

    def verdict(self, margin: float) -> str:
        """``equal``, ``better``, ``worse`` or ``unknown``, in this order: where the interval lies.

        ``equal`` means that the whole interval lies within ``margin`` of 0, the smallest difference that
        would matter; ``unknown`` that the data do not say. An interval that holds 0 may be either.

        Raises:
            InputError: the margin is not above 0.
        """
        if not margin > 0:
            raise InputError(f"margin is {margin}: say the smallest difference that would matter, above 0")
        low, high = self.difference.low, self.difference.high
        if -margin < low and high < margin:
            return "equal"
        return "better" if low > 0 else "worse" if high < 0 else "unknown"


def compare_runs(
    a: Sequence[Evaluation], b: Sequence[Evaluation], name: str, level: float = 0.95, samples: int = 2000,
    seed: int = 0,
) -> Compared:  # fmt: skip
    """Compare two models by several runs of each on the same users, one case a user.

    A crossed bootstrap: each sample draws users, the same for all runs, and draws runs of each model. So it
    holds both what other users and what another training would have given (Owen 2007, for two factors).
    Drawing R of R runs shows (R - 1) / R of their variance, so the runs' share is widened by the root of
    R / (R - 1). Where noise of runs is all there is, a 95% interval then holds the truth about 86% of the
    time with 3 runs and 91% with 5, so read its ends with care. One run tells nothing of other runs.

    Raises:
        InputError: no run, a user with several cases, or runs that were measured on different cases.
    """
    if not a or not b:
        raise InputError("give at least one run of each model")
    first = a[0]
    for run in (*a, *b):
        same = np.array_equal(run.users, first.users) and np.array_equal(run.target, first.target)
        if not same or run.protocol != first.protocol:
            raise InputError("the runs have different cases: a paired comparison needs the same ones")
    if len(np.unique(first.users)) != len(first.users):
        raise InputError("a user has several cases: compare_runs takes one case a user")
    of_a, of_b = (np.stack([run.values(name) for run in runs]) for runs in (a, b))  # (R, U)
    generator = np.random.default_rng(seed)
    draws = np.empty(samples)
    for sample in range(samples):
        users = _times(generator, of_a.shape[1])
        draw_a, draw_b = (_drawn(generator, each @ users / len(users)) for each in (of_a, of_b))
        draws[sample] = draw_a - draw_b
    mean = float(of_a.mean() - of_b.mean())
    return Compared(Difference(name, mean, *bounds(draws, level), level), draws)


def _drawn(generator: np.random.Generator, means: np.ndarray) -> float:
    """The mean of runs drawn anew from their ``means`` ``(R,)``, spread as far as R runs should be."""
    runs, centre = len(means), float(means.mean())
    if runs == 1:
        return centre
    drawn = float(_times(generator, runs) @ means) / runs
    return centre + math.sqrt(runs / (runs - 1)) * (drawn - centre)


def _times(generator: np.random.Generator, n: int) -> np.ndarray:
    """``(n,)`` how often each of ``n`` comes up in a draw of ``n`` with replacement."""
    return np.bincount(generator.integers(n, size=n), minlength=n)


def holm(p_values: Sequence[float], alpha: float = 0.05) -> list[bool]:
    """Which of several comparisons stand, so that with probability 1 - alpha none stands wrongly (Holm 1979).

    The smallest p-value must be at most alpha / m, the next alpha / (m - 1), and so on; the first that fails
    stops all that follow.
    """
    stands, m = [False] * len(p_values), len(p_values)
    for rank, index in enumerate(sorted(range(m), key=lambda k: p_values[k])):
        if p_values[index] > alpha / (m - rank):
            break
        stands[index] = True
    return stands


def users_needed(spread: float, difference: float, power: float = 0.8, level: float = 0.95) -> int:
    """How many users show a ``difference`` of means, with probability ``power``, in a paired interval.

    By the normal law: ((z + z') spread / difference)^2, with ``spread`` the standard deviation of the paired
    differences over users (Cohen 1988, section 2.4). Noise of training runs is not in it.

    Raises:
        InputError: a number outside its range.
    """
    if not (spread > 0 and difference != 0 and 0 < power < 1 and 0 < level < 1):
        raise InputError("spread must be above 0, difference not 0, power and level between 0 and 1")
    z = NormalDist().inv_cdf
    return int(np.ceil(((z((1 + level) / 2) + z(power)) * spread / difference) ** 2))
