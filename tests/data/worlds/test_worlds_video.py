"""The default world stands within the bounds that were promised for it."""

import copy

import pytest
import torch
from tiny_worlds import chi_square, standard_errors_apart, walk

from seqrec_lib.data import OracleModel, leave_one_out, simulate
from seqrec_lib.data.worlds import expected_metrics
from seqrec_lib.data.worlds.describe import component_shares
from seqrec_lib.data.worlds.drawing import Draw
from seqrec_lib.evaluation import evaluate


def last_request(world):
    """p at the last event of each user: ``(U, V+1)``."""
    draw = world.draw
    last = draw.lengths - 1
    when = draw.times[torch.arange(len(last)), last]
    return world.oracle(draw.items, draw.times, last, when)


def test_it_is_large_enough(video):
    assert video.log.n_users >= 4000
    assert video.n_items == video.log.n_items == 200
    assert len(video.log) >= 100_000
    assert len(video.interactions) == len(video.log)


def test_its_ceiling_is_neither_low_nor_high(video):
    test = leave_one_out(video.log, max_len=video.max_length).test
    assert 0.30 <= evaluate(OracleModel(video), test, ks=(10,)).metrics["NDCG@10"] <= 0.60


def test_every_component_has_its_share(video):
    shares = video.shares()
    parts = [shares[name] for name in ("succession", "trigger", "taste", "popularity")]
    assert sum(parts) == pytest.approx(1.0)
    assert shares["succession"] <= 0.35
    assert shares["trigger"] >= 0.20
    assert shares["taste"] >= 0.20
    assert shares["popularity"] >= 0.10
    assert shares["median_trigger_lag"] >= 5


def test_shares_are_those_of_the_causes_drawn(video):
    """Counted once more, event by event, from the tables."""
    draw, successor, called = video.draw, video.tables.successor.tolist(), video.tables.called.tolist()
    kinds = {"succession": 0, "trigger": 0, "taste": 0, "popularity": 0}
    lags = []
    for items, causes, length in zip(
        draw.items[:500].tolist(), draw.cause[:500].tolist(), draw.lengths[:500].tolist(), strict=True
    ):
        for n in range(length):
            source = causes[n]
            if source < 0:
                kinds["taste" if source == -1 else "popularity"] += 1
            elif source == n - 1:
                assert items[n] == successor[items[source]]
                kinds["succession"] += 1
            else:
                assert items[n] == called[items[source]]
                kinds["trigger"] += 1
                lags.append(n - source)
    part = Draw(**{name: value[:500] for name, value in vars(draw).items()})
    shares = component_shares(part)
    for name, count in kinds.items():
        assert shares[name] == pytest.approx(count / sum(kinds.values()))
    assert shares["median_trigger_lag"] == torch.tensor(lags).double().median()


def smallest_gap(p):
    """The smallest relative gap between two items that may come: ``(gap, how many gaps)``."""
    p = p[:, 1:].sort(dim=1).values
    larger, smaller = p[:, 1:], p[:, :-1]
    relative = ((larger - smaller) / larger.clamp(min=1e-300))[smaller > 0]
    return float(relative.min()), len(relative)


def test_probabilities_have_no_ties(video):
    """Among the allowed items, no two p are equal but for the last digits of a float."""
    gap, many = smallest_gap(last_request(video))
    assert many > 500_000
    assert gap > 1e-11


def test_a_tie_would_be_noticed(video):
    """Two films with the same taste and popularity tie for whoever has seen neither."""
    tables = {name: table.clone() for name, table in vars(video.tables).items()}
    films = (tables["part"] == 0).nonzero().squeeze(1)
    for name in ("taste", "popularity"):
        tables[name][..., films[1]] = tables[name][..., films[0]]
    tied = copy.copy(video)
    tied.tables = type(video.tables)(**tables)
    assert smallest_gap(last_request(tied))[0] < 1e-11


def test_probabilities_are_a_distribution_over_unseen_items(video):
    p = last_request(video)
    torch.testing.assert_close(p.sum(1), torch.ones(len(p), dtype=torch.float64))
    assert (p[:, 0] == 0).all()
    for row in range(0, 4000, 400):
        seen = video.draw.items[row, : video.draw.lengths[row] - 1]
        assert (p[row, seen] == 0).all()
        assert int((p[row] > 0).sum()) == 200 - len(seen)


def test_no_item_comes_twice(video):
    for items, length in zip(video.draw.items.tolist(), video.draw.lengths.tolist(), strict=True):
        assert len(set(items[:length])) == length and min(items[:length]) >= 1


def test_it_ignores_time(video):
    draw, lengths = video.draw, video.draw.lengths - 1
    draw_times = torch.rand(draw.times.shape, generator=torch.Generator().manual_seed(0)) * 1e9
    other = video.oracle(draw.items, draw_times, lengths, draw_times[:, 0])
    assert torch.equal(other, last_request(video))
    assert torch.equal(other, video.oracle(draw.items, None, lengths, None))


