"""One figure from batches of unequal size."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Mutant, Probe


def mean_over_users(batches: list[np.ndarray]) -> float:
    """batches: list of (n,) arrays. Returns a number."""
    return float(np.concatenate(batches).mean())


def mean_of_means(batches):
    return float(np.mean([batch.mean() for batch in batches]))


def largest_size(batches):
    return float(sum(batch.sum() for batch in batches) / (len(batches) * max(map(len, batches))))


def last_dropped(batches):
    kept = batches[:-1] or batches
    return float(np.concatenate(kept).mean())


def per_batch(batches):
    return float(sum(batch.sum() for batch in batches) / len(batches))


def zeros_left_out(batches):
    values = np.concatenate(batches)
    return float(values[values != 0].mean())


def positive_only(batches):
    values = np.concatenate(batches)
    return float(values[values > 0].mean())


def median(batches):
    return float(np.median(np.concatenate(batches)))


def last_only(batches):
    return float(batches[-1].mean())


def running(batches):
    """A running mean that weighs the old and the new alike."""
    value = batches[0].mean()
    for batch in batches[1:]:
        value = (value + batch.mean()) / 2
    return float(value)


def _probes() -> list[Probe]:
    rng = np.random.default_rng(5)

    def draw(*sizes: int) -> tuple:
        return ([np.round(rng.random(n) * (i + 1) / len(sizes), 3) for i, n in enumerate(sizes)],)

    return [
        Probe("the last batch is smaller", draw(8, 8, 3)),
        Probe("a last batch of one user", draw(6, 6, 6, 1)),
        Probe("two batches", draw(5, 2)),
        Probe("sizes that rise", draw(1, 3, 7)),
        Probe("zeros and values below 0", ([np.array([0.0, -0.5, 1.0]), np.array([0.25, 0.0])],)),
    ]


EXERCISE = Exercise(
    name="mean-over-batches",
    reference=mean_over_users,
    probes=_probes,
    mutants=(
        Mutant(
            "mean-of-batch-means",
            "Each batch weighs the same here, so a user of a small batch weighs more. Weigh users the same.",
            mean_of_means,
        ),
        Mutant(
            "largest-size",
            "The sum is divided by batches times batch size, but the last batch is smaller.",
            largest_size,
        ),
        Mutant("last-batch-dropped", "The last batch is left out. Its users count too.", last_dropped),
        Mutant(
            "divided-by-batches",
            "The sum over users is divided by the number of batches, not of users.",
            per_batch,
        ),
        Mutant(
            "zeros-left-out",
            "Some users are left out because of their value. A user with 0 or less counts too.",
            zeros_left_out,
            positive_only,
        ),
        Mutant("median", "This is the median. The mean is wanted, which every user moves.", median),
        Mutant("last-batch-only", "Only the last batch is counted. Keep what came before.", last_only),
        Mutant(
            "running-mean",
            "A running mean that halves at each step gives the last batches most of the weight.",
            running,
        ),
    ),
    hints=(
        "How much does one user weigh in your result, in a full batch and in the last one?",
        "Which two numbers must you carry from batch to batch, so that every user weighs the same?",
    ),
)
