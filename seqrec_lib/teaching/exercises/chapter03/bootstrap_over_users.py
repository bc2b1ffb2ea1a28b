"""A bootstrap interval that draws users, not interactions."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Mutant, Probe


def _ends(means: np.ndarray, low: float = 0.025, high: float = 0.975) -> np.ndarray:
    return np.quantile(means, [low, high])


def _means(values: np.ndarray, users: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    sums, sizes = np.bincount(users, weights=values), np.bincount(users)
    return sums[drawn].sum(1) / sizes[drawn].sum(1)


def user_interval(values: np.ndarray, users: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """values, users: (N,), drawn: (S, U) int. Returns low, high."""
    return _ends(_means(values, users, drawn))


def over_cases(values, users, drawn):
    """The numbers of the users are taken as numbers of cases."""
    return _ends(values[drawn].mean(1))


def users_weigh_the_same(values, users, drawn):
    means = np.bincount(users, weights=values) / np.bincount(users)
    return _ends(means[drawn].mean(1))


def distinct_users(values, users, drawn):
    return _ends(np.array([values[np.isin(users, row)].mean() for row in drawn]))


def ninety(values, users, drawn):
    return _ends(_means(values, users, drawn), 0.05, 0.95)


def extremes(values, users, drawn):
    return _ends(_means(values, users, drawn), 0.0, 1.0)


def ends_swapped(values, users, drawn):
    return _ends(_means(values, users, drawn), 0.975, 0.025)


def _normal(ddof: int):
    """The mean of the draws and 1.96 of their standard deviations on each side."""

    def ends(values, users, drawn):
        means = _means(values, users, drawn)
        return means.mean() + np.array([-1.96, 1.96]) * means.std(ddof=ddof)

    return ends


def places_in_the_order(values, users, drawn):
    """The means that stand at 2.5% and 97.5% of their number, with nothing between two of them."""
    means = np.sort(_means(values, users, drawn))
    return means[[int(0.025 * len(means)), int(0.975 * len(means))]]


def shares_as_percent(values, users, drawn):
    return np.percentile(_means(values, users, drawn), [0.025, 0.975])


def of_the_values(values, users, drawn):
    return _ends(values)


def of_user_means(values, users, drawn):
    return _ends(np.bincount(users, weights=values) / np.bincount(users))


def divided_by_all(values, users, drawn):
    sums = np.bincount(users, weights=values)
    return _ends(sums[drawn].sum(1) / len(values))


def _probes() -> list[Probe]:
    rng = np.random.default_rng(11)

    def case(about: str, sizes: list[int], draws: int) -> Probe:
        users = np.repeat(np.arange(len(sizes)), sizes)
        level = rng.random(len(sizes))
        values = np.round(np.clip(level[users] + rng.normal(0, 0.1, len(users)), 0, 1), 3)
        order = rng.permutation(len(users))
        return Probe(about, (values[order], users[order], rng.integers(len(sizes), size=(draws, len(sizes)))))

    return [
        case("users with one to six cases", [1, 6, 2, 4, 1, 3], 40),
        case("one user with most of the cases", [12, 1, 1, 2, 1], 60),
        case("many users", [1, 2, 3] * 5, 80),
    ]


EXERCISE = Exercise(
    name="bootstrap-over-users",
    reference=user_interval,
    probes=_probes,
    mutants=(
        Mutant(
            "over-interactions",
            "Here cases are drawn, not users. A user's cases are alike, so this interval comes out wrong. "
            "Draw whole users.",
            over_cases,
        ),
        Mutant(
            "users-weigh-the-same",
            "Each user's mean weighs the same here. The mean over all cases of the drawn users is wanted.",
            users_weigh_the_same,
        ),
        Mutant(
            "each-user-once",
            "A user who is drawn twice counts twice. Here every drawn user counts once.",
            distinct_users,
        ),
        Mutant("ninety-percent", "This leaves 5% on each side. Leave 2.5%.", ninety),
        Mutant(
            "percentile-for-quantile",
            "np.percentile counts in percent: 0.025 is nearly the smallest mean there. np.quantile takes "
            "shares.",
            shares_as_percent,
        ),
        Mutant("ends-swapped", "The upper end comes first here. Return low, then high.", ends_swapped),
        Mutant(
            "normal-interval",
            "These ends lie equally far from the mean, as if the means had the form of a bell. Take their "
            "quantiles, which need no such form.",
            *map(_normal, (0, 1)),
        ),
        Mutant(
            "places-in-the-order",
            "The ends are two of the means. A quantile mostly lies between two of them: use np.quantile.",
            places_in_the_order,
        ),
        Mutant("extremes", "These are the smallest and the largest mean. Take quantiles.", extremes),
        Mutant(
            "spread-of-values",
            "This is where the single values lie. The interval is about their mean.",
            of_the_values,
        ),
        Mutant(
            "spread-of-users",
            "This is where the users' means lie. The interval is about the mean of all.",
            of_user_means,
        ),
        Mutant(
            "divided-by-all-cases",
            "Each draw has its own number of cases. Divide by that, not by the number of all cases.",
            divided_by_all,
        ),
    ),
    hints=(
        "Work out each user's sum and number of cases first. What is the mean of one draw?",
        "A user who is drawn twice counts twice, with all of their cases. By how many cases is one draw "
        "divided?",
    ),
)
