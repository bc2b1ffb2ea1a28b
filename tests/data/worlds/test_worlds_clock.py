"""Times: minutes within a session, days between, a pull towards Saturday, and what a gap tells."""

from datetime import datetime, timezone

import pytest
import torch

from seqrec_lib.data import simulate
from seqrec_lib.data.worlds.clock import DAY, EPOCH, gap_log_likelihood, weekday

HOUR = 3600.0


def gaps_of(world):
    """``(start, gap)`` of every step within a user, each ``(N,)``."""
    draw = world.draw
    real = torch.arange(1, draw.items.shape[1]) < draw.lengths[:, None]
    return draw.times[:, :-1][real], draw.times.diff(dim=1)[real]


def test_weekday_is_the_calendars():
    times = EPOCH + torch.arange(0, 3000, dtype=torch.float64) * 0.37 * DAY
    want = [datetime.fromtimestamp(t, timezone.utc).weekday() for t in times.tolist()]
    assert weekday(times).tolist() == want


@pytest.mark.parametrize("pull", [0.0, 0.6])
@pytest.mark.parametrize("day", range(7))
def test_the_density_of_gaps_integrates_to_one(pull, day):
    """For every type, whatever the weekday of the last event."""
    world = simulate("music", users=1, weekend_pull=pull)
    before = EPOCH + day * DAY + 5000.0
    fine, coarse = torch.arange(0.5, 3 * HOUR), torch.arange(3 * HOUR + 15, 120 * DAY, 30.0)
    total = torch.zeros(world.settings.types, dtype=torch.float64)
    for grid, width in ((fine, 1.0), (coarse, 30.0)):
        now = before + grid.double()
        since = torch.full_like(now, before)
        told = gap_log_likelihood(world.settings, world.tables.session_end, since, now)
        total += told.exp().sum(0) * width
    torch.testing.assert_close(total, torch.ones_like(total), rtol=2e-3, atol=0)


def test_types_differ_in_pace_and_the_gaps_show_it():
    world = simulate("music", users=1500)
    draw = world.draw
    real = torch.arange(1, draw.items.shape[1]) < draw.lengths[:, None]
    apart = (draw.times.diff(dim=1) > 6 * HOUR) & real
    assert world.tables.session_end.max() > 3 * world.tables.session_end.min()
    for kind, chance in enumerate(world.tables.session_end.tolist()):
        mine = draw.types == kind
        n = int(real[mine].sum())
        share = float(apart[mine].sum()) / n
        # A gap "between" is nearly always longer than 6 hours, one "within" never.
        assert share == pytest.approx(chance, abs=4 * (chance * (1 - chance) / n) ** 0.5 + 0.03 * chance)


def test_sessions_wait_for_the_weekend_where_they_are_pulled():
    pulled, free = (simulate("ads", users=800, weekend_pull=pull) for pull in (0.8, 0.0))
    for world, low, high in ((pulled, 0.6, 1.0), (free, 0.25, 0.33)):
        start, gap = gaps_of(world)
        begins = (start + gap)[gap > 6 * HOUR]
        assert low < float((weekday(begins) >= 5).double().mean()) < high


@pytest.mark.parametrize("name", ["shop", "music", "ads", "finance", "courses", "care", "city"])
def test_gaps_are_minutes_or_days(name):
    world = simulate(name, users=500)
    _, gap = gaps_of(world)
    s, short = world.settings, gap < 4 * HOUR
    assert gap.min() > 0
    assert gap[short].median() == pytest.approx(s.within_minutes * 60, rel=0.1)
    assert gap[~short].median() > s.between_days * DAY * 0.8


@pytest.mark.parametrize("name", ["shop", "music", "ads"])
def test_succession_belongs_to_the_session(name):
    """The gap since the last item tells what comes: the signal that a model blind to time lacks."""
    world = simulate(name, users=800)
    draw = world.draw
    gap, item = draw.times.diff(dim=1), draw.items[:, 1:]
    real = (item > 0) & (world.tables.successor[draw.items[:, :-1]] > 0)
    follows = world.tables.successor[draw.items[:, :-1]] == item
    soon, late = (real & (gap < HOUR)), (real & (gap > 24 * HOUR))
    assert follows[soon].double().mean() > 5 * follows[late].double().mean()


@pytest.mark.parametrize("name", ["shop", "finance"])
def test_triggers_wait_for_days(name):
    world = simulate(name, users=800)
    draw, s = world.draw, world.settings
    row, step = ((draw.cause >= 0) & (draw.items > 0)).nonzero(as_tuple=True)
    source = draw.cause[row, step]
    called = world.tables.called[draw.items[row, source]] == draw.items[row, step]
    days = ((draw.times[row, step] - draw.times[row, source]) / DAY)[called]
    assert len(days) > 1000
    assert days.median() == pytest.approx(s.trigger_days, rel=0.25)
    low, high = (s.trigger_days * torch.exp(torch.tensor(k * s.trigger_spread)) for k in (-3, 3))
    assert ((days > low) & (days < high)).double().mean() > 0.95
