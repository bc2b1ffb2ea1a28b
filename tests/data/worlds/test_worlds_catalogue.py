"""Titles, categories, the description, and settings that make no world."""

import dataclasses
import re

import pytest
import torch
from tiny_worlds import DRIFTING, tiny_world

from seqrec_lib.data import load_source, simulate
from seqrec_lib.data.worlds import WorldSettings
from seqrec_lib.data.worlds.catalogue import SKINS, invent_names


def test_titles_are_all_different(video):
    assert video.titles[0] == ""
    assert len(set(video.titles)) == len(video.titles) == 201
    assert all(title and title == title.strip() for title in video.titles[1:])


def test_names_are_all_different_to_the_last():
    names = invent_names(625)
    assert len(set(names)) == 625
    assert names[:10] == invent_names(10)
    more = invent_names(2000)
    assert more[:625] == names and len(set(more)) == 2000
    assert more[625] == f"{names[0]} 2" and more[1250] == f"{names[0]} 3"


def test_titles_say_what_the_world_does(video):
    """The next part has the next number, and a companion names the item that calls for it."""
    tables = video.tables
    for item in range(1, 201):
        following, companion = int(tables.successor[item]), int(tables.called[item])
        if following:
            name, part = re.fullmatch(r"(.+), part (\d)", video.titles[item]).groups()
            assert video.titles[following] == f"{name}, part {int(part) + 1}"
        if companion:
            assert video.titles[companion] == "Behind " + video.titles[item].removesuffix(", part 1")


def test_kin_share_a_category(video):
    assert video.categories[0] == ""
    assert set(video.categories[1:]) == set(SKINS["video"].categories)
    for item in range(1, 201):
        for other in (int(video.tables.successor[item]), int(video.tables.called[item])):
            assert not other or video.categories[item] == video.categories[other]


def test_each_companion_is_called_by_one_item(video):
    called = video.tables.called[video.tables.called > 0]
    assert len(called) == 70 == len(called.unique())
    assert (video.tables.part[called] == -1).all()


def test_the_log_is_the_draw(video):
    log, draw = video.log, video.draw
    offsets = log.offsets
    assert log.name == "world:video" and not log.repeats
    assert log.item_features["category"].tolist() == video.categories
    for user in (0, 17, 3999):
        rows = slice(offsets[user], offsets[user + 1])
        length = int(draw.lengths[user])
        assert log.items[rows].tolist() == draw.items[user, :length].tolist()
        assert log.times[rows].tolist() == draw.times[user, :length].tolist()
    assert (torch.diff(draw.times)[draw.items[:, 1:] > 0] >= 0).all()


def test_interactions_carry_titles(video):
    row = video.interactions.iloc[1234]
    assert row["title"] == video.titles[row["item"]]
    assert row["category"] == video.categories[row["item"]]


def test_describe_tells_the_shares(video):
    text, shares = video.describe(), video.shares()
    assert "4,000 users, 200 items" in text and f"{len(video.log):,} events" in text
    for name in ("succession", "trigger", "taste", "popularity"):
        told = re.search(rf"{name}\s+(\d+)%", text)
        assert int(told[1]) == round(100 * shares[name])
    assert f"wait {shares['median_trigger_lag']:.0f} events" in text
    assert "8 to 14 events ago" in text and "no item comes twice" in text


def test_describe_tells_what_is_different():
    text = tiny_world(users=30, repeats=True, **DRIFTING).describe()
    assert "an item may come again" in text and "drifting over time" in text


