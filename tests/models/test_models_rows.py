"""What a row may depend on: its own past, never what stands behind it, beside it or in its padding.

Every recipe is tried as it comes and with the parts that its settings can switch on. A new recipe is tried
as soon as the registry has it.
"""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import LENGTHS, MAX_LEN, V, batch_of, close, model_of, next_item, variants

from seqrec_lib.models import RECIPES, NextItem

ALL = variants()
WITH_STATES = next_item(ALL)
every = pytest.mark.parametrize("name, changes", ALL.values(), ids=ALL)
every_with_states = pytest.mark.parametrize("name, changes", WITH_STATES.values(), ids=WITH_STATES)


@every_with_states
def test_what_comes_later_changes_nothing_earlier(name, changes):
    """State t may know its items, their times, and when the next item is asked for: nothing after that."""
    model, batch = model_of(name, **changes), batch_of((6, 6, 6))
    before = model.hidden(batch)
    for step in range(1, 6):
        other = replace(batch, items=batch.items.clone(), times=batch.times.clone())
        other.items[:, step:] = other.items[:, step:] % V + 1
        other.times[:, step + 1 :] += 777.0
        other.query_time = batch.query_time + 777.0
        after = model.hidden(other)
        close(after[:, :step], before[:, :step])
        assert ((after[:, step] - before[:, step]).abs().amax(-1) > 1e-6).all()


@every_with_states
def test_an_earlier_item_is_remembered(name, changes):
    """The other way round, a state that forgets its past would be causal too."""
    model, batch = model_of(name, **changes), batch_of((6, 6, 6))
    other = replace(batch, items=batch.items.clone())
    other.items[:, 0] = other.items[:, 0] % V + 1
    assert ((model.hidden(other) - model.hidden(batch)).abs().amax(-1) > 1e-9).all()


@every
def test_padding_changes_nothing(name, changes):
    """Neither its width nor what stands in it."""
    model, batch = model_of(name, **changes), batch_of()
    real = batch.mask()
    wide, rubbish = replace(batch), replace(batch)
    more = torch.zeros(len(batch), 3)
    wide.items = torch.cat([batch.items, more.long()], dim=1)
    wide.times = torch.cat([batch.times, more.double()], dim=1)
    rubbish.items = torch.where(real, batch.items, torch.arange(1, 7).expand(len(batch), 6))
    rubbish.times = torch.where(real, batch.times, 1e9)
    assert not torch.equal(rubbish.items, batch.items)
    for other in (wide, rubbish):
        close(model.score(other), model.score(batch))
        if isinstance(model, NextItem):
            close(model.hidden(other)[:, :6][real], model.hidden(batch)[real])


@every
def test_a_row_alone_is_the_row_in_company(name, changes):
    model, batch = model_of(name, **changes), batch_of()
    scores = model.score(batch)
    for row, length in enumerate(LENGTHS):
        alone = batch.rows(slice(row, row + 1)).trim()
        close(model.score(alone)[0], scores[row])
        if isinstance(model, NextItem):
            close(model.hidden(alone)[0], model.hidden(batch)[row, :length])


@every
def test_one_item_and_the_longest_history_are_taken(name, changes):
    model, batch = model_of(name, **changes), batch_of((MAX_LEN, 1), width=MAX_LEN)
    scores = model.score(batch)
    assert scores.shape == (2, V + 1) and torch.isfinite(scores[:, 1:]).all()
    close(model.score(batch.rows(slice(1, 2)).trim()), scores[1:])
    close(model.score(batch.rows(slice(0, 1))), scores[:1])


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(1, MAX_LEN), min_size=1, max_size=4),
    st.integers(0, 2**16),
    st.sampled_from(sorted(RECIPES)),
)
def test_any_history_gets_finite_scores_whatever_stands_beside_it(lengths, seed, name):
    model, batch = model_of(name), batch_of(lengths, width=max(lengths), seed=seed)
    scores = model.score(batch)
    assert torch.isfinite(scores[:, 1:]).all()
    close(model.score(batch.rows(torch.tensor([0])).trim())[0], scores[0])


@every
def test_a_model_that_reads_when_it_is_asked_says_so(name, changes):
    """`recommend` refuses a moment that would change nothing, and it goes by what the model says."""
    model, batch = model_of(name, **changes), batch_of()
    late = replace(batch, query_time=batch.query_time + 10 * 86_400.0)
    moved = not torch.equal(model.score(late), model.score(batch))
    assert moved == model.reads_request
