"""How widely dot products are spread, predicted from the spread of their parts."""

from __future__ import annotations

from math import sqrt

from ..exercise import Exercise, Mutant, Probe


def score_spread(d: int, sd_query: float, sd_key: float, mean_key: float, scaled: bool) -> float:
    """d: int, sd_query, sd_key, mean_key: float, scaled: bool. Returns one number."""
    one = sd_query**2 * (sd_key**2 + mean_key**2)  # the variance of one product
    return sqrt(d * one / (d if scaled else 1))


def no_mean(d, sd_query, sd_key, mean_key, scaled):
    return score_spread(d, sd_query, sd_key, 0.0, scaled)


def variance(d, sd_query, sd_key, mean_key, scaled):
    return score_spread(d, sd_query, sd_key, mean_key, scaled) ** 2


def grows_with_d(d, sd_query, sd_key, mean_key, scaled):
    one = sd_query * sqrt(sd_key**2 + mean_key**2)
    return one * d / (sqrt(d) if scaled else 1)


def one_product(d, sd_query, sd_key, mean_key, scaled):
    return sd_query * sqrt(sd_key**2 + mean_key**2) / (sqrt(d) if scaled else 1)


def scaled_by_d(d, sd_query, sd_key, mean_key, scaled):
    return score_spread(d, sd_query, sd_key, mean_key, False) / (d if scaled else 1)


def never_scaled(d, sd_query, sd_key, mean_key, scaled):
    return score_spread(d, sd_query, sd_key, mean_key, False)


def always_scaled(d, sd_query, sd_key, mean_key, scaled):
    return score_spread(d, sd_query, sd_key, mean_key, True)


def mean_added(d, sd_query, sd_key, mean_key, scaled):
    return score_spread(d, sd_query, sd_key + abs(mean_key), 0.0, scaled)


def sum_of_variances(d, sd_query, sd_key, mean_key, scaled):
    return sqrt(d * (sd_query**2 + sd_key**2 + mean_key**2) / (d if scaled else 1))


def _probes() -> list[Probe]:
    return [
        Probe("4 features of spread 1, not scaled", (4, 1.0, 1.0, 0.0, False)),
        Probe("64 features, small embeddings, not scaled", (64, 0.02, 0.02, 0.0, False)),
        Probe("the same, scaled", (64, 0.02, 0.02, 0.0, True)),
        Probe("unequal spreads, a mean below 0, scaled", (16, 1.5, 0.5, -2.0, True)),
        Probe("keys after a ReLU, not scaled", (256, 0.8, 0.583, 0.399, False)),
        Probe("keys that are all the same number", (9, 2.0, 0.0, 3.0, False)),
    ]


EXERCISE = Exercise(
    name="score-spread",
    reference=score_spread,
    probes=_probes,
    mutants=(
        Mutant(
            "mean-forgotten",
            "The mean of the keys plays no part here. Take keys that are all 3: does the score of a "
            "random query "
            "vary?",
            no_mean,
        ),
        Mutant("variance", "That is the variance. Its square root is asked for.", variance),
        Mutant(
            "grows-with-d",
            "The spread grows with d here. Variances of independent products add up; spreads do not.",
            grows_with_d,
        ),
        Mutant("one-product", "That is the spread of one product, and d of them are added.", one_product),
        Mutant("scaled-by-d", "A scaled score is divided by √d, and not by d.", scaled_by_d),
        Mutant("never-scaled", "`scaled` plays no part here.", never_scaled),
        Mutant("always-scaled", "Divide by √d only where `scaled` is True.", always_scaled),
        Mutant(
            "mean-added",
            "Mean and spread of the keys are added. What is the mean of a square, E[k²], in terms of both?",
            mean_added,
        ),
        Mutant(
            "sum-of-variances",
            "The variances of query and key are added. They belong to a product, and not to a sum.",
            sum_of_variances,
        ),
    ),
    hints=(
        "Begin with one product q·k of two numbers. Its mean is 0. What is the mean of its square?",
        "For independent numbers the mean of a product is the product of the means, also for q² and k².",
    ),
)
