"""A model of clicks between its floors and the oracle: which slates are asked, and what is counted."""

import numpy as np
import pytest
import torch

from seqrec_lib.data import simulate
from seqrec_lib.data.click_splits import split_clicks
from seqrec_lib.evaluation.click_scores import evaluate_clicks
from seqrec_lib.experiments.measure_clicks import click_ceiling, click_floors, gap_closed, measure_clicks
from seqrec_lib.messages import InputError
from seqrec_lib.models import build, recipe_settings

WORLD = simulate("ads", users=200, seed=6)
SPLIT = split_clicks(WORLD)


def model_of(places=True):
    torch.manual_seed(0)
    return build(recipe_settings("fm", WORLD.n_items, max_len=50, dim=8, places=places)).eval()


def rows_of(part):
    """Item, place from 0 and label of each shown item."""
    shown = (part.candidates > 0).numpy()
    place = np.arange(shown.shape[1])[None].repeat(len(shown), 0)
    return part.candidates.numpy()[shown], place[shown], part.labels.numpy()[shown]


def loss(labels, p):
    return float(-(labels * np.log(p) + (1 - labels) * np.log(1 - p)).mean())


def test_each_part_is_asked_of_its_own_slates():
    model = model_of()
    figures = measure_clicks(model, SPLIT, WORLD)
    for part in ("validation", "test"):
        assert figures[part] == evaluate_clicks(model, getattr(SPLIT, part)).metrics
    assert figures["validation"] != figures["test"] and figures["places"]
    assert figures["ceiling"] == click_ceiling(WORLD, SPLIT.test).metrics
    low, high = figures["test_intervals"]["log-loss"]
    assert low < figures["test"]["log-loss"] < high
    above = figures["ceiling_above_model"]["log-loss"]
    assert above["mean"] == pytest.approx(
        figures["test"]["log-loss"] - figures["ceiling"]["log-loss"], abs=1e-9
    )
    assert 0 < above["low"] < above["mean"] < above["high"]


def test_the_floors_are_counts_of_the_training_part():
    _, place, label = rows_of(SPLIT.train)
    _, test_place, test_label = rows_of(SPLIT.test)
    floors = click_floors(SPLIT)
    assert set(floors) == {"base-rate", "popularity", "place"}
    rate = np.full(len(test_label), label.mean())
    assert floors["base-rate"].metrics["log-loss"] == pytest.approx(loss(test_label, rate))
    assert floors["base-rate"].metrics["AUC"] == 0.5
    by_place = np.array([label[place == k].mean() for k in range(place.max() + 1)])
    assert floors["place"].metrics["log-loss"] == pytest.approx(loss(test_label, by_place[test_place]))


def test_an_items_share_is_drawn_to_the_base_rate_as_far_as_validation_says():
    item, _, label = rows_of(SPLIT.train)
    clicks, times = (np.bincount(item, w, WORLD.n_items + 1) for w in (label, np.ones_like(label)))
    found = {}
    for hold in (1.0, 3.0, 10.0, 30.0, 100.0):
        share = (clicks + hold * label.mean()) / (times + hold)
        costs = [loss(y, share[i]) for i, _, y in (rows_of(SPLIT.validation), rows_of(SPLIT.test))]
        found[costs[0]] = costs[1]
    assert click_floors(SPLIT)["popularity"].metrics["log-loss"] == pytest.approx(found[min(found)])


def test_who_is_not_told_the_places_has_floors_and_a_ceiling_without():
    figures = measure_clicks(model_of(places=False), SPLIT, WORLD)
    assert not figures["places"] and set(figures["floors"]) == {"base-rate", "popularity"}
    told = click_ceiling(WORLD, SPLIT.test).metrics["log-loss"]
    assert told < figures["ceiling"]["log-loss"] < figures["floors"]["base-rate"]["log-loss"]


def test_the_oracle_of_another_world_is_refused():
    with pytest.raises(InputError, match="are not those of world"):
        click_ceiling(simulate("ads", users=200, seed=7), SPLIT.test)


def test_the_share_of_the_way():
    floors = {"a": {"log-loss": 0.3}, "b": {"log-loss": 0.25}}
    assert gap_closed({"log-loss": 0.2}, floors, {"log-loss": 0.15}) == pytest.approx(0.5)
    assert gap_closed({"log-loss": 0.3}, floors, {"log-loss": 0.15}) == pytest.approx(-0.5)
