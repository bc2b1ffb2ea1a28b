"""Histories of thousands of events: drawn quickly, from the same distribution, under the same oracle."""

import time

import pytest
import torch
from crowds import counts
from test_worlds_stay import fingerprint
from tiny_worlds import chi_square, spoiled, standard_errors_apart, surprises, tiny_world, walk

from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.worlds import LARGE, LONG, WORLDS
from seqrec_lib.data.worlds.describe import component_shares
from seqrec_lib.data.worlds.every_step import at_every_step

LEVEL, CERTAIN = 1e-3, 1e-9
STAY = {
    "large": "4b2aaf2c044394ff7251e7a4c75a4a2fd1b6b7a3dd141c150a8d836585d839c7",
    "long": "45252567d7b39493f18195ade05dcef28acc0fb381aae3cd7e5994610dee98bf",
}


@pytest.fixture(scope="module")
def crowd():
    return tiny_world(users=1_000_000, seed=22, large=True, repeats=True)


@pytest.fixture(scope="module")
def world():
    return simulate("long", users=12, min_length=300, max_length=400, seed=4)


def test_a_million_users_agree_with_the_oracle(crowd):
    observed, expected = counts(crowd)
    assert observed.sum() == 4_000_000
    assert chi_square(observed, expected) > LEVEL


@pytest.mark.parametrize("what", ["types", "trigger", "spent"])
def test_the_crowd_rejects_a_spoiled_oracle(what, crowd, monkeypatch):
    assert chi_square(*counts(spoiled(crowd, what, monkeypatch), users=300_000)) < CERTAIN


def test_the_oracle_is_as_surprised_as_it_expects_to_be(world):
    loss, entropy, realised, expected = surprises(world)
    assert len(loss) > 3600
    assert standard_errors_apart(loss, entropy) < 3
    assert standard_errors_apart(realised, expected) < 3


@pytest.mark.parametrize("what", ["trigger", "spent"])
def test_forgetting_costs_likelihood(what, world, monkeypatch):
    (best, *_), (loss, *_) = surprises(world), surprises(spoiled(world, what, monkeypatch))
    assert (loss - best).mean() > 0.004 and standard_errors_apart(loss, best) > 4


def test_both_generators_draw_causes_as_often():
    """The generator that gives every item a number at every step, and the one that draws by component."""
    how = {"users": 60, "min_length": 200, "max_length": 200, "seed": 5}
    one, other = (component_shares(simulate("long", large=large, **how).draw) for large in (False, True))
    for name in ("succession", "trigger", "taste", "popularity"):
        assert abs(one[name] - other[name]) < 0.03, name


@pytest.mark.parametrize("first", [8, 80])
def test_a_shifted_kernel_nearly_keeps_the_shares(first):
    """The farther back a trigger lies, the more often its item came in between and has spent it."""
    near, far = sorted((late_shares(37), late_shares(first)), key=lambda shares: -shares["trigger"])
    assert 0.02 < near["trigger"] - far["trigger"] < 0.06
    for name in ("succession", "taste"):
        assert 0 < far[name] - near[name] < 0.04, name


def late_shares(first):
    """Of events from the 500th on, when every kernel has all of its lags."""
    kernel = tuple((first + n, share) for n, (_, share) in enumerate(LONG.lag_kernel))
    draw = simulate("long", users=60, seed=6, lag_kernel=kernel).draw
    step = torch.arange(draw.items.shape[1]).expand_as(draw.items)
    late = (draw.items > 0) & (step >= 500)
    near = (draw.cause >= 0) & (step - draw.cause == 1)
    kinds = {"succession": near, "trigger": (draw.cause >= 0) & ~near, "taste": draw.cause == -1}
    return {name: float(hit[late].double().mean()) for name, hit in kinds.items()}


def test_causes_lie_where_the_kernel_says_and_call_for_their_item(world):
    draw, tables = world.draw, world.tables
    lags = {lag for lag, _ in LONG.lag_kernel}
    for row in range(3):
        for step, cause in enumerate(draw.cause[row, : draw.lengths[row]].tolist()):
            if cause >= 0:
                source, item = draw.items[row, cause], draw.items[row, step]
                assert step - cause in lags | {1}
                assert item == (tables.successor if step - cause == 1 else tables.called)[source]


@pytest.mark.parametrize("name", STAY)
def test_events_are_what_they_were(name):
    users = {"large": 300, "long": 50}[name]
    assert fingerprint(simulate(name, users=users, seed=1)) == STAY[name]
    assert fingerprint(simulate(name, users=users, seed=2)) != STAY[name]


def test_presets_for_one_purpose_stand_apart():
    assert {LARGE.name, LONG.name}.isdisjoint(WORLDS) and LONG.n_items <= 1000
    assert leave_one_out(simulate("long", users=3), max_len=200).protocol == "loo-full-repeats"


def test_a_hundred_thousand_events_take_a_second_at_most():
    started = time.process_time()  # of this process alone: other work on the machine does not count
    draw = simulate("long", users=100).draw
    assert int(draw.lengths.sum()) / (time.process_time() - started) > 50_000  # 300,000 on a quiet machine


def test_at_every_step_is_the_walk(world):
    batch = leave_one_out(world, max_len=400).train
    found = at_every_step(world, batch)
    assert ((found.rank > 0) == (batch.targets > 0)).all()
    for step, rows, _, belief in walk(world):
        if step and step < batch.items.shape[1]:
            kept = rows[batch.targets[rows, step - 1] > 0]
            p = belief.next_item()[kept]
            own = p.gather(1, batch.targets[kept, step - 1][:, None])
            assert torch.equal(found.rank[kept, step - 1], (p > own).sum(1) + 1)


def test_the_posterior_of_earlier_events_is_that_of_the_world(world):
    batch = leave_one_out(world, max_len=400).train
    found, step = at_every_step(world, batch).earlier, 120
    cut = batch.trim(step)
    cut.lengths = torch.full_like(cut.lengths, step)
    responsibility = world.cause_posterior(cut, batch.targets[:, step - 1])  # (B, step+1)
    torch.testing.assert_close(found[:, step - 1], responsibility[:, : step - 1].sum(1))
    assert float(found.max()) > 0.9 and 0.2 < float((found > 0.5).double().mean()) < 0.45
