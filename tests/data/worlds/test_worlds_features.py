"""Features of items: complete, the same for every crowd, and of use where counts say nothing."""

import numpy as np
import pytest
import torch

from seqrec_lib.data import OUTLOOK, WORLDS, leave_one_out, simulate
from seqrec_lib.data.worlds.catalogue import SKINS
from seqrec_lib.data.worlds.features import IMAGE

IMAGES = [f"image_{k}" for k in range(IMAGE)]


@pytest.fixture(scope="module", params=[*WORLDS, *OUTLOOK])
def world(request):
    return simulate(request.param, users=30)


def test_every_item_has_every_feature(world):
    assert list(world.features) == ["category", "price", "text", *IMAGES]
    assert all(len(values) == world.n_items + 1 for values in world.features.values())
    assert (world.features["price"][1:] > 0).all()
    assert all(world.features["text"][1:]) and world.features["text"][0] == ""
    assert set(world.features["category"][1:]) <= set(SKINS[world.name].categories)


def test_they_do_not_depend_on_the_users(world):
    other = simulate(world.name, users=20, seed=4)
    for name, values in world.features.items():
        np.testing.assert_array_equal(values, other.features[name])


def test_titles_are_all_different_and_say_what_follows(world):
    titles = world.titles[1:]
    assert len(set(titles)) == len(titles) and all(t and t == t.strip() for t in titles)
    for item in range(1, world.n_items + 1):
        following, called = int(world.tables.successor[item]), int(world.tables.called[item])
        if following:
            assert world.titles[following][:-1] == world.titles[item][:-1]
            assert int(world.titles[following][-1]) == int(world.titles[item][-1]) + 1
        if called and called != item:
            assert world.features["text"][called].endswith(f"goes with {world.titles[item]}")
            assert world.features["category"][called] == world.features["category"][item]


def test_an_image_tells_category_and_family(world):
    image = np.stack([world.features[name] for name in IMAGES], 1)[1:]
    category, family = world.tables.category[1:].numpy(), world.tables.family[1:].numpy()
    away = ((image[:, None] - image[None]) ** 2).sum(2)
    np.fill_diagonal(away, np.inf)
    nearest = away.argmin(1)
    assert (category[nearest] == category).mean() > 0.9
    kin = np.bincount(family)[family] > 1
    assert (family[nearest] == family)[kin].mean() > 0.8


def test_the_log_carries_them_but_for_video(world):
    names = set(world.log.item_features)
    assert names == ({"category"} if world.name == "video" else set(world.features))
    frame = world.interactions
    row = frame.iloc[17]
    for name in names:
        assert row[name] == world.features[name][row["item"]]


@pytest.mark.parametrize("name", ["shop", "ads"])
def test_features_rank_cold_items_where_counts_cannot(name):
    """Among items that are new, the one that comes looks like what the user had before.

    Pairs: the item that came, and another new item that was there too. Counts of the training part
    are blind to new items or nearly so; likeness of image vectors to the history is not.
    """
    world = simulate(name, users=2000)
    split = leave_one_out(world, max_len=world.max_length)
    cases, arrival = split.test, world.tables.arrival
    image = torch.tensor(np.stack([world.features[n] for n in IMAGES], 1))  # (V+1, 8)
    recent = cases.batch.query_time - arrival[cases.target]
    rows = ((recent > 0) & (recent < 120 * 86400.0)).nonzero().squeeze(1)
    assert len(rows) > 60
    wins = []
    for row in rows.tolist():
        target, now = int(cases.target[row]), cases.batch.query_time[row]
        history = cases.batch.items[row, : cases.batch.lengths[row]]
        there = (arrival > -torch.inf) & (arrival < now)
        there[history] = there[target] = False
        others = there.nonzero().squeeze(1)
        if len(others):
            away = torch.cdist(image[torch.cat([torch.tensor([target]), others])], image[history])
            like = torch.exp(-away).sum(1)
            wins.append((like[0] > like[1:]).double().mean())
    wins = torch.stack(wins)
    error = wins.std() / len(wins) ** 0.5
    assert wins.mean() - 3 * error > 0.5
    assert wins.mean() > 0.57


@pytest.mark.parametrize("name", ["shop", "ads"])
def test_items_arrive_and_do_not_come_before(name):
    world = simulate(name, users=500)
    arrival = world.tables.arrival[world.draw.items]
    real = world.draw.items > 0
    assert (world.draw.times >= arrival)[real].all()
    new = (world.tables.arrival[1:] > -torch.inf).double().mean()
    assert new == pytest.approx(world.settings.new_share, abs=0.08)
    assert 0.02 < float((arrival > -torch.inf)[real].double().mean()) < world.settings.new_share
    family = world.tables.family
    for item in range(1, world.n_items + 1):
        kin = world.tables.arrival[family == family[item]]
        assert len(kin.unique()) == 1
