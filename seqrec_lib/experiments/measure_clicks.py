"""A model of clicks between its floors and the click oracle, on the same impressions.

Sizes: ``M`` slates, ``C`` places, ``V`` items.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..data.batch import Batch
from ..data.click_splits import ClickSplit
from ..evaluation.click_scores import METRICS, ClickScores, click_difference, evaluate_clicks, scores_of
from ..evaluation.purchase_scores import (
    Chances,
    conversion_errors,
    model_chances,
    purchase_metrics,
    rate_by_items,
    true_shares,
)
from ..messages import InputError
from ..models.recommender import ForeseesPurchases, Recommender

if TYPE_CHECKING:
    from ..data.worlds import World

HOLDS = (1.0, 3.0, 10.0, 30.0, 100.0)  # impressions at the base rate, added to each item's own
LEVEL = 0.999  # of the paired interval between ceiling and model


def knows_places(model: object) -> bool:
    """Whether a model is told at which place an item stands: floors and ceiling are then told too."""
    return bool(getattr(getattr(model, "settings", None), "places", False))


def click_floors(split: ClickSplit, places: bool = True) -> dict[str, ClickScores]:
    """Counted, not trained: ``base-rate``, the same for all; ``popularity``, each item's share of clicks.

    An item's share is drawn to the base rate as if it had been shown some more times; how many, validation
    says. With ``places`` there is also ``place``, the share of clicks of each place, whatever stood there.
    """
    train, test = split.train, split.test
    labels, shown = _labels(train), _shown(train)
    rate = float(labels[shown].mean())
    floors = {"base-rate": torch.full(_shown(test).shape, rate, dtype=torch.float64)}

    def popularity(slates: Batch, hold: float) -> Tensor:
        count = torch.zeros(split.log.n_items + 1, dtype=torch.float64)
        clicks = count.index_add(0, _items(train)[shown], labels[shown])
        times = count.index_add(0, _items(train)[shown], torch.ones_like(labels[shown]))
        return ((clicks + hold * rate) / (times + hold))[_items(slates)]

    tried = {
        hold: scores_of(split.validation, popularity(split.validation, hold)).metrics["log-loss"]
        for hold in HOLDS
    }
    floors["popularity"] = popularity(test, min(tried, key=tried.__getitem__))
    if places:
        by_place = (labels * shown).sum(0) / shown.sum(0).clamp(min=1)
        floors["place"] = _widened(by_place, _shown(test).shape[1], rate).expand(len(test), -1)
    return {name: scores_of(test, p) for name, p in floors.items()}


def click_ceiling(world: World, slates: Batch, places: bool = True) -> ClickScores:
    """The click oracle on the slates of ``world`` that ``slates`` were read from, with whole histories.

    Without ``places`` it is not told them either, and sums them out: see :meth:`World.looked_at`.

    Raises:
        InputError: these are not slates of the world.
    """
    users = slates.users
    assert users is not None  # slates have them
    whole = world.click_batch.rows(users.cpu())
    assert whole.candidates is not None
    if not torch.equal(whole.candidates, _items(slates)):
        raise InputError(f"these impressions are not those of world {world.name!r}: its oracle knows others")
    told = (whole.items, whole.times, whole.lengths, whole.query_time, whole.candidates)
    if places:
        return scores_of(slates, world.click_oracle(*told))
    first = world.click_oracle(*told, torch.ones_like(whole.candidates))
    return scores_of(slates, first * world.looked_at(whole, whole.candidates))


def measure_clicks(model: Recommender, split: ClickSplit, world: World | None = None) -> dict[str, Any]:
    """All figures of a model of clicks, as plain values: the test part is read here, once.

    Returns:
        ``validation`` and ``test`` (``AUC``, ``grouped AUC``, ``log-loss``), ``test_intervals`` (95% over
        users), ``floors``, ``places`` (whether model, floors and ceiling are told them), and on a world
        ``ceiling`` and ``ceiling_above_model`` (paired; log-loss: how much less the ceiling's is).
    """
    places, found = knows_places(model), evaluate_clicks(model, split.test)
    figures: dict[str, Any] = {
        "places": places,
        "validation": evaluate_clicks(model, split.validation).metrics,
        "test": found.metrics,
        "test_intervals": found.intervals(),
        "floors": {name: scores.metrics for name, scores in click_floors(split, places).items()},
    }
    if isinstance(model, ForeseesPurchases):
        figures["purchases"] = measure_purchases(model, split, world)
    if world is not None:
        oracle = click_ceiling(world, split.test, places)
        figures["ceiling"] = oracle.metrics
        figures["ceiling_above_model"] = above(oracle, found)
    return figures


def measure_purchases(
    model: ForeseesPurchases, split: ClickSplit, world: World | None = None
) -> dict[str, Any]:
    """``test``, ``floors`` and, on a world, ``ceiling``, as ``purchase_metrics`` has them.

    The floors: shares of clicks and of purchases after them, the same for all (``base-rate``) or each item's
    own (``popularity``); how far these are drawn to the common share, validation says. On a world there is
    also ``conversion``: how far p(purchase | click) is from the true one, on clicked and on other rows.
    """
    train, test = split.train, split.test
    found = model_chances(model, test)
    floors = {"base-rate": _counted(split, test, 1e12)}
    tried = {
        hold: purchase_metrics(_counted(split, split.validation, hold), split.validation)["joint log-loss"]
        for hold in HOLDS
    }
    floors["popularity"] = _counted(split, test, min(tried, key=tried.__getitem__))
    figures: dict[str, Any] = {
        "rate": float(train.bought.sum() / train.labels.sum()),  # type: ignore[union-attr]  # read so
        "test": purchase_metrics(found, test),
        "floors": {name: purchase_metrics(each, test) for name, each in floors.items()},
    }
    if world is not None:
        true = true_shares(world, test)
        figures["ceiling"] = purchase_metrics(true, test)
        figures["conversion"] = conversion_errors(found, true, test)
    return figures


def _counted(split: ClickSplit, slates: Batch, hold: float) -> Chances:
    train, shown = split.train, _shown(split.train)
    rate, size = float(_labels(train)[shown].mean()), split.log.n_items + 1
    items = _items(train)[shown]
    clicks = torch.zeros(size, dtype=torch.float64).index_add(0, items, _labels(train)[shown])
    times = torch.bincount(items, minlength=size)
    click = (clicks + hold * rate) / (times + hold)
    bought = rate_by_items(train, split.log.n_items, hold)
    return Chances(click[_items(slates)], bought[_items(slates)])


def above(oracle: ClickScores, model: ClickScores) -> dict[str, dict[str, float]]:
    """By how much the oracle is better on the same users: mean, low, high; of log-loss, how much lower."""
    found = {}
    for name in METRICS:
        gap = click_difference(oracle, model, name, LEVEL, samples=1000)
        sign = -1.0 if name == "log-loss" else 1.0
        low, high = sorted((sign * gap.low, sign * gap.high))
        found[name] = {"mean": sign * gap.mean, "low": low, "high": high, "level": gap.level}
    return found


def gap_closed(
    test: Mapping[str, float], floors: Mapping[str, Mapping[str, float]], ceiling: Mapping[str, float]
) -> float:
    """What share of the way from the best floor's log-loss to the ceiling's a model goes; below 0: none."""
    low = min(floor["log-loss"] for floor in floors.values())
    return (low - test["log-loss"]) / (low - ceiling["log-loss"])


def _widened(values: Tensor, width: int, rate: float) -> Tensor:
    """``(width,)``: places that training never showed get the base rate."""
    more = torch.full((max(0, width - len(values)),), rate, dtype=torch.float64)
    return torch.cat([values, more])[:width]


def _items(slates: Batch) -> Tensor:
    assert slates.candidates is not None
    return slates.candidates.cpu()


def _shown(slates: Batch) -> Tensor:
    return _items(slates) > 0


def _labels(slates: Batch) -> Tensor:
    assert slates.labels is not None
    return slates.labels.cpu().double()
