"""What a command measures: the model, the floors below it and the ceiling above it."""

from __future__ import annotations

from ..baselines import Markov, Popularity, RecentPopularity
from ..data import OracleModel, Split, leave_one_out
from ..data.worlds.ceiling import expected_metrics
from ..evaluation import KS, evaluate


def cuts(n_items: int) -> tuple[int, ...]:
    """The usual k that fit the catalogue."""
    return tuple(k for k in KS if k <= n_items) or (n_items,)


def measure_floors(split: Split, ks, ties: str = "expectation") -> dict[str, dict[str, float]]:
    """The baselines' metrics on the test cases; recent popularity where the log has times."""
    kinds = [Popularity, Markov] if split.log.times is None else [Popularity, RecentPopularity, Markov]
    return {kind.name: evaluate(kind(split.train_log), split.test, ks, ties=ties).metrics for kind in kinds}


def measure_ceiling(world, split: Split, ks, ties: str = "expectation") -> dict:
    """The oracle's metrics on the same test cases: realised, and under ``"expected"`` in expectation.

    The oracle sees whole histories, however short the model's are; targets and users are the same.
    """
    whole = leave_one_out(world, max_len=max(world.max_length, split.max_len))
    oracle = OracleModel(world)
    realised = evaluate(oracle, whole.test, ks, ties=ties).metrics
    sums: dict[str, float] = {}
    for part in whole.test.batches(512):
        for name, values in expected_metrics(oracle.score(part.batch), ks).items():
            sums[name] = sums.get(name, 0.0) + float(values.sum())
    return {**realised, "expected": {name: total / len(whole.test) for name, total in sums.items()}}


def gap_line(test: dict, floors: dict, ceiling: dict, name: str) -> str:
    """One line: the share of the gap between the best floor and the ceiling that the model closes."""
    best = max(floors, key=lambda floor: floors[floor][name])
    low, high = floors[best][name], ceiling[name]
    if high <= low:
        return f"{name}: the best floor ({best}) reaches the ceiling on these users, so there is no gap"
    if test[name] <= low:
        return f"{name}: not above the best floor ({best})"
    share = (test[name] - low) / (high - low)
    return f"{name}: {share:.0%} of the gap between the best floor ({best}) and the ceiling is closed"
