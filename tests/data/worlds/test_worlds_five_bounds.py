"""What was promised for every world: none trivial, none hopeless, every component with its share."""

import copy

import numpy as np
import pytest
import torch

from seqrec_lib.data import OUTLOOK, WORLDS, OracleModel, leave_one_out, simulate
from seqrec_lib.data.worlds import expected_metrics
from seqrec_lib.evaluation import evaluate
from seqrec_lib.experiments.measure import measure_floors
from seqrec_lib.models.baselines import Markov, Popularity, RecentPopularity

EVERY = {**WORLDS, **OUTLOOK}
NAMES = [name for name in EVERY if name != "video"]  # it has tests of its own


@pytest.fixture(scope="module", params=NAMES)
def world(request):
    """Fewer than the usual number of users: shares and ceilings do not depend on it."""
    return simulate(request.param, users=1200)


@pytest.fixture(scope="module")
def split(world):
    return leave_one_out(world, max_len=world.max_length)


@pytest.fixture(scope="module")
def last(world):
    """p at the last event of each user: ``(U, V+1)``."""
    draw, step = world.draw, world.draw.lengths - 1
    when = draw.times[torch.arange(len(step)), step]
    return world.oracle(draw.items, draw.times, step, when)


def test_the_usual_size_is_large_enough(world):
    s = EVERY[world.name]
    assert s.users >= 4000 and s.n_items >= 200
    assert s.users * (s.min_length + s.max_length) / 2 >= 100_000


def test_every_component_has_its_share(world):
    shares = world.shares()
    parts = [shares[name] for name in ("succession", "trigger", "taste", "popularity")]
    assert sum(parts) == pytest.approx(1.0)
    assert 0.10 <= shares["succession"] <= 0.35
    assert shares["trigger"] >= 0.20
    assert shares["taste"] >= 0.20
    assert shares["popularity"] >= 0.10
    assert shares["median_trigger_lag"] >= 5


def test_the_ceiling_is_neither_low_nor_high_and_the_floors_are_far_below(world, split, last):
    ceiling = evaluate(OracleModel(world), split.test, (10,)).metrics["NDCG@10"]
    assert 0.30 <= ceiling <= 0.60
    gap = torch.as_tensor(evaluate(OracleModel(world), split.test, (10,)).per_user["NDCG@10"])
    gap = gap - expected_metrics(last)["NDCG@10"]
    assert gap.mean().abs() < 3 * gap.std() / len(gap) ** 0.5
    floors = measure_floors(split, (10,))
    assert set(floors) == {kind.name for kind in (Popularity, RecentPopularity, Markov)}
    best = max(floor["NDCG@10"] for floor in floors.values())
    assert 0.05 < floors["popularity"]["NDCG@10"] < 0.2
    assert ceiling - best > 0.15


def test_the_protocol_is_the_one_that_fits(world, split):
    assert split.protocol == ("loo-full-repeats" if world.name in ("music", "courses") else "loo-full-unseen")
    again = len(world.log) - len(np.unique(world.log.users * 1000 + world.log.items))
    assert (again > 0) == (world.name in ("music", "courses"))


def test_probabilities_are_a_distribution_without_ties(world, last):
    torch.testing.assert_close(last.sum(1), torch.ones(len(last), dtype=torch.float64))
    assert (last[:, 0] == 0).all() and (last >= 0).all()
    p = last[:, 1:].sort(dim=1).values
    gap = ((p[:, 1:] - p[:, :-1]) / p[:, 1:].clamp(min=1e-300))[p[:, :-1] > 0]
    assert len(gap) > 150_000 and gap.min() > 1e-11


def test_a_tie_would_be_noticed(world):
    tables = {name: table.clone() for name, table in vars(world.tables).items()}
    one, two = (tables["part"] == 0).nonzero().squeeze(1)[:2].tolist()
    for name in ("taste", "popularity", "drift", "weekend", "arrival"):
        tables[name][..., two] = tables[name][..., one]
    tied = copy.copy(world)
    tied.tables = type(world.tables)(**tables)
    draw = world.draw
    step = torch.full((200,), 5)
    p = tied.oracle(draw.items[:200], draw.times[:200], step, draw.times[:200, 5])
    away = (p[:, one] - p[:, two]).abs() / p[:, one].clamp(min=1e-300)
    assert (away[(p[:, one] > 0) & (p[:, two] > 0)] < 1e-11).double().mean() > 0.5


def test_more_users_leave_the_ceiling_where_it_is(world, last):
    more = simulate(world.name, users=1000, seed=9)
    for name, table in vars(world.tables).items():
        assert torch.equal(table, getattr(more.tables, name)), name
    step = more.draw.lengths - 1
    when = more.draw.times[torch.arange(1000), step]
    other = more.oracle(more.draw.items, more.draw.times, step, when)
    a, b = (expected_metrics(p)["NDCG@10"] for p in (last, other))
    error = (a.var() / len(a) + b.var() / len(b)).sqrt()
    assert (a.mean() - b.mean()).abs() < 3.5 * error
    assert error < 0.02


def test_time_is_asked_for(world):
    draw = world.draw
    with pytest.raises(ValueError, match=f"time matters in world '{world.name}': give times and query_time"):
        world.oracle(draw.items[:5], None, torch.full((5,), 3), None)
    early = draw.times[:50, 9]
    step = torch.full((50,), 10)
    a, b = (world.oracle(draw.items[:50], draw.times[:50], step, early + wait) for wait in (60.0, 3e6))
    assert (a - b).abs().max() > 0.05


def test_the_description_says_where_time_matters(world):
    text = world.describe()
    assert f"world {world.name!r}: 1,200 users" in text and "time matters:" in text
    assert "--> next item" in text
    s = world.settings
    for there, words in (
        (s.fade_hours, "succession fades"),
        (s.trigger_days, "waits for days"),
        (s.weekend, "Saturdays and Sundays"),
        (s.pace, "gaps between events tell the type"),
        (s.new_share, "arrive during the log"),
        (s.slate, "is shown"),
        (s.buy_slope, "purchases"),
    ):
        assert (words in text) == bool(there), words


def test_video_says_that_time_tells_nothing():
    assert "time tells nothing about the next item" in simulate("video", users=20).describe()
