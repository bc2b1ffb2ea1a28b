"""What is special about bi-attention, two levels and DIN; the suites over the registry hold for them too."""

from dataclasses import replace

import pytest
import torch
from tiny_models import V, batch_of, close, model_of
from walks import walks

from seqrec_lib import fit
from seqrec_lib.data import DataError, leave_one_out
from seqrec_lib.losses.objectives import CandidatesObjective, ClicksObjective
from seqrec_lib.models import NextItem
from seqrec_lib.models.recommender import AsksHistory


def two_level_of(**changes):
    return model_of("two-level", **changes)


def timed(*minutes):
    """One history of six items at these minutes, and a request."""
    *times, query = (60.0 * minute for minute in minutes)
    return replace(
        batch_of((6,)), times=torch.tensor([times]).double(), query_time=torch.tensor([query]).double()
    )


def test_only_which_pauses_are_long_matters_to_two_levels():
    model = two_level_of()
    same = model.hidden(timed(0, 1, 100, 101, 300, 301, 302))
    close(model.hidden(timed(50, 90, 500, 540, 900, 950, 960)), same)
    assert not torch.allclose(model.hidden(timed(0, 1, 2, 101, 300, 301, 302))[:, 2:], same[:, 2:])


def test_the_request_tells_whether_the_session_still_runs():
    still, over = timed(0, 1, 2, 3, 4, 5, 6), timed(0, 1, 2, 3, 4, 5, 500)
    known, unknown = two_level_of(), two_level_of(request=False)
    assert not torch.allclose(known.score(still)[:, 1:], known.score(over)[:, 1:])
    close(unknown.score(still), unknown.score(over))


def test_one_level_reads_no_pauses_but_that_of_the_request():
    a, b = timed(0, 1, 2, 3, 4, 5, 6), timed(0, 90, 180, 300, 400, 500, 501)
    one, two = two_level_of(levels=1, request=False), two_level_of(request=False)
    close(one.hidden(a), one.hidden(b))
    assert not torch.allclose(two.hidden(a)[:, 1:], two.hidden(b)[:, 1:])


def test_two_levels_need_times_and_there_are_two_at_most():
    with pytest.raises(DataError, match="a time-aware model needs a log with a time column"):
        two_level_of().score(replace(batch_of(), times=None))
    with pytest.raises(ValueError, match="levels is 3: use 1 or 2"):
        model_of("two-level", levels=3)


def test_a_direction_that_is_off_brings_nothing():
    batch = batch_of()
    none = model_of("bi-attention", directions="none")
    assert none.w is None and none.layers == 0
    for way, part in (("to-slate", slice(24, 32)), ("to-history", slice(8, 24))):
        model = model_of("bi-attention", directions=way)
        before = model.hidden(batch)
        with torch.no_grad():
            model.inner.weight[:, part] += 1.0  # the columns that read what is off
        close(model.hidden(batch), before)


def test_din_has_no_states_and_asks_for_each_candidate():
    model, batch = model_of("din"), batch_of()
    assert isinstance(model, AsksHistory) and not isinstance(model, NextItem)
    candidates = torch.tensor([[3, 7], [1, 1], [2, 9], [5, 4], [8, 6]])
    _, weights = model.read(batch, candidates)
    close(weights.sum(-1), torch.ones(5, 2, dtype=torch.float64))
    assert not torch.allclose(weights[0, 0], weights[0, 1])
    fixed = model_of("din", reader="fixed").read(batch, candidates)[1]
    close(fixed[:, 0], fixed[:, 1])  # whoever is asked about, it looks at the same events
    even = model_of("din", reader="mean").read(batch, candidates)[1]
    close(even[4, 0, :3], torch.full((3,), 1 / 3, dtype=torch.float64))


def test_a_candidate_sees_no_more_steps_than_it_may():
    model, batch = model_of("din"), batch_of((6, 6))
    candidates, seen = torch.tensor([[3, 3], [4, 4]]), torch.tensor([[2, 6], [2, 6]])
    other = replace(batch, items=batch.items.clone())
    other.items[:, 2:] = other.items[:, 2:] % V + 1
    before, after = (model.logits(each, candidates, seen) for each in (batch, other))
    close(after[:, 0], before[:, 0])
    assert ((after[:, 1] - before[:, 1]).abs() > 1e-6).all()
    short = batch.rows(slice(0, 2)).trim(2)
    close(model.logits(replace(short, lengths=torch.tensor([2, 2])), candidates)[:, 0], before[:, 0])


def test_places_are_read_where_they_are_learned_and_not_beyond():
    model, batch = model_of("din", places=True), batch_of((6, 3))
    twice = torch.tensor([[3, 3], [4, 4]])
    with torch.no_grad():
        model.place[:2] = torch.tensor([1.0, -2.0])
    found = model.score(batch, twice)
    close(found[:, 0] - found[:, 1], torch.full((2,), 3.0, dtype=torch.float64))
    with pytest.raises(ValueError, match="a slate of 101 items has more than 100 places"):
        model.score(batch, torch.ones(2, 101, dtype=torch.int64))


def trained_on(objective, batch, model):
    return objective(model, batch, {"negatives": torch.Generator().manual_seed(0)})


def test_candidates_read_what_came_before_their_target_and_nothing_else():
    """The loss of step t must not move when a later item does: a history with the target gives it away."""
    model, batch = model_of("din"), batch_of((6, 6))
    batch.targets = torch.cat([batch.items[:, 1:], torch.zeros(2, 1, dtype=torch.int64)], 1)
    batch.steps = torch.tensor([1, 7])  # step 1 of both rows
    other = replace(batch, items=batch.items.clone())
    other.items[:, 2:] = other.items[:, 2:] % V + 1
    (before, n), (after, _) = (trained_on(CandidatesObjective(3), each, model) for each in (batch, other))
    assert n == 2
    close(after, before)
    other.items[:, 1] = other.items[:, 1] % V + 1
    assert not torch.allclose(trained_on(CandidatesObjective(3), other, model)[0], before)


def test_clicks_are_trained_where_something_was_shown():
    model, batch = model_of("din", places=True), batch_of((6, 3))
    batch.candidates, batch.labels = (
        torch.tensor([[3, 5, 0], [4, 0, 0]]),
        torch.tensor([[1, 0, 1], [0, 0, 0]]),
    )
    value, n = trained_on(ClicksObjective(), batch, model)
    p = model.score(batch, batch.candidates).sigmoid()
    close(value, -(p[0, 0].log() + (1 - p[0, 1]).log() + (1 - p[1, 0]).log()) / 3)
    assert n == 3
    with pytest.raises(ValueError, match="clicks need a batch with candidates and labels"):
        trained_on(ClicksObjective(), batch_of(), model)


def test_a_loss_over_item_vectors_is_refused():
    split = leave_one_out(walks(12, V, 5, 9), max_len=9)
    with pytest.raises(ValueError, match="takes the loss 'sampled', not 'ce'"):
        fit(model_of("din").float(), split, loss="ce", progress=False)
