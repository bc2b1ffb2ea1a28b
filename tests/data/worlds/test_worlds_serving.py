"""Slates of any policy: responses against the oracles, propensities by counting, chance in its order.

Honest answers must not be rejected at level 0.001; spoiled ones must be at 1e-9.
"""

import copy
import itertools
from dataclasses import replace

import pytest
import torch
from tiny_worlds import chi_square, spoiled, tiny_world

from seqrec_lib.data import simulate
from seqrec_lib.data.worlds import propensity as propensities
from seqrec_lib.data.worlds.propensity import at_places

LEVEL, CERTAIN = 1e-3, 1e-9
SHOWING = ["shop", "ads"]


def chance(seed=0):
    return torch.Generator().manual_seed(seed)


def random_slates(world, requests, places=3, seed=5):
    """Any policy: items at random, at places at random, seen and absent ones and padding among them."""
    shape = (len(requests), places)
    items = torch.randint(0, world.n_items + 1, shape, generator=chance(seed))
    return items, torch.randint(1, 6, shape, generator=chance(seed + 1))


def hits(requests, items, positions, happened, p):
    """``(groups, 2)`` counts seen and expected, by last item, item shown and place."""
    group = (requests.last(requests.items)[:, None] * 100 + items) * 10 + positions
    _, group = group.flatten().unique(return_inverse=True)
    found = []
    for value in (happened.double(), p):
        ones = torch.zeros(int(group.max()) + 1, dtype=torch.float64).index_add_(0, group, value.flatten())
        found.append(torch.stack([ones, group.bincount() - ones], 1))
    return found


def hits_by_change(spoiled_p, honest_p, happened, p, parts=20):
    """As :func:`hits`, grouped by how far a spoil moves p, which never looks at what happened.

    Groups of items and places average some spoils away, which move p up for some users and down for others.
    """
    change = (spoiled_p - honest_p).flatten()
    moved = change.abs() > 1e-12
    ends = change[moved].quantile(torch.linspace(0, 1, parts + 1, dtype=change.dtype)[1:-1])
    group = torch.zeros(len(change), dtype=torch.int64)
    group[moved] = 1 + torch.bucketize(change[moved].contiguous(), ends)
    number, found = group.bincount(minlength=parts + 1), []
    for value in (happened.double(), p):
        ones = torch.zeros(parts + 1, dtype=torch.float64).index_add_(0, group, value.flatten())
        found.append(torch.stack([ones, number - ones], 1)[number > 0])
    return found


@pytest.fixture(scope="module")
def crowd():
    """Name to (world, requests, items, positions, responses), drawn before any oracle is spoiled."""
    found = {}
    for name in SHOWING:
        world = tiny_world(name, users=25_000, seed=31, clickbait=0.8)
        requests = world.requests(2, chance(1))
        items, positions = random_slates(world, requests)
        found[name] = world, requests, items, positions, world.respond(requests, items, chance(2), positions)
    return found


def asked(world, requests, items, positions, what="click"):
    told = (requests.items, requests.times, requests.lengths, requests.query_time, items, positions)
    return (world.click_oracle if what == "click" else world.purchase_oracle)(*told)


@pytest.mark.parametrize("name", SHOWING)
def test_responses_are_as_likely_as_the_oracle_says(name, crowd):
    world, requests, items, positions, came = crowd[name]
    p = asked(world, requests, items, positions)
    assert came.click.double().mean() > 0.05 and not came.click[p == 0].any()
    assert chi_square(*hits(requests, items, positions, came.click, p)) > LEVEL


@pytest.mark.parametrize(
    "name, what",
    [(name, w) for name in SHOWING for w in ("types", "fade", "trigger", "place", "bait")],
)
def test_responses_reject_a_spoiled_oracle(name, what, crowd, monkeypatch):
    world, requests, items, positions, came = crowd[name]
    if what == "place":
        p = asked(world, requests, items, torch.ones_like(positions))
    else:
        broken = copy.copy(world)
        if what == "bait":
            broken.settings = replace(world.settings, clickbait=0.0)
        else:
            broken = spoiled(world, what, monkeypatch)
        p = asked(broken, requests, items, positions)
    monkeypatch.undo()
    honest = asked(world, requests, items, positions)
    assert chi_square(*hits_by_change(p, honest, came.click, p)) < CERTAIN
    assert chi_square(*hits_by_change(p, honest, came.click, honest)) > LEVEL


def test_purchases_are_as_likely_as_the_oracle_says(crowd):
    world, requests, items, positions, came = crowd["shop"]
    assert not (came.purchase & ~came.click).any()
    p = asked(world, requests, items, positions, "purchase")
    assert chi_square(*hits(requests, items, positions, came.purchase, p)) > LEVEL
    broken = copy.copy(world)
    broken.settings = replace(world.settings, buy_slope=0.01)
    p = asked(broken, requests, items, positions, "purchase")
    assert chi_square(*hits(requests, items, positions, came.purchase, p)) < CERTAIN
    assert crowd["ads"][-1].purchase is None


