"""The later settings: what makes no world, and what each may be."""

import re

import pytest
import torch

from seqrec_lib.data import OUTLOOK, WORLDS, simulate

EVERY = {**WORLDS, **OUTLOOK}
BAD = [
    ("shop", {"trigger_spread": 0.0}, "trigger_spread is 0.0: with trigger_days it must be above 0"),
    ("shop", {"trigger_days": -1.0}, "trigger_days is -1.0"),
    ("shop", {"new_share": 1.0}, "new_share is 1.0: it must be below 1"),
    ("shop", {"new_share": 0.9}, "too few for max_length 50"),
    ("shop", {"weekend_pull": 1.1}, "weekend_pull is 1.1: a probability is 0 to 1"),
    ("shop", {"slate": 200}, "slate is 200: fewer items"),
    ("shop", {"click_threshold": 0.0}, "click_threshold is 0.0"),
    ("shop", {"slate": 0}, "buy_slope is 1.2 but slate is 0"),
    ("video", {"clickbait": 1.0}, "clickbait is 1.0 but slate is 0: nothing is shown, so nothing attracts"),
    ("shop", {"clickbait": 11.0}, "clickbait is 11.0: it must be at most 10"),
    ("shop", {"clickbait": -0.1}, "clickbait is -0.1: it must be at least 0"),
    ("music", {"repeats": False}, "self_call needs repeats"),
    ("music", {"pace": float("nan")}, "pace is nan"),
    ("music", {"pace": float("inf")}, "pace is inf: it must be a finite number"),
    ("video", {"types": 2.5}, "types is 2.5: it must be a whole number"),
    ("video", {"seed": 0.5}, "seed is 0.5: it must be a whole number"),
    ("video", {"taste": "much"}, "taste is 'much': it must be a finite number"),
    ("video", {"lag_kernel": [(2, 1.0)]}, "lag_kernel is [(2, 1.0)]: it must be a tuple of pairs"),
    ("video", {"lag_kernel": ((2.5, 1.0),)}, "it must be a tuple of pairs"),
    ("video", {"lag_kernel": ((2, float("nan")),)}, "shares not below 0 and finite"),
    ("video", {"sharpness": 1000}, "sharpness is 1000, price_sense is 0.0: taste is not finite"),
    ("video", {"zipf": 1e5}, "zipf is 100000.0: popularity is not finite then: use smaller numbers"),
    ("video", {"zipf": 1e3, "taste": 0.0}, "zipf is 1000.0: some items can never come then"),
    ("video", {"drift": 1e6}, "drift is 1000000.0: popularity is not finite then: use a smaller number"),
    ("shop", {"price_sense": 1e9}, "price_sense is 1000000000.0: taste is not finite"),
    ("music", {"weekend": 1e4}, "weekend is 10000.0: weekend is not finite"),
    ("video", {"between_days": 1e300}, "between_days is 1e+300"),
    ("music", {"session_end": 0.0}, "session_end must lie between 0 and 1"),
    ("music", {"within_minutes": 0.0}, "both gaps be above 0"),
    ("music", {"taste": 0.0}, "weekend is 1.5 but taste is 0"),
    ("ads", {"examination": -1.0}, "examination is -1.0"),
    ("ads", {"fade_hours": -1.0}, "fade_hours is -1.0"),
    ("finance", {"categories": 7}, "skin 'finance' has words for 6"),
    ("finance", {"price_sense": -0.1}, "price_sense is -0.1"),
]


@pytest.mark.parametrize("name, changes, words", BAD)
def test_bad_settings_raise(name, changes, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        simulate(name, **{"users": 5, **changes})


def test_a_setting_that_is_none_gives_the_nearest():
    with pytest.raises(ValueError, match="unknown world setting 'fade_hour': did you mean"):
        simulate("shop", fade_hour=3.0)


@pytest.mark.parametrize("name", list(EVERY))
def test_every_setting_has_its_words(name):
    told = type(EVERY[name]).__doc__
    for setting in EVERY[name].__dataclass_fields__:
        assert re.search(rf"\b{setting}\b", told), setting
    assert EVERY[name].name == EVERY[name].skin == name


@pytest.mark.parametrize("name", ["shop", "music", "ads", "finance", *OUTLOOK])
@pytest.mark.parametrize(
    "changes",
    [{"types": 1}, {"trigger": 0.0}, {"succession": 0.0}, {"fade_hours": 0.0, "trigger_days": 0.0}],
)
def test_a_world_may_lack_a_part(name, changes):
    world = simulate(name, **{"users": 20, "min_length": 5, "max_length": 9, **changes})
    assert "20 users" in world.describe()
    draw = world.draw
    p = world.oracle(draw.items, draw.times, draw.lengths, draw.times.max(1).values + 60)
    torch.testing.assert_close(p.sum(1), torch.ones(20, dtype=torch.float64))


@pytest.mark.parametrize("name", list(WORLDS))
def test_the_seed_alone_decides(name):
    one, same, other = (simulate(name, users=60, seed=s) for s in (7, 7, 8))
    for key, value in vars(one.draw).items():
        assert torch.equal(value, getattr(same.draw, key)), key
    assert not torch.equal(one.draw.items[:, :20], other.draw.items[:, :20])
    if one.settings.slate:
        assert torch.equal(one.slates.click, same.slates.click)
        assert not torch.equal(one.slates.click, other.slates.click)
