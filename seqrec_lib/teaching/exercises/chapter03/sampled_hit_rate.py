"""The hit rate among sampled items, exactly."""

from __future__ import annotations

import math

from ..exercise import Exercise, Mutant, Probe


def _chance(better: int, rivals: int, n: int, k: int, least: int = 0) -> float:
    """Chance that ``least`` to k - 1 of the ``better`` items are among n drawn out of ``rivals``."""
    drawn = range(least, min(k, n + 1))
    ways = sum(math.comb(better, j) * math.comb(rivals - better, n - j) for j in drawn)
    return ways / math.comb(rivals, n)


def sampled_hit_rate(rank: int, rivals: int, n: int, k: int) -> float:
    """rank, rivals, n, k: int. Returns a probability."""
    return _chance(rank - 1, rivals, n, k)


def target_drawn(rank, rivals, n, k):
    """The target may be drawn against itself, and then counts as a rival that is not beaten."""
    return _chance(rank, rivals + 1, n, k)


def target_drawn_harmless(rank, rivals, n, k):
    """The target may be drawn, and then takes a draw without doing harm."""
    return _chance(rank - 1, rivals + 1, n, k)


def with_replacement(rank, rivals, n, k):
    p = (rank - 1) / rivals
    return sum(math.comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(min(k, n + 1)))


def full_rank(rank, rivals, n, k):
    return float(rank <= k)


def scaled_rank(rank, rivals, n, k):
    """The mean number of better items, taken as if it were certain."""
    return float(1 + (rank - 1) * n / rivals <= k)


def whole_numbers(rank, rivals, n, k):
    """The ways are divided with ``//``."""
    return int(_chance(rank - 1, rivals, n, k))


def exactly_k(rank, rivals, n, k):
    better, j = rank - 1, min(k, n + 1) - 1
    return math.comb(better, j) * math.comb(rivals - better, n - j) / math.comb(rivals, n)


def _probes() -> list[Probe]:
    return [
        Probe("twenty rivals, five drawn", (4, 20, 5, 2)),
        Probe("a target far down", (60, 90, 10, 3)),
        Probe("k = 1: nothing better may be drawn", (3, 12, 4, 1)),
        Probe("a target near the top", (6, 40, 10, 2)),
        Probe("half of the rivals drawn", (9, 30, 15, 4)),
        Probe("among the first k of all", (3, 10, 4, 3)),
        Probe("a small sample", (6, 20, 2, 3)),
    ]


EXERCISE = Exercise(
    name="sampled-hit-rate",
    reference=sampled_hit_rate,
    probes=_probes,
    mutants=(
        Mutant(
            "target-among-the-drawn",
            "The target can be drawn against itself here. Take it out before the draw.",
            target_drawn,
            target_drawn_harmless,
        ),
        Mutant(
            "rank-from-zero",
            "One better item too many is counted: rank 1 means that none is better.",
            lambda rank, rivals, n, k: _chance(rank, rivals, n, k),
        ),
        Mutant(
            "with-replacement",
            "Here an item may be drawn twice. The drawn items are distinct.",
            with_replacement,
        ),
        Mutant("full-ranking", "This is the hit rate among all items; only n of them are drawn.", full_rank),
        Mutant(
            "mean-rank",
            "The mean place among the drawn is taken as if it were certain. Sum over what can be drawn.",
            scaled_rank,
        ),
        Mutant(
            "exactly-place-k", "This is the chance of place k alone. Better places are hits too.", exactly_k
        ),
        Mutant("whole-numbers", "// drops all behind the point. Divide with /.", whole_numbers),
        Mutant(
            "k-too-long",
            "With k better items drawn, the target stands at place k + 1: no hit.",
            lambda rank, rivals, n, k: _chance(rank - 1, rivals, n, k + 1),
        ),
        Mutant(
            "none-drawn-left-out",
            "The draws that hold none of the better items are left out. There the target is first: a hit.",
            lambda rank, rivals, n, k: _chance(rank - 1, rivals, n, k, least=1),
        ),
        Mutant(
            "misses",
            "This is the chance of a miss.",
            lambda rank, rivals, n, k: 1 - sampled_hit_rate(rank, rivals, n, k),
        ),
    ),
    hints=(
        "It is a hit when fewer than k of the better items are drawn.",
        "In how many of all draws are exactly j of the better items among the n? And which j are a hit?",
    ),
)
