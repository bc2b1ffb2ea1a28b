"""Is one model better than another? Users and training runs both vary, and a decision needs both.

Sizes: ``J`` runs (seeds) of a model, ``U`` users. An interval over users alone speaks of the one run that was
measured; an interval over runs alone, of the users that were asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from ..messages import InputError
from .resampling import Difference
from .scorecard import Evaluation
from .student import student_quantile, student_tails


@dataclass(frozen=True)
class Compared:
    """Two models on the same users, several runs of each.

    Attributes:
        difference: the mean with its interval. error: its standard error. degrees: how well that is known, as
            degrees of freedom of Student's t.
        of_users, of_runs: what users and runs add to the variance, ``error ** 2`` in all.
    """

    difference: Difference
    error: float
    degrees: float
    of_users: float
    of_runs: float

    @property
    def p_value(self) -> float:
        """Two-sided: how often a mean so many standard errors away from 0 would come if the truth were 0."""
        if self.error == 0:
            return float(self.difference.mean == 0)
        return student_tails(self.difference.mean / self.error, self.degrees)

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
    a: Sequence[Evaluation], b: Sequence[Evaluation], name: str, level: float = 0.95
) -> Compared:
    """Compare two models by several runs of each on the same users, one case a user.

    The variance of the difference has two parts, and both are added. Users: the variance over users of the
    difference of their means over runs, divided by U; it holds what a user adds in one run alone, too. Runs,
    for each model: the variance of its J runs' means less what users in single runs add to that, divided by
    J, and at least 0 (the components of variance of a crossed design, Brennan 2001, chapter 2). The interval
    is Student's, with Satterthwaite's (1946) degrees of freedom, so that few runs make it wide.

    A bootstrap that draws users and runs anew counts three times what a user adds in a single run (Owen
    2007), and its quantiles show too little of few runs. Where the part of the runs comes out as 0 by luck,
    this interval is too narrow as well: few runs cannot tell. A single run of one side, such as a model that
    always comes out the same, adds nothing: what other runs of it would give is not in the interval.

    Raises:
        InputError: one run of each or none, one user, a user with several cases, runs of different cases, or
            a level that does not lie between 0 and 1.
    """
    of_a, of_b = _crossed(a, b, name)  # (J, U) each
    if not 0 < level < 1:
        raise InputError(f"level is {level}: it lies between 0 and 1, for example 0.95")
    n_users = of_a.shape[1]
    of_users = float((of_a.mean(0) - of_b.mean(0)).var(ddof=1)) / n_users
    runs = [_of_runs(values) for values in (of_a, of_b)]
    variance = of_users + sum(part for part, _ in runs)
    spread = of_users**2 / (n_users - 1) + sum(doubt for _, doubt in runs)
    degrees = variance**2 / spread if spread > 0 else math.inf
    mean, error = float(of_a.mean() - of_b.mean()), math.sqrt(variance)
    half = student_quantile((1 + level) / 2, degrees) * error
    return Compared(
        Difference(name, mean, mean - half, mean + half, level), error, degrees, of_users, variance - of_users
    )


def _of_runs(values: np.ndarray) -> tuple[float, float]:
    """What runs add to the variance of the mean of ``values`` ``(J, U)``, and its share of a sum.

    Satterthwaite's sum holds both mean squares, also where their difference is below 0 and counts as 0.
    """
    runs, users = values.shape
    if runs == 1:
        return 0.0, 0.0
    means = values.mean(1)
    rest = values - means[:, None] - values.mean(0) + means.mean()  # what a user adds in a single run
    between = float(means.var(ddof=1)) / runs
    alone = float(np.square(rest).sum()) / ((runs - 1) * (users - 1)) / (users * runs)
    return max(0.0, between - alone), (between**2 + alone**2 / (users - 1)) / (runs - 1)


def _crossed(a: Sequence[Evaluation], b: Sequence[Evaluation], name: str) -> list[np.ndarray]:
    """The values of both models, each ``(J, U)``, if the runs fit together."""
    if not a or not b:
        raise InputError("give at least one run of each model")
    if len(a) == len(b) == 1:
        raise InputError(
            "one run of each model says nothing of other runs: give two or more, "
            "or compare the two runs alone with paired_difference"
        )
    first = a[0]
    for run in (*a, *b):
        same = np.array_equal(run.users, first.users) and np.array_equal(run.target, first.target)
        if not same or run.protocol != first.protocol:
            raise InputError("the runs have different cases: a paired comparison needs the same ones")
    if len(np.unique(first.users)) != len(first.users):
        raise InputError("a user has several cases: compare_runs takes one case a user")
    if len(first.users) < 2:
        raise InputError("one user tells nothing of other users: compare_runs needs two or more")
    return [np.stack([run.values(name) for run in runs]) for runs in (a, b)]


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
