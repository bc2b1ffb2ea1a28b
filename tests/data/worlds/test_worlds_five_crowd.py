"""The seven timed worlds against crowds drawn by the generator alone, and their clicks.

Users with the same history, the same kinds of gap (minutes or days) and a request in the same part of
the log are counted together, and what came next is compared with the oracle by chi-square. Within a
group p differs a little from user to user; its sum is what to expect, which makes the test a little
too mild and never too strict. The million users of each world are slow and run in `make test-all`; a
tenth of them run here. Honest oracles must not be rejected at level 0.001; spoiled ones must be at 1e-9.
"""

from dataclasses import replace

import pytest
import torch
from crowds import counts
from tiny_worlds import MATTERS, SPOILED, chi_square, spoiled, tiny_world

from seqrec_lib.data.worlds import World, simulate

LEVEL, CERTAIN = 1e-3, 1e-9
NAMES = list(MATTERS)
SEEDS = {"shop": 21, "music": 22, "ads": 23, "finance": 24, "courses": 25, "care": 26, "city": 27}


def click_counts(world: World, spoil=lambda p: p):
    """Clicks and others, seen and expected ``(groups, 2)``, by last two items, item shown and place."""
    batch, v = world.click_batch, world.n_items
    p = world.click_oracle(batch.items, batch.times, batch.lengths, batch.query_time, batch.candidates)
    group = batch.items[:, -2:] @ torch.tensor([v + 1, 1])
    group = (group[:, None] * (v + 1) + batch.candidates) * p.shape[1] + torch.arange(p.shape[1])
    _, group = group.flatten().unique(return_inverse=True)
    found = []
    for value in (batch.labels, spoil(p)):
        ones = torch.zeros(int(group.max()) + 1, dtype=torch.float64).index_add_(0, group, value.flatten())
        found.append(torch.stack([ones, group.bincount() - ones], 1))
    return found


@pytest.fixture(scope="module")
def crowd():
    """Name to a world of 100,000 users, drawn before any oracle is spoiled."""
    return {name: tiny_world(name, users=100_000, seed=SEEDS[name]) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_crowd_agrees_with_the_oracle(name, crowd):
    observed, expected = counts(crowd[name], periods=3, gaps=True)
    assert observed.sum() == 100_000 * crowd[name].max_length
    assert len(observed) > 100
    assert chi_square(observed, expected) > LEVEL


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_million_users_agree_with_the_oracle(name):
    world = tiny_world(name, users=1_000_000, seed=SEEDS[name] + 100)
    observed, expected = counts(world, periods=3, gaps=True)
    assert observed.sum() == 1_000_000 * world.max_length
    assert chi_square(observed, expected) > LEVEL


@pytest.mark.parametrize("name, what", SPOILED)
def test_the_crowd_rejects_a_spoiled_oracle(name, what, crowd, monkeypatch):
    oracle = spoiled(crowd[name], what, monkeypatch)
    assert (
        chi_square(*counts(oracle, users=None if what == "pace" else 50_000, periods=3, gaps=True)) < CERTAIN
    )


@pytest.mark.parametrize("name", ["shop", "ads"])
def test_the_clicks_of_a_crowd_agree_with_the_oracle(name, crowd):
    observed, expected = click_counts(crowd[name])
    assert observed.sum() == 200_000 and len(observed) > 60
    assert chi_square(observed, expected) > LEVEL


@pytest.mark.slow
@pytest.mark.parametrize("name", ["shop", "ads"])
def test_the_clicks_of_a_million_users_agree_with_the_oracle(name):
    world = tiny_world(name, users=1_000_000, seed=SEEDS[name] + 100)
    assert chi_square(*click_counts(world)) > LEVEL


@pytest.mark.parametrize("name", ["shop", "ads"])
@pytest.mark.parametrize("what", ["types", "trigger", "position"])
def test_clicks_reject_a_spoiled_oracle(name, what, crowd, monkeypatch):
    world = crowd[name]
    assert world.click_batch is not None  # drawn before the spoil
    if what == "position":
        places = torch.arange(1, world.settings.slate + 1) ** world.settings.examination
        observed, expected = click_counts(world, lambda p: p * places)
    else:
        broken = spoiled(world, what, monkeypatch)
        observed, expected = click_counts(broken)
    assert chi_square(observed, expected) < CERTAIN


@pytest.mark.parametrize("name", ["shop", "ads"])
def test_what_is_shown_does_not_depend_on_the_type(name):
    """Users who did the same but are of another type are shown the same, and click otherwise."""
    world, other = (tiny_world(name, users=5000, seed=5) for _ in range(2))
    other.draw = replace(other.draw, types=(other.draw.types + 1) % 3)
    assert torch.equal(world.slates.items, other.slates.items)
    assert torch.equal(world.slates.times, other.slates.times)
    assert not torch.equal(world.slates.click, other.slates.click)


@pytest.mark.parametrize("name", ["ads", "shop"])
def test_a_click_falls_with_the_place_as_the_settings_say(name):
    world = simulate(name, users=200, seed=0)
    shown, first = world.click_batch, torch.ones_like(world.click_batch.candidates)
    asked = (shown.items, shown.times, shown.lengths, shown.query_time, shown.candidates)
    fall = 4.0**-world.settings.examination
    assert fall < 0.6
    torch.testing.assert_close(
        world.click_oracle(*asked, 4 * first), fall * world.click_oracle(*asked, first)
    )
