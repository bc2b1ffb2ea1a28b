"""A model between the floors below it and the ceiling above it, on the same cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from ..data.splits import Split, leave_one_out
from ..evaluation.ranking import cuts, evaluate
from ..evaluation.scorecard import Evaluation, paired_difference
from ..models.baselines import BASELINES, RecentPopularity
from ..models.recommender import Recommender


def measure_floors(split: Split, ks: Sequence[int], ties: str = "expectation") -> dict[str, dict[str, float]]:
    """The baselines' metrics on the test cases; recent popularity where the log has times."""
    timed = split.log.times is not None
    kinds = [kind for kind in BASELINES.values() if timed or kind is not RecentPopularity]
    return {kind.name: evaluate(kind(split.train_log), split.test, ks, ties=ties).metrics for kind in kinds}


if TYPE_CHECKING:
    from ..data.worlds import World


PAIRED = ("HR@10", "NDCG@10", "MRR")
LEVEL = 0.999  # of the paired interval between ceiling and model


class CeilingFigures(TypedDict, total=False):
    """What a world alone gives: the oracle's metrics, and by how much it beats the model."""

    ceiling: dict[str, Any]  # metric to value, and under "expected" the same in expectation
    ceiling_above_model: dict[str, dict[str, float]]


class Figures(CeilingFigures):
    """All figures of a model: metric to value, ``floors`` by baseline."""

    validation: dict[str, float]
    test: dict[str, float]
    test_intervals: dict[str, list[float]]
    floors: Mapping[str, Mapping[str, float]]


def measure_ceiling(
    world: World, split: Split, ks: Sequence[int], ties: str = "expectation"
) -> tuple[dict[str, Any], Evaluation]:
    """``(metrics, evaluation)`` of the oracle on the same test cases.

    The metrics are the realised ones and, under ``"expected"``, those in expectation. The oracle
    sees whole histories, however short the model's are; targets and users are the same.
    """
    from ..data.worlds import OracleModel, expected_metrics  # most users of this file have no world

    whole = leave_one_out(world, max_len=max(world.max_length, split.max_len))
    oracle = OracleModel(world)
    found = evaluate(oracle, whole.test, ks, ties=ties)
    sums: dict[str, float] = {}
    for part in whole.test.batches(512):
        for name, values in expected_metrics(oracle.score(part.batch), ks).items():
            sums[name] = sums.get(name, 0.0) + float(values.sum())
    expected = {name: total / len(whole.test) for name, total in sums.items()}
    return {**found.metrics, "expected": expected}, found


def ceiling_above(oracle: Evaluation, model: Evaluation) -> dict[str, dict[str, float]]:
    """By how much the oracle beats the model, user by user: mean, low, high of a paired bootstrap."""
    found = {}
    for name in (name for name in PAIRED if name in model.per_user):
        # Only 1 of 1,000 draws lies outside the interval, so it takes thousands to place its ends.
        gap = paired_difference(oracle, model, name, level=LEVEL, samples=5000)
        found[name] = {"mean": gap.mean, "low": gap.low, "high": gap.high, "level": gap.level}
    return found


def measure(
    model: Recommender,
    split: Split,
    world: World | None = None,
    ks: Sequence[int] | None = None,
    ties: str = "expectation",
    progress: bool = False,
    floors: Mapping[str, Mapping[str, float]] | None = None,
) -> Figures:
    """All figures of ``model`` on ``split``, as plain values: the test part is read here, once.

    Args:
        world: the world that the log comes from; with a leave-one-out split it gives the ceiling.
        ks: where lists are cut; None: the usual ones that fit the catalogue.
        floors: those of these cases, where they are known, or ``{}`` to do without; None: they are measured.

    Returns:
        ``validation`` and ``test`` (metric to value), ``test_intervals`` (to low and high, 95% over users),
        ``floors`` (baseline to metrics), and on a world ``ceiling`` and ``ceiling_above_model``.
    """
    ks = cuts(split.log.n_items) if ks is None else ks
    found = evaluate(model, split.test, ks, ties=ties, progress=progress)
    figures: Figures = {
        "validation": evaluate(model, split.validation, ks, ties=ties).metrics,
        "test": found.metrics,
        "test_intervals": {name: list(found.interval(name)) for name in found.per_user},
        "floors": measure_floors(split, ks, ties) if floors is None else {**floors},
    }
    if world is not None and split.protocol.startswith("loo"):
        figures["ceiling"], oracle = measure_ceiling(world, split, ks, ties)
        figures["ceiling_above_model"] = ceiling_above(oracle, found)
    return figures


def gap_closed(
    test: Mapping[str, float],
    floors: Mapping[str, Mapping[str, float]],
    ceiling: Mapping[str, Any],
    name: str,
) -> float:
    """What share of the way from the best floor to the ceiling a model goes, by the metric ``name``.

    0 at the best floor, 1 at the ceiling, below 0 for a model that counting beats.
    """
    low = max(floor[name] for floor in floors.values())
    return float((test[name] - low) / (ceiling[name] - low))


def gap_line(
    test: Mapping[str, float],
    floors: Mapping[str, Mapping[str, float]],
    ceiling: Mapping[str, Any] | None,
    name: str,
) -> str:
    """One line: how the model stands to the best floor, and what share of the gap to the ceiling it closes.

    ``ceiling`` is None for a log that is no world: nobody knows its ceiling.
    """
    best = max(floors, key=lambda floor: floors[floor][name])
    low = floors[best][name]
    if ceiling is None:
        if test[name] <= low:
            return f"{name}: not above the best floor ({best}): counting does as well, or better"
        return f"{name}: {test[name] - low:.4f} above the best floor ({best})"
    high = ceiling[name]
    if high <= low:
        return f"{name}: the best floor ({best}) reaches the ceiling on these users, so there is no gap"
    if test[name] <= low:
        return f"{name}: not above the best floor ({best})"
    share = gap_closed(test, floors, ceiling, name)
    return f"{name}: {share:.0%} of the gap between the best floor ({best}) and the ceiling is closed"