def test_a_world_with_drift_does_not_ignore_time(middling):
    world = middling["drift"]
    items, lengths = world.draw.items[:20], world.draw.lengths[:20] - 1
    times = world.draw.times[:20]
    now = times.max(1).values
    early, late = (world.oracle(items, times, lengths, when) for when in (now, now + 3e7))
    assert (early - late).abs().max() > 1e-3


def test_more_users_leave_the_ceiling_where_it_is(video):
    more = simulate("video", users=6000, seed=1)
    for name, table in vars(video.tables).items():
        assert torch.equal(table, getattr(more.tables, name)), name
    a, b = (expected_metrics(last_request(world))["NDCG@10"] for world in (video, more))
    error = (a.var() / len(a) + b.var() / len(b)).sqrt()
    assert (a.mean() - b.mean()).abs() < 3 * error
    assert error < 0.01


def test_the_seed_alone_decides_the_events():
    one, same, other = (simulate("video", users=300, seed=s) for s in (7, 7, 8))
    for name, value in vars(one.draw).items():
        assert torch.equal(value, getattr(same.draw, name)), name
    assert one.titles == other.titles
    assert torch.equal(one.tables.taste, other.tables.taste)
    assert not torch.equal(one.draw.lengths, other.draw.lengths)
    assert (one.draw.items[:, :25] != other.draw.items[:, :25]).double().mean() > 0.9


def test_torch_and_numpy_states_are_left_alone():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    simulate("video", users=20)
    assert torch.equal(before, torch.get_rng_state())


def test_length_and_times_are_drawn_before_any_content():
    """Another process of items, the same seed: the same lengths and times."""
    one = simulate("video", users=200)
    other = simulate("video", users=200, succession=0.1, trigger=9.0, taste=3.0, sharpness=0.1)
    assert torch.equal(one.draw.lengths, other.draw.lengths)
    assert not torch.equal(one.draw.items, other.draw.items)
    shared = torch.arange(25)
    assert torch.equal(one.draw.times[:, shared], other.draw.times[:, shared])


@pytest.mark.parametrize("step", [0, 10, 24])
def test_length_says_nothing_about_content(video, step):
    """Items at one step, of users with long and with short histories: the same frequencies."""
    items, lengths = video.draw.items[:, step], video.draw.lengths
    for kind in (items, video.draw.types + 1):
        size = int(kind.max()) + 1
        counts = [torch.bincount(kind[half], minlength=size) for half in (lengths <= 37, lengths > 37)]
        observed = torch.stack(counts).double()
        expected = observed.sum(1, keepdim=True) * observed.sum(0) / observed.sum()
        # Rows and columns are both fitted, so the true degrees of freedom are half: test one row
        # with the other's variance folded in.
        both = (observed[0] - expected[0]) ** 2 / expected[0].clamp(min=1e-9)
        both = both + (observed[1] - expected[1]) ** 2 / expected[1].clamp(min=1e-9)
        large = expected.min(0).values >= 5
        half = torch.tensor([(int(large.sum()) - 1) / 2, float(both[large].sum()) / 2], dtype=torch.float64)
        assert torch.special.gammaincc(half[0], half[1]) > 1e-3


def test_the_walk_and_the_oracle_give_the_same_answer(video):
    """The one door that models use equals the walk at each of its steps."""
    draw = video.draw
    for step, rows, _, belief in walk(video, users=30):
        if step in (0, 3, 17, 40) and len(rows):
            p = video.oracle(draw.items[rows], draw.times[rows], torch.full((len(rows),), step), None)
            torch.testing.assert_close(p, belief.next_item()[rows], rtol=1e-12, atol=1e-15)


def test_realised_and_expected_metrics_agree_for_each_metric(video):
    test = leave_one_out(video.log, max_len=video.max_length).test
    result = evaluate(OracleModel(video), test, ks=(1, 10, 20)).per_user
    expected = expected_metrics(last_request(video), (1, 10, 20))
    for name in ("HR@1", "HR@10", "NDCG@20", "MRR"):
        assert standard_errors_apart(torch.as_tensor(result[name]), expected[name]) < 3, name


def test_chi_square_would_notice_lengths_that_tell(video):
    """The check on lengths can fail: with lengths sorted by the first item it does."""
    items, lengths = video.draw.items[:, 0].sort().values, video.draw.lengths.sort().values
    counts = [torch.bincount(items[half], minlength=201) for half in (lengths <= 37, lengths > 37)]
    observed = torch.stack(counts).double()
    assert chi_square(observed, observed.sum(1, keepdim=True) * observed.sum(0) / observed.sum()) < 1e-9