def test_a_world_without_triggers_says_so():
    world = tiny_world(users=30, trigger=0.0)
    assert world.shares()["trigger"] == 0
    assert "wait" not in world.describe()


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"users": 0}, "users is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"types": 0}, "types is 0"),
        ({"categories": 0}, "categories is 0"),
        ({"categories": 9}, "has words for 8"),
        ({"parts": 0}, "parts is 0"),
        ({"series": 0, "films": 0}, "needs items"),
        ({"min_length": 0}, "lengths from 0"),
        ({"min_length": 9, "max_length": 8}, "lengths from 9 to 8"),
        ({"max_length": 201}, "max_length 201 needs as many items; there are 200"),
        ({"lag_kernel": ((0, 1.0),)}, "lags are 2 events or more"),
        ({"lag_kernel": ((1, 1.0),)}, "lags are 2 events or more"),
        ({"lag_kernel": ((3, -1.0),)}, "shares not below 0"),
        ({"taste": 0.0, "popularity": 0.0}, "must be above 0"),
        ({"entry": 0.0}, "must be above 0"),
        ({"trigger": -1.0}, "trigger is -1.0"),
        ({"succession": float("nan")}, "succession is nan"),
        ({"session_end": 1.5}, "session_end is 1.5"),
        ({"popularity": 0.0, "drift": 1.0}, "nothing that drifts"),
        ({"skin": "shoop"}, "unknown skin 'shoop'"),
    ],
)
def test_bad_settings_raise(changes, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        simulate("video", **{"users": 5, **changes})


@pytest.mark.parametrize(
    "changes",
    [{"types": 1}, {"films": 0}, {"series": 0}, {"taste": 0.0}, {"popularity": 0.0}, {"lag_kernel": ()}],
)
def test_a_world_may_lack_a_component(changes):
    world = simulate("video", **{"users": 20, "min_length": 5, "max_length": 9, **changes})
    assert "20 users" in world.describe()
    p = world.oracle(world.draw.items, None, world.draw.lengths, None)
    torch.testing.assert_close(p.sum(1), torch.ones(20, dtype=torch.float64))


def test_unknown_names_give_the_nearest():
    with pytest.raises(ValueError, match="unknown world 'vidio': did you mean video?"):
        simulate("vidio")
    with pytest.raises(ValueError, match="unknown world 'zzz': use one of video, shop, music, ads, finance"):
        simulate("zzz")
    with pytest.raises(ValueError, match="unknown world setting 'user': did you mean users"):
        simulate("video", user=3)


def test_settings_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        WorldSettings().users = 5


def test_the_command_lines_source_is_the_same_world():
    log, world = load_source("world:video:users=40,seed=9")
    assert world.settings.users == 40
    assert log.items.tolist() == simulate("video", users=40, seed=9).log.items.tolist()


@pytest.mark.parametrize(
    "items, lengths, words",
    [
        (torch.tensor([1, 2]), torch.tensor([2]), "items must be (B, T)"),
        (torch.tensor([[1, 2]]), torch.tensor([2, 2]), "lengths (B,)"),
        (torch.tensor([[1, 201]]), torch.tensor([2]), "item numbers must be 0 to 200"),
        (torch.tensor([[1, -1]]), torch.tensor([2]), "item numbers must be 0 to 200"),
        (torch.tensor([[1, 2]]), torch.tensor([3]), "lengths must be 0 to 2"),
        (torch.zeros(0, 2, dtype=torch.int64), torch.zeros(0, dtype=torch.int64), "at least one history"),
    ],
)
def test_the_oracle_refuses_what_is_no_history(video, items, lengths, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        video.oracle(items, None, lengths, None)


def test_a_world_with_drift_asks_for_times():
    world = tiny_world(users=5, **DRIFTING)
    with pytest.raises(ValueError, match="give times and query_time"):
        world.oracle(world.draw.items, None, world.draw.lengths, None)


def test_nothing_can_follow_when_every_item_was_seen():
    world = tiny_world(users=1)
    with pytest.raises(ValueError, match="lengths must be 0 to 5"):
        world.oracle(torch.arange(1, 7)[None], None, torch.tensor([6]), None)
    last = world.oracle(torch.arange(1, 7)[None], None, torch.tensor([5]), None)
    torch.testing.assert_close(last[0, 6], torch.tensor(1.0, dtype=torch.float64))
