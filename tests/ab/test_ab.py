"""Experiments: what is promised holds over many tests, and what cannot be compared is refused."""

import numpy as np
import pytest
import torch

from seqrec_lib.ab import (
    adjust,
    always_valid,
    compare_arms,
    credit,
    doubly_robust,
    fit_cuped,
    fixed_p,
    look_at,
    per_place,
    place_chances,
    power,
    slate_chance,
    team_draft,
    users_per_arm,
    whole_slate,
)
from seqrec_lib.data import simulate
from seqrec_lib.messages import InputError


def rng(seed=0):
    return np.random.default_rng(seed)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    arms = [rng(seed).normal((0.0, 0.3), (1.0, 2.0), (80, 2)).T for seed in range(1500)]
    lifts = [compare_arms(*pair) for pair in arms]
    held = np.mean([one.low < 0.3 < one.high for one in lifts])
    assert abs(held - 0.95) < 4 * (0.05 * 0.95 / 1500) ** 0.5
    one = lifts[0]
    assert (one.p_value < 0.05) == (one.low > 0 or one.high < 0) and one.base == arms[0][0].mean()


def test_arms_without_any_spread():
    assert compare_arms([1, 1], [1, 1]).p_value == 1.0 and compare_arms([1, 1], [2, 2]).p_value == 0.0


@pytest.mark.parametrize("gain", [0.1, -0.1, 0.04])
def test_the_size_of_a_test_gives_its_power(gain):
    users = users_per_arm(1.05, gain, 0.9)
    assert 0.9 <= power(1.05, gain, users) < 0.902
    assert power(1.05, 0.0, users) == pytest.approx(0.05)


def test_looks_are_what_a_test_would_be_if_it_ended_there():
    old, new = rng(1).normal(size=(2, 3, 60))
    found = look_at(old, new, np.array([2, 17, 60]))
    for test in range(3):
        for look, users in enumerate((2, 17, 60)):
            lift = compare_arms(old[test, :users], new[test, :users])
            assert found.difference[test, look] == pytest.approx(lift.difference)
            assert fixed_p(found)[test, look] == pytest.approx(lift.p_value, rel=1e-6)
    assert look_at(old[0], new[0], np.array([5])).difference.shape == (1, 1)


def test_peeking_is_wrong_and_an_always_valid_test_is_not():
    old, new = rng(2).normal(size=(2, 1500, 400))
    found = look_at(old, new, np.arange(20, 401, 5))
    assert (fixed_p(found) < 0.05).any(1).mean() > 0.2
    valid = always_valid(found, 0.2)
    assert (valid < 0.05).any(1).mean() < 0.05 and (np.diff(valid, axis=1) <= 0).all()
    gained = look_at(old, new + 0.5, np.arange(20, 401, 5))
    assert (always_valid(gained, 0.2)[:, -1] < 0.05).mean() > 0.95


def test_cuped_keeps_the_gain_and_loses_the_variance():
    sizes, left = [], []
    for seed in range(300):
        draw = rng(seed)
        x = draw.normal(2, 1, (2, 50))
        y = x + 0.5 * draw.normal(size=(2, 50)) + np.array([[0.0], [0.4]])
        line = fit_cuped(y.ravel(), x.ravel())
        sizes.append(compare_arms(*(adjust(a, b, line) for a, b in zip(y, x, strict=True))).difference)
        left.append(line.share)
    assert abs(np.mean(sizes) - 0.4) < 4 * np.std(sizes) / 300**0.5
    assert np.std(sizes) == pytest.approx((2 * 0.25 / 50) ** 0.5, rel=0.15) and np.mean(left) < 0.3


def chance(seed=0):
    return torch.Generator().manual_seed(seed)


def rankings(n=300, r=9, items=30):
    both = [
        torch.stack([torch.randperm(items, generator=chance(s * n + k))[:r] + 1 for k in range(n)])
        for s in (0, 1)
    ]
    return both[0], both[1]


def test_a_team_draft_is_fair_and_each_captain_takes_the_best_that_is_free():
    old, new = rankings()
    items, team = team_draft(old, new, 7, chance(3))
    assert (team[:, 0::2][:, :3] + team[:, 1::2] == 1).all()  # each has one turn a round
    assert abs(team[:, 0].double().mean() - 0.5) < 0.12
    for row in range(300):
        taken = []
        for item, turn in zip(items[row].tolist(), team[row].tolist(), strict=True):
            own = (old, new)[turn][row].tolist()
            assert item == next(i for i in own if i not in taken)
            taken.append(item)


def test_a_ranking_does_not_beat_itself():
    old, _ = rankings(3000)
    items, team = team_draft(old, old, 6, chance(4))
    clicks = torch.rand(items.shape, generator=chance(5)) < 1 / torch.arange(1, 7)
    assert torch.equal(items, old[:, :6])
    wins = credit(clicks, team)
    assert abs(wins.mean()) < 4 * wins.std() / 3000**0.5