def test_what_attracts_clicks_deters_purchases_only_where_it_is_said():
    """Over what was clicked p(purchase | click) is lower than over what was shown: selection hides it."""
    gap = {}
    for bait in (0.0, 1.0):
        world = simulate("shop", users=150, clickbait=bait)
        b = world.click_batch
        told = (b.items, b.times, b.lengths, b.query_time, b.candidates)
        click = world.click_oracle(*told)
        buys = world.purchase_oracle(*told) / click
        gap[bait] = float(buys.mean() - (buys * click).sum() / click.sum())
    assert abs(gap[0.0]) < 0.03 and gap[1.0] > 0.05


@pytest.mark.parametrize("name", SHOWING)
def test_clickbait_changes_no_event_and_nothing_that_is_shown(name):
    plain, baited = (simulate(name, users=100, clickbait=bait) for bait in (0.0, 1.0))
    assert torch.equal(plain.draw.items, baited.draw.items)
    assert torch.equal(plain.slates.items, baited.slates.items)
    assert not torch.equal(plain.slates.click, baited.slates.click)
    assert "what attracts clicks deters purchases" in baited.describe()
    assert "deters" not in plain.describe()


def test_chance_comes_in_a_known_order():
    """One number for each click, then one for each purchase: two policies can meet the same chance."""
    world = tiny_world("shop", users=300, seed=3)
    requests = world.requests(1, chance())
    items, positions = random_slates(world, requests)
    came = world.respond(requests, items, chance(7), positions)
    uniform = torch.rand(2, *items.shape, generator=chance(7), dtype=torch.float64)
    other = world.respond(requests, items.flip(1), chance(7), positions.flip(1))
    for row in range(300):
        for place in range(3):
            if (
                items[row, place] == items[row, 2 - place]
                and positions[row, place] == positions[row, 2 - place]
            ):
                assert came.click[row, place] == other.click[row, place]
    assert (uniform[0][came.click]).mean() < uniform[0][~came.click].mean()
    assert (uniform[1][came.purchase]).mean() < uniform[1][came.click & ~came.purchase].mean()
    again = world.respond(requests, items, chance(7), positions)
    assert torch.equal(again.click, came.click) and torch.equal(again.purchase, came.purchase)
    assert not torch.equal(world.respond(requests, items, chance(8), positions).click, came.click)


def test_whoever_is_asked_has_the_history_that_the_world_drew():
    world = simulate("ads", users=60, seed=2)
    b, users = world.click_batch, torch.tensor([3, 50, 3])
    some = b.rows(users)
    slates = some.candidates
    by_users = world.respond(users, slates, chance(4)).click
    assert torch.equal(world.respond(some, slates, chance(4)).click, by_users)
    cut = replace(some, items=some.items[:, :2], times=some.times[:, :2], lengths=some.lengths.clamp(max=2))
    assert torch.equal(world.respond(cut, slates, chance(4)).click, by_users)
    assert not torch.equal(by_users[0], by_users[2])  # one user, asked twice: new chance


def test_requests_come_after_different_events_and_before_the_next():
    world = simulate("ads", users=80, seed=2)
    requests = world.requests(4, chance(9))
    assert requests.users.tolist() == [user for user in range(80) for _ in range(4)]
    draw = world.draw
    for n, user in enumerate(requests.users.tolist()):
        length = int(requests.lengths[n])
        assert requests.items[n, :length].tolist() == draw.items[user, :length].tolist()
        assert (requests.items[n, length:] == 0).all() and (requests.times[n, length:] == 0).all()
        last = int(draw.lengths[user])
        after = draw.times[user, length] if length < last else world.slates.times[user] + 1
        assert draw.times[user, length - 1] < requests.query_time[n] < after
        if n % 4:
            assert requests.lengths[n - 1] < requests.lengths[n]
    assert requests.lengths.min() < 5 and (requests.lengths == draw.lengths[requests.users]).any()


@pytest.mark.parametrize("name", SHOWING)
def test_the_logger_shows_what_it_always_showed(name):
    """Its own slates and those of ``show`` come from the same chances, by how often items stand first."""
    world = tiny_world(name, users=40_000, seed=8, repeats=True, new_share=0.0)
    shown = world.show(torch.arange(40_000), chance(3))
    assert shown.shape == world.slates.items.shape and (shown[:, 0] != shown[:, 1]).all()
    p = world.propensity(world.click_batch, torch.arange(1, world.n_items + 1).repeat(40_000, 1),
                         torch.ones(40_000, world.n_items, dtype=torch.int64)).value  # fmt: skip
    hoped = p.sum(0)[None]
    for items in (shown, world.slates.items):
        seen = items[:, 0].bincount(minlength=world.n_items + 1)[1:]
        assert chi_square(seen[None], hoped) > LEVEL
    assert chi_square(seen[None], torch.full_like(hoped, hoped.mean())) < CERTAIN


