"""Slates: what is shown, what the tables say of it, and questions that cannot be answered."""

import pytest
import torch

from seqrec_lib.data import simulate


@pytest.fixture(scope="module", params=["shop", "ads"])
def world(request):
    return simulate(request.param, users=600)


def ask(world, **changes):
    b = world.click_batch
    told = {"items": b.items, "times": b.times, "lengths": b.lengths, "query_time": b.query_time}
    return world.click_oracle(**{**told, "candidates": b.candidates, **changes})


def test_a_slate_holds_different_items_that_can_come(world):
    shown, draw = world.slates, world.draw
    assert shown.items.shape == (600, world.settings.slate) and (shown.items > 0).all()
    for row in range(600):
        items = shown.items[row].tolist()
        assert len(set(items)) == len(items)
        assert not set(items) & set(draw.items[row].tolist())
    assert (world.tables.arrival[shown.items] <= shown.times[:, None]).all()
    assert (shown.times > draw.times.max(1).values).all()


def test_slates_change_no_event(world):
    bare = simulate(world.name, users=600, slate=0, buy_slope=0.0)
    for name, value in vars(world.draw).items():
        assert torch.equal(value, getattr(bare.draw, name)), name


def test_the_table_is_the_slates(world):
    frame, shown = world.impressions, world.slates
    k = world.settings.slate
    assert len(frame) == 600 * k
    assert frame["item"].tolist() == shown.items.flatten().tolist()
    assert frame["click"].tolist() == shown.click.flatten().int().tolist()
    assert frame["position"].tolist() == list(range(1, k + 1)) * 600
    assert ("purchase" in frame) == (world.name == "shop")
    row = frame.iloc[1234]
    assert row["title"] == world.titles[row["item"]] and row["price"] > 0
    batch = world.click_batch
    assert torch.equal(batch.candidates, shown.items) and torch.equal(batch.labels, shown.click.double())


def test_clicks_are_neither_rare_nor_common_and_better_places_get_more(world):
    click = world.slates.click.double()
    assert 0.03 < click.mean() < 0.2
    assert click[:, 0].mean() > 1.5 * click[:, -1].mean()


def test_chances_fall_with_the_place_and_lie_between_0_and_1(world):
    first = ask(world, positions=torch.ones_like(world.slates.items))
    later = ask(world, positions=torch.full_like(world.slates.items, 4))
    assert (first > 0).all() and (first < 1).all()
    torch.testing.assert_close(later, first / 4**world.settings.examination)


def test_a_purchase_needs_a_click_and_a_price_that_fits():
    world = simulate("shop", users=400)
    b = world.click_batch
    told = (b.items, b.times, b.lengths, b.query_time, b.candidates)
    click, both = world.click_oracle(*told), world.purchase_oracle(*told)
    assert (both < click).all() and (both > 0).all()
    price = world.tables.log_price[b.candidates]
    given = both / click
    assert given[price < -1].mean() > given[price > 1].mean() + 0.2


def test_what_cannot_be_asked(world):
    shown = world.slates.items
    with pytest.raises(ValueError, match=r"candidates must be \(B, C\)"):
        ask(world, candidates=shown[0])
    with pytest.raises(ValueError, match=r"candidates must be \(B, C\)"):
        ask(world, candidates=shown[:5])
    with pytest.raises(ValueError, match=f"candidates must be 0 to {world.n_items}"):
        ask(world, candidates=shown + world.n_items)
    with pytest.raises(ValueError, match="start at 1"):
        ask(world, positions=torch.zeros_like(shown))
    with pytest.raises(ValueError, match="time matters"):
        ask(world, query_time=None)
    assert (ask(world, candidates=torch.zeros_like(shown)) == 0).all()


@pytest.mark.parametrize("name", ["video", "music", "finance"])
def test_worlds_that_show_nothing_say_so(name):
    world = simulate(name, users=20)
    b = world.draw
    for answer in (
        lambda: world.impressions,
        lambda: world.slates,
        lambda: world.click_batch,
        lambda: world.click_oracle(b.items, b.times, b.lengths, b.times[:, 0], b.items[:, :2]),
    ):
        with pytest.raises(ValueError, match=f"world '{name}' shows nothing to click: use 'ads' or 'shop'"):
            answer()


def test_ads_sell_nothing():
    world = simulate("ads", users=20)
    b = world.click_batch
    with pytest.raises(ValueError, match="nothing can be bought in world 'ads'"):
        world.purchase_oracle(b.items, b.times, b.lengths, b.query_time, b.candidates)


def test_any_world_may_show_slates():
    world = simulate("music", users=50, slate=6, buy_slope=1.0)
    assert len(world.impressions) == 300 and {"click", "purchase"} <= set(world.impressions)
