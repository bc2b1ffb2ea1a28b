"""How alike two models must find the users before a gap to a published figure says anything."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Mutant, Probe

Z = 1.96


def needed_correlation(values: np.ndarray, published: float) -> float:
    """values: (U,), published: float. Returns the correlation, from 0 to 1."""
    return _needed(values, published)


def _needed(values, published, factor=2.0, z=Z, root=False, users=True, clip=True, squared=True, ddof=1):
    x = np.asarray(values, dtype=np.float64)
    gap = x.mean() - published
    spread = x.std(ddof=ddof) if root else x.var(ddof=ddof)
    n = len(x) if users else 1
    found = 1 - n * (gap**2 if squared else abs(gap)) / (factor * z**2 * spread)
    return float(np.clip(found, 0, 1)) if clip else float(found)


def _probes() -> list[Probe]:
    draw = np.random.default_rng(121)

    def case(about: str, users: int, gap: float) -> Probe:
        hit = draw.random(users) < 0.3
        values = np.where(hit, 1 / np.log2(draw.integers(2, 12, users)), 0.0)  # NDCG@10 of one target
        return Probe(about, (values, float(values.mean() - gap)))

    return [
        case("6,040 users, a gap of 0.003", 6040, 0.003),
        case("6,040 users, a larger gap", 6040, 0.008),
        case("below the published figure", 6040, -0.006),
        case("943 users", 943, 0.011),
        case("a gap that is clear in any case", 2000, 0.1),
        case("few users", 12, 0.15),
    ]


EXERCISE = Exercise(
    name="needed-correlation",
    reference=needed_correlation,
    probes=_probes,
    mutants=(
        Mutant(
            "one-variance",
            "The variance of a difference has a part from each of the two models.",
            lambda values, published: _needed(values, published, factor=1.0),
        ),
        Mutant(
            "without-interval",
            "The gap is compared with one standard error. A 95% interval reaches further.",
            lambda values, published: _needed(values, published, z=1.0),
        ),
        Mutant(
            "interval-not-squared",
            "The 1.96 belongs to the standard error. Is it squared where the variance stands?",
            lambda values, published: _needed(values, published, z=Z**0.5),
        ),
        Mutant(
            "spread-for-variance",
            "The spread of users stands where its square, the variance, should.",
            lambda values, published: _needed(values, published, root=True),
        ),
        Mutant(
            "users-forgotten",
            "This is about one user. The variance of a mean is smaller by their number.",
            lambda values, published: _needed(values, published, users=False),
        ),
        Mutant(
            "gap-not-squared",
            "The gap itself is compared with a variance. Square it.",
            lambda values, published: _needed(values, published, squared=False),
        ),
        Mutant(
            "divided-by-all",
            "The variance is divided by U here. The task says U − 1, and `np.var` needs to be told.",
            lambda values, published: _needed(values, published, ddof=0),
        ),
        Mutant(
            "one-side",
            "A gap counts only where your model is above. Below the printed mean it is as clear.",
            lambda values, published: _needed(values, published) if np.mean(values) > published else 1.0,
        ),
        Mutant(
            "below-zero",
            "A gap that is clear without any correlation gives 0, not a number below it.",
            lambda values, published: _needed(values, published, clip=False),
        ),
        Mutant(
            "turned-round",
            "This falls where the answer rises: a small gap needs models that are much alike.",
            lambda values, published: 1 - _needed(values, published),
        ),
    ),
    hints=(
        "Write the variance of the mean difference with the correlation in it, with the same variance for "
        "both models.",
        "Set 1.96 standard errors equal to the gap, and solve for the correlation.",
    ),
)
