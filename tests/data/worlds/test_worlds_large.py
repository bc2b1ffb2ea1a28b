"""Worlds that are drawn by component: the same distribution, the same oracle, and a catalogue of any size."""

import pytest
import torch
from crowds import counts
from test_worlds_stay import fingerprint
from tiny_worlds import chi_square, spoiled, standard_errors_apart, surprises, tiny_world

from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.worlds import LARGE, WORLDS
from seqrec_lib.data.worlds.describe import component_shares

LEVEL, CERTAIN = 1e-3, 1e-9
# With and without days and hours: what the component's totals hang on.
KINDS = {
    "by events": {},
    "by days": {"trigger_days": 2.0, "trigger_spread": 0.7, "fade_hours": 3.0, "session_end": 0.5},
}


@pytest.fixture(scope="module", params=KINDS)
def crowd(request):
    return tiny_world(users=1_000_000, seed=21, large=True, **KINDS[request.param])


def test_a_million_users_agree_with_the_oracle(crowd):
    observed, expected = counts(crowd, gaps=bool(crowd.settings.trigger_days))
    assert observed.sum() == 4_000_000
    assert chi_square(observed, expected) > LEVEL


@pytest.mark.parametrize("what", ["types", "trigger"])
def test_the_crowd_rejects_a_spoiled_oracle(what, crowd, monkeypatch):
    oracle = spoiled(crowd, what, monkeypatch)
    assert chi_square(*counts(oracle, users=150_000)) < CERTAIN


def test_causes_are_drawn_as_often_as_by_the_other_generator():
    shares = [
        component_shares(simulate("video", users=3000, seed=4, large=large).draw) for large in (False, True)
    ]
    for name in ("succession", "trigger", "taste", "popularity"):
        assert abs(shares[0][name] - shares[1][name]) < 0.012, name  # 110,000 events; users differ
    assert shares[0]["median_trigger_lag"] == pytest.approx(shares[1]["median_trigger_lag"], abs=1)


def test_the_oracle_is_as_surprised_as_it_expects_to_be():
    world = simulate("large", series=60, films=80, users=300, seed=3)
    loss, entropy, *_ = surprises(world)
    assert standard_errors_apart(loss, entropy) < 3


def test_no_item_comes_twice_and_a_cause_calls_for_its_item():
    world = simulate("large", series=40, films=50, users=200, seed=3)
    draw, tables = world.draw, world.tables
    for row in range(200):
        items = draw.items[row, : draw.lengths[row]]
        assert len(items.unique()) == len(items) and int(items.min()) > 0
        for step, cause in enumerate(draw.cause[row, : draw.lengths[row]].tolist()):
            assert cause < step
            if cause >= 0:
                source = items[cause]
                assert items[step] in (tables.successor[source], tables.called[source])
    assert bool((draw.cause[draw.items == 0] == -3).all())


def test_a_hundred_thousand_items_are_drawn_in_a_moment_and_no_preset_changes():
    world = simulate("large", users=300, seed=1)
    assert world.n_items == 100_000 == len(set(world.titles)) - 1
    again = simulate("large", users=300, seed=1)
    assert fingerprint(world) == fingerprint(again) != fingerprint(simulate("large", users=300, seed=2))
    assert leave_one_out(world, max_len=40).log.n_items == 100_000
    assert LARGE.name not in WORLDS and not any(settings.large for settings in WORLDS.values())


@pytest.mark.parametrize("change", [{"drift": 1.0}, {"new_share": 0.2}, {"slate": 5}])
def test_what_the_other_generator_alone_can_do_is_refused(change):
    with pytest.raises(ValueError, match="large is True: then slate, drift"):
        simulate("large", **change)


def test_oracle_rows_sum_to_one():
    world = simulate("large", series=40, films=50, users=20, seed=3)
    draw = world.draw
    p = world.oracle(draw.items, None, draw.lengths, None)
    torch.testing.assert_close(p.sum(1), torch.ones(20, dtype=torch.float64))