@pytest.fixture(scope="module")
def shown_often():
    """Five requests, each shown 20,000 slates of three of five items."""
    world = tiny_world("ads", users=5, seed=4, slate=3, repeats=True, new_share=0.0)
    requests = world.requests(1, chance(1))
    return world, requests, world.show(requests.rows(torch.arange(5).repeat_interleave(20_000)), chance(2))


def counted(world, shown):
    """``(5 * 3, V)``: how often each item stood at each place, of each request."""
    numbers = torch.arange(5).repeat_interleave(20_000)[:, None] * 3 + torch.arange(3)
    flat = numbers * (world.n_items + 1) + shown
    return flat.flatten().bincount(minlength=15 * (world.n_items + 1)).view(15, -1)[:, 1:]


def every_item_and_place(world, requests, draws=100_000):
    places = torch.arange(1, 4).repeat_interleave(world.n_items).expand(5, -1)
    items = torch.arange(1, world.n_items + 1).repeat(3).expand(5, -1)
    found = world.propensity(requests, items, places, draws, chance(3))
    return (part.reshape(15, world.n_items) for part in found)


def test_propensities_are_what_is_counted(shown_often, monkeypatch):
    world, requests, shown = shown_often
    value, _ = every_item_and_place(world, requests)
    torch.testing.assert_close(value.sum(1), torch.ones(15, dtype=torch.float64), rtol=0, atol=0.02)
    assert chi_square(counted(world, shown), 20_000 * value) > LEVEL

    def of_all(settings, view):  # as if the logger did not know who calls
        return (view.lean > 0).double()

    monkeypatch.setattr(propensities, "logger_weights", of_all)
    value, _ = every_item_and_place(world, requests)
    assert chi_square(counted(world, shown), 20_000 * value) < CERTAIN


def by_enumeration(weights, depth):
    """``(depth, V)``: exact chances of each place, by going through all orders of the places above."""
    found = [[0.0] * len(weights) for _ in range(depth)]
    for order in itertools.permutations(range(len(weights)), depth):
        p, left = 1.0, sum(weights)
        for item in order:
            p, left = p * weights[item] / left, left - weights[item]
        for place, item in enumerate(order):
            found[place][item] += p
    return torch.tensor(found, dtype=torch.float64)


def test_the_first_place_is_exact_and_later_ones_are_as_far_off_as_they_say():
    weights = torch.tensor([[0.0, 1.0, 2.5, 0.3, 4.0, 0.8]], dtype=torch.float64)
    items, places = torch.arange(1, 6).repeat(3)[None], torch.arange(1, 4).repeat_interleave(5)[None]
    true = by_enumeration(weights[0, 1:].tolist(), 3).flatten()
    apart = []
    for seed in range(60):
        value, error = at_places(weights, items, places, 200, chance(seed))
        torch.testing.assert_close(value[0, :5], weights[0, 1:] / weights.sum())
        assert (error[0, :5] == 0).all() and (error[0, 5:] > 0).all()
        apart.append((value[0, 5:] - true[5:]) / error[0, 5:])
    apart = torch.stack(apart)
    assert apart.mean().abs() < 0.15 and 0.85 < apart.std() < 1.15


def test_what_cannot_be_asked():
    world = simulate("ads", users=20)
    b = world.click_batch
    ones = torch.ones(20, 2, dtype=torch.int64)
    for ask, said in (
        (lambda: world.respond(b, ones[:5], chance()), r"slates must be \(M, C\)"),
        (lambda: world.respond(b, ones[0], chance()), r"slates must be \(M, C\)"),
        (lambda: world.respond(b, 500 * ones, chance()), "items of slates must be 0 to"),
        (lambda: world.respond(b, ones, chance(), 0 * ones), "start at 1"),
        (lambda: world.respond(torch.tensor([20]), ones[:1], chance()), "users must be 0 to 19"),
        (lambda: world.respond(replace(b, users=None), ones, chance()), "requests need users and query_time"),
        (lambda: world.respond(torch.zeros(2, 2).long(), ones[:2], chance()), "users must be"),
        (lambda: world.propensity(b, ones, 21 * ones), "positions must be 1 to 20"),
        (lambda: world.propensity(b, ones, draws=1), "draws is 1"),
        (lambda: world.requests(0, chance()), "there must be 1 to"),
        (lambda: world.requests(41, chance()), "there must be 1 to"),
        (lambda: simulate("video", users=5).respond(torch.tensor([0]), ones[:1], chance()), "shows nothing"),
        (lambda: simulate("video", users=5).propensity(torch.tensor([0]), ones[:1]), "shows nothing"),
        (lambda: simulate("video", users=5).show(torch.tensor([0]), chance()), "shows nothing"),
        (lambda: simulate("music", users=5, slate=4).requests(1, chance()), "the gaps of world 'music' tell"),
    ):
        with pytest.raises(ValueError, match=said):
            ask()