@pytest.fixture(scope="module")
def logged():
    """A world with three places: weights of two policies, exact chances, and the true values."""
    world = simulate("shop", users=60, seed=4, slate=3)
    batch = world.click_batch
    every = torch.arange(1, world.n_items + 1).expand(60, -1)
    first = world.propensity(batch, every, torch.ones_like(every)).value
    old = torch.cat([torch.zeros(60, 1, dtype=torch.float64), first], 1)
    new = old * (1 + torch.arange(world.n_items + 1) % 5).double()
    return world, batch, old, new


def test_exact_chances_are_those_that_the_world_draws(logged):
    world, batch, old, _ = logged
    exact = place_chances(old, 3)
    torch.testing.assert_close(exact.sum(2), torch.ones(60, 3, dtype=torch.float64))
    for place in (2, 3):
        items = batch.candidates
        drawn = world.propensity(batch, items, torch.full_like(items, place), draws=1500)
        mine = exact[:, place - 1].gather(1, items)
        assert ((mine - drawn.value).abs() < 4.5 * drawn.error + 1e-12).all()


def test_estimates_are_right_on_average_and_know_their_error(logged):
    world, batch, old, new = logged
    c0, c1 = place_chances(old, 3), place_chances(new, 3)
    looked = torch.arange(1, 4).double() ** -world.settings.examination
    every = torch.arange(1, world.n_items + 1).expand(60, -1)
    true = world.true_chances(batch, every, torch.ones_like(every))[0]
    true = torch.cat([torch.zeros(60, 1, dtype=torch.float64), true], 1)
    exact = float((c1 * looked[:, None] * true[:, None]).sum((1, 2)).mean())
    guess = torch.full_like(true, 0.1)
    hoped = (c1 * looked[:, None] * guess[:, None]).sum((1, 2))
    found = {"slate": [], "item": [], "normalised": [], "robust": []}
    who = torch.arange(60).repeat(10)
    for seed in range(300):
        shown = torch.multinomial(old[who], 3, generator=chance(seed))
        y = torch.bernoulli(looked * true[who].gather(1, shown), generator=chance(1000 + seed))
        p0, p1 = (c[who].gather(2, shown[:, :, None])[..., 0] for c in (c0, c1))
        found["slate"].append(whole_slate(y, slate_chance(new[who], shown), slate_chance(old[who], shown)))
        found["item"].append(per_place(y, p1, p0))
        found["normalised"].append(per_place(y, p1, p0, normalise=True))
        found["robust"].append(doubly_robust(y, p1, p0, looked * guess[who].gather(1, shown), hoped[who]))
    spread = {}
    for name, estimates in found.items():
        values = np.array([one.value for one in estimates])
        spread[name] = values.std()
        assert abs(values.mean() - exact) < 4 * spread[name] / 300**0.5, name
        assert np.mean([one.error for one in estimates]) == pytest.approx(spread[name], rel=0.2), name
    assert spread["slate"] > 1.3 * spread["item"] and spread["robust"] <= 1.02 * spread["item"]


def test_a_perfect_model_leaves_the_weights_nothing_to_do():
    y = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    found = doubly_robust(y, torch.full((2, 2), 0.9), torch.full((2, 2), 0.1), y, torch.tensor([0.4, 0.6]))
    assert found.value == pytest.approx(0.5) and found.weight == pytest.approx(9.0)


ONE = torch.ones(3, 2)


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("at least two users", lambda: compare_arms([1.0], [1.0, 2.0])),
        ("level is 1", lambda: compare_arms([1.0, 2.0], [1.0, 2.0], 1)),
        ("spread and users", lambda: power(0.0, 0.1, 10)),
        ("of one size", lambda: look_at(np.ones(3), np.ones(4), np.array([2]))),
        ("looks are after 2 to 3", lambda: look_at(np.ones(3), np.ones(3), np.array([1]))),
        ("above 0", lambda: always_valid(look_at(np.ones(3), np.ones(3), np.array([2])), 0.0)),
        ("at least 3 users", lambda: fit_cuped([1.0, 2.0], [1.0, 2.0])),
        ("the same for all", lambda: fit_cuped([1.0, 2.0, 3.0], [1.0, 1.0, 1.0])),
        ("as many items", lambda: team_draft(ONE.long(), ONE.long(), 3, chance())),
        ("clicks and team", lambda: credit(ONE, ONE[:2])),
        ("places is 4", lambda: place_chances(ONE, 4)),
        ("more items than places", lambda: place_chances(ONE, 2)),
        ("of at least 2 requests", lambda: per_place(ONE[:1], ONE[:1], ONE[:1])),
        ("had chance 0", lambda: per_place(ONE, ONE, 0 * ONE)),
        ("nothing of what the log shows", lambda: per_place(ONE, 0 * ONE, ONE, normalise=True)),
        (r"predicted must be \(N, K\)", lambda: doubly_robust(ONE, ONE, ONE, ONE, ONE)),
    ],
)
def test_what_cannot_be_used_is_refused(words, wrong):
    with pytest.raises(InputError, match=words):
        wrong()
