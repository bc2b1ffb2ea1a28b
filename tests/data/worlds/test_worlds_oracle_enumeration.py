"""The oracle and its causes against a second, independent writing of the process.

Every possible history of up to four events in a world of six items, types enumerated one by one.
"""

import itertools

import pytest
import torch
from plain_world import FIRST_MOMENT, SECONDS_A_YEAR, PlainWorld
from tiny_worlds import DRIFTING, REPEATING, spoiled, tiny_world

from seqrec_lib.data import Batch

WORLDS = {
    "plain": {},
    "drift": DRIFTING,
    "repeats": REPEATING,
    "both": {**DRIFTING, **REPEATING},
    "one type": {"types": 1},
    "lags that overlap": {**REPEATING, "lag_kernel": ((2, 1.0), (3, 0.6), (4, 0.3))},
}


def histories(world, longest):
    """All histories of 0 to ``longest`` events, each with moments of its own and of the request."""
    moments = FIRST_MOMENT + SECONDS_A_YEAR * torch.tensor([0.1, 0.9, 1.0, 2.2, 3.7], dtype=torch.float64)
    items = range(1, world.n_items + 1)
    found = []
    for length in range(longest + 1):
        draw = itertools.product(items, repeat=length)
        found += [h for h in draw if world.settings.repeats or len(set(h)) == length]
    generator = torch.Generator().manual_seed(0)
    clocks = [moments * torch.empty(1).uniform_(1.0, 1.0001, generator=generator).item() for _ in found]
    return found, clocks


def as_batch(found, clocks, width):
    items = torch.tensor([[*h, *[0] * (width - len(h))] for h in found]).reshape(len(found), width)
    times = torch.stack([c[:width] for c in clocks])
    lengths = torch.tensor([len(h) for h in found])
    request = torch.stack([c[len(h)] for h, c in zip(found, clocks, strict=True)])
    return Batch(items=items, lengths=lengths, times=times, query_time=request)


def plain_oracle(world, found, clocks):
    plain = PlainWorld(world)
    rows = [plain.next_item(h, c.tolist(), c[len(h)].item()) for h, c in zip(found, clocks, strict=True)]
    return torch.tensor(rows, dtype=torch.float64)


def ask(world, batch):
    return world.oracle(batch.items, batch.times, batch.lengths, batch.query_time)


@pytest.mark.parametrize("name", WORLDS)
def test_the_oracle_equals_enumeration(name):
    world = tiny_world(users=1, **WORLDS[name])
    found, clocks = histories(world, 3 if world.settings.repeats else 4)
    batch = as_batch(found, clocks, 4)
    torch.testing.assert_close(ask(world, batch), plain_oracle(world, found, clocks), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", ["plain", "drift", "both"])
def test_probabilities_of_all_histories_sum_to_one(name):
    """The chain rule over the oracle, with nothing but the oracle."""
    world = tiny_world(users=1, **WORLDS[name])
    found, clocks = histories(world, 3)
    clocks = [clocks[0]] * len(found)  # one clock for all, or the sum means nothing
    p = ask(world, as_batch(found, clocks, 3))
    chance = {(): 1.0}
    for h, row in zip(found, p, strict=True):
        for item in range(1, world.n_items + 1):
            chance[(*h, item)] = chance[h] * row[item].item()
    assert sum(v for h, v in chance.items() if len(h) == 4) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    "what, name",
    [
        ("types", "plain"),
        ("trigger", "plain"),
        ("mask", "plain"),
        ("drift", "drift"),
        ("spent", "repeats"),
    ],
)
def test_enumeration_rejects_a_spoiled_oracle(what, name, monkeypatch):
    world = tiny_world(users=1, **WORLDS[name])
    found, clocks = histories(world, 3)
    honest = plain_oracle(world, found, clocks)
    assert (ask(spoiled(world, what, monkeypatch), as_batch(found, clocks, 4)) - honest).abs().max() > 1e-3


@pytest.mark.parametrize("name", ["plain", "both", "lags that overlap"])
def test_causes_equal_enumeration(name):
    world = tiny_world(users=1, **WORLDS[name])
    found, clocks = histories(world, 3)
    batch, width = as_batch(found, clocks, 4), 4
    plain = PlainWorld(world)
    ahead = world.cause_predictive(batch)
    back = {i: world.cause_posterior(batch, torch.full((len(found),), i)) for i in (1, 3, 5, 6)}
    for row, (h, clock) in enumerate(zip(found, clocks, strict=True)):
        joint = plain.next_item_and_cause(h, clock.tolist(), clock[len(h)].item())
        want = torch.zeros(world.n_items + 1, width + 1, dtype=torch.float64)
        for (item, cause), p in joint.items():
            want[item, width if cause == "none" else cause] += p
        torch.testing.assert_close(ahead[row], want.sum(0), rtol=1e-10, atol=1e-13)
        for item, rows in back.items():
            whole = want[item].sum()
            share = want[item] / whole if whole > 0 else want[item]
            torch.testing.assert_close(rows[row], share, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "what, name",
    [("types", "plain"), ("trigger", "plain"), ("mask", "plain"), ("drift", "drift"), ("spent", "repeats")],
)
def test_enumeration_rejects_spoiled_causes(what, name, monkeypatch):
    world = tiny_world(users=1, **WORLDS[name])
    found, clocks = histories(world, 3)
    batch = as_batch(found, clocks, 4)
    honest = world.cause_predictive(batch)
    assert (spoiled(world, what, monkeypatch).cause_predictive(batch) - honest).abs().max() > 1e-5


def test_padding_and_company_change_nothing():
    """A row alone, in a wide batch, and with rubbish in its padding: the same p."""
    world = tiny_world(users=1, **WORLDS["both"])
    found, clocks = histories(world, 2)
    narrow, wide = as_batch(found, clocks, 2), as_batch(found, clocks, 4)
    p = ask(world, narrow)
    torch.testing.assert_close(ask(world, wide), p, rtol=0, atol=0)
    beyond = ~wide.mask()
    wide.items[beyond], wide.times[beyond] = 3, 7.0
    torch.testing.assert_close(ask(world, wide), p, rtol=0, atol=0)
    for row in (0, 5, 30):
        alone = ask(world, narrow.rows(slice(row, row + 1)))
        torch.testing.assert_close(alone[0], p[row], rtol=1e-12, atol=1e-15)
