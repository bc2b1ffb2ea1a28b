"""The seven worlds in which time matters, against the second writing of the process.

Every history of up to three events, each with a clock of its own: gaps of minutes and of days, in
all parts of the week and of the log.
"""

import itertools

import pytest
import torch
from plain_world import FIRST_MOMENT, SECONDS_A_DAY, PlainWorld
from tiny_worlds import MATTERS, SPOILED, spoiled, tiny_world

from seqrec_lib.data import Batch

NAMES = list(MATTERS)
MORE = {
    "pace and pull": ("music", {"weekend_pull": 0.5, "session_end": 0.7}),
    "repeats and days": ("shop", {"repeats": True}),
    "days again": ("music", {"trigger_days": 1.0, "drift": 1.0, "start_days": 900.0}),
}


def some(world, longest, most=150, seed=0):
    """``(histories, clocks (N, T+1), batch)``: ``most`` of the histories of up to ``longest`` events."""
    items = range(1, world.n_items + 1)
    found = [h for n in range(longest + 1) for h in itertools.product(items, repeat=n)]
    found = [h for h in found if world.settings.repeats or len(set(h)) == len(h)]
    generator = torch.Generator().manual_seed(seed)
    if len(found) > most:
        found = [found[i] for i in torch.randperm(len(found), generator=generator)[:most].tolist()]
    s, shape = world.settings, (len(found), longest + 1)
    draw = torch.rand(*shape, 2, generator=generator, dtype=torch.float64)
    minutes = s.within_minutes * 60 * (0.3 + 2 * draw[..., 1])
    days = s.between_days * SECONDS_A_DAY * (0.2 + 3 * draw[..., 1])
    gaps = torch.where(draw[..., 0] < 0.5, minutes, days)
    gaps[:, 0] = draw[:, 0, 1] * s.start_days * SECONDS_A_DAY
    clocks = FIRST_MOMENT + gaps.cumsum(1)
    # A history holds nothing that had not arrived, and leaves something to come: else it starts later.
    arrival = world.tables.arrival.tolist()
    for clock, h in zip(clocks, found, strict=True):
        latest = max([arrival[i] for i in h], default=-1e300)
        left = [i for i in items if (world.settings.repeats or i not in h) and arrival[i] <= clock[0]]
        if not left:
            latest = max(arrival)
        clock += max(0.0, latest + 60 - clock[0].item())
    rows = torch.tensor([[*h, *[0] * (longest - len(h))] for h in found]).reshape(len(found), longest)
    lengths = torch.tensor([len(h) for h in found])
    request = clocks[torch.arange(len(found)), lengths]
    batch = Batch(items=rows, lengths=lengths, times=clocks[:, :longest], query_time=request)
    return found, clocks.tolist(), batch


def ask(world, batch):
    return world.oracle(batch.items, batch.times, batch.lengths, batch.query_time)


def plain_oracle(world, found, clocks):
    plain = PlainWorld(world)
    rows = [plain.next_item(h, c, c[len(h)]) for h, c in zip(found, clocks, strict=True)]
    return torch.tensor(rows, dtype=torch.float64)


@pytest.fixture(scope="module")
def honest():
    """Name to (world, batch, the plain answer), drawn and asked before any oracle is spoiled."""
    told = {}
    for name in NAMES:
        world = tiny_world(name, users=1)
        found, clocks, batch = some(world, 3)
        told[name] = world, batch, plain_oracle(world, found, clocks)
    return told


@pytest.mark.parametrize("name", NAMES)
def test_the_oracle_equals_enumeration(name, honest):
    world, batch, want = honest[name]
    assert len(want) >= 80
    torch.testing.assert_close(ask(world, batch), want, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("kind", MORE)
def test_so_it_does_when_the_parts_are_mixed(kind):
    name, changes = MORE[kind]
    world = tiny_world(name, users=1, **changes)
    found, clocks, batch = some(world, 3, most=80)
    torch.testing.assert_close(ask(world, batch), plain_oracle(world, found, clocks), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("name, what", SPOILED)
def test_enumeration_rejects_a_spoiled_oracle(name, what, honest, monkeypatch):
    world, batch, want = honest[name]
    assert (ask(spoiled(world, what, monkeypatch), batch) - want).abs().max() > 1e-3


@pytest.mark.parametrize("name", NAMES)
def test_causes_equal_enumeration(name):
    world = tiny_world(name, users=1)
    found, clocks, batch = some(world, 3, most=60, seed=1)
    width, plain = batch.items.shape[1], PlainWorld(world)
    ahead = world.cause_predictive(batch)
    every = range(1, world.n_items + 1)
    back = {i: world.cause_posterior(batch, torch.full((len(found),), i)) for i in every}
    for row, (h, clock) in enumerate(zip(found, clocks, strict=True)):
        want = torch.zeros(world.n_items + 1, width + 1, dtype=torch.float64)
        for (item, cause), p in plain.next_item_and_cause(h, clock, clock[len(h)]).items():
            want[item, width if cause == "none" else cause] += p
        torch.testing.assert_close(ahead[row], want.sum(0), rtol=1e-8, atol=1e-12)
        for item, rows in back.items():
            whole = want[item].sum()
            share = want[item] / whole if whole > 0 else want[item]
            torch.testing.assert_close(rows[row], share, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("name, clickbait", [("shop", 0.0), ("shop", 1.5), ("ads", 0.0), ("ads", 0.7)])
def test_clicks_equal_enumeration(name, clickbait):
    world = tiny_world(name, users=1, clickbait=clickbait)
    found, clocks, batch = some(world, 3, most=60, seed=2)
    plain, every = PlainWorld(world), torch.arange(1, world.n_items + 1).expand(len(found), -1)
    places = torch.randint(1, 9, every.shape, generator=torch.Generator().manual_seed(0))
    told = (batch.items, batch.times, batch.lengths, batch.query_time, every, places)
    click = world.click_oracle(*told)
    both = world.purchase_oracle(*told) if world.settings.buy_slope else None
    for row, (h, clock) in enumerate(zip(found, clocks, strict=True)):
        for item, place in zip(every[row].tolist(), places[row].tolist(), strict=True):
            want = plain.click_and_purchase(h, clock, clock[len(h)], item, place)
            assert click[row, item - 1].item() == pytest.approx(want[0], rel=1e-8, abs=1e-12)
            if both is not None:
                assert both[row, item - 1].item() == pytest.approx(want[1], rel=1e-8, abs=1e-12)
    assert (click > 0).double().mean() > 0.3
