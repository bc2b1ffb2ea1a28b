"""Sets of events without which another item stands first, feedback on events, and guests on an account."""

from itertools import combinations

import pytest
import torch
from test_explain_methods import HISTORY
from tiny_models import batch_of, model_of

from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.explain import (
    Change,
    events_weighted,
    explain,
    greedy_set,
    less_like,
    not_me,
    one_row,
    smallest_set,
    with_guests,
)
from seqrec_lib.explain.absent import deleted
from seqrec_lib.messages import InputError


class Votes:
    """Each event votes for items by a table, whatever its place: sets can be found by hand."""

    n_items = 10

    def __init__(self, votes):
        self.votes = votes  # item -> {item voted for: weight}

    def score(self, batch, candidates=None):
        scores = torch.zeros(len(batch), 11)
        for row, items in enumerate(batch.items.tolist()):
            for item in items:
                for target, weight in self.votes.get(item, {}).items():
                    scores[row, target] += weight
        return scores


# Items 1 to 4 give item 9 its lead of 2 over item 10, half a point each. Items 5 and 6 hold item 8 down,
# which 7 would lift above 9: without both of them it stands first, but without one alone nothing moves.
TRAP = Votes({**{i: {9: 0.5} for i in (1, 2, 3, 4)}, 5: {8: -3.0}, 6: {8: -3.0}, 7: {8: 2.1}})


def brute_force(model, history, most):
    def first(items):
        batch = deleted(history, torch.isin(torch.arange(history.items.shape[1]), torch.tensor(items))[None])
        scores = model.score(batch)[0].double()
        scores[history.items[0]] = -torch.inf
        scores[0] = -torch.inf
        return int(scores.argmax())

    t = history.items.shape[1]
    before = first(list(range(t)))
    for size in range(1, most + 1):
        for gone in combinations(range(t), size):
            if first([j for j in range(t) if j not in gone]) != before:
                return size
    return None


@pytest.mark.parametrize("name", ["lstm-attention", "sasrec"])
def test_the_smallest_set_is_as_small_as_any(name):
    sizes = []
    for seed in range(12):
        model = model_of(name, seed=seed)
        found, want = smallest_set(Change(model, HISTORY), 3), brute_force(model, HISTORY, 3)
        sizes.append(want)
        assert (None if found is None else len(found.events)) == want
        greedy = greedy_set(Change(model, HISTORY))
        if found is not None:
            assert found.before != found.after
            assert greedy is None or len(greedy.events) >= len(found.events)
    assert len(set(sizes)) > 1


def test_a_greedy_set_may_be_larger_than_needed():
    change = Change(TRAP, one_row([1, 2, 3, 4, 5, 6, 7]))
    assert change.before == 9
    assert smallest_set(change).events == (4, 5) and smallest_set(change).after == 8
    assert len(greedy_set(change).events) > 2
    assert greedy_set(change, most=2) is None and smallest_set(change, most=1) is None


def test_the_items_of_the_whole_history_are_no_recommendations():
    model = model_of("lstm-attention")
    change = Change(model, HISTORY)
    keep = ~torch.eye(5, dtype=torch.bool)
    assert not set(change.firsts(keep)[0].tolist()) & {0, 3, 7, 1, 9, 4}
    replaced = Change(model, HISTORY, "replace")
    banned = {0, 3, 7, 1, 9, 4} | set(replaced.filler.tolist())
    assert not set(replaced.firsts(keep)[0].tolist()) & banned
    again = Change(Votes({3: {3: 1.0}}), HISTORY, repeats=True)
    assert again.before == 3
    with pytest.raises(InputError, match="absent"):
        Change(model, HISTORY, "hide")


def test_a_lead_is_against_the_best_other_item():
    model = model_of("sasrec")
    change = Change(model, HISTORY)
    keep = torch.cat([torch.ones(1, 5, dtype=torch.bool), ~torch.eye(5, dtype=torch.bool)])
    firsts, leads = change.firsts(keep)[0], change.leads(keep)
    assert ((firsts == change.before) == (leads > 0)).all()


def test_flagged_events_are_gone_and_the_newest_are_kept():
    batch = batch_of()
    flags = torch.zeros(5, 6, dtype=torch.bool)
    flags[0, 2] = flags[2, 0] = flags[1, 0] = flags[3, 4] = True
    left = not_me(batch, flags)
    own = batch.items.tolist()
    assert left.items[0, :5].tolist() == own[0][:2] + own[0][3:]
    assert left.items[2, :3].tolist() == own[2][1:4] and left.lengths.tolist() == [5, 1, 3, 5, 3]
    assert left.items[1, 0] == own[1][0]  # flagged whole: the last event stays
    short = not_me(batch, flags, max_len=2)
    assert short.items[0].tolist() == own[0][4:] and short.items.shape == (5, 2)
    assert short.lengths.tolist() == [2, 1, 2, 2, 2]
    assert batch.items.tolist() == own and flags[1, 0]


@pytest.mark.parametrize("name", ["lstm-attention", "sasrec"])
def test_a_weight_of_one_changes_nothing_and_none_hides_the_key(name):
    model, batch = model_of(name), batch_of((6, 4))
    plain = model.score(batch)
    with events_weighted(model, torch.ones(2, 6)):
        torch.testing.assert_close(model.score(batch), plain)
    weights = torch.ones(2, 6)
    weights[0, 1], weights[1, 0] = 0.0, 0.5
    before = model.attention_weights(batch, 0)
    with events_weighted(model, weights):
        after = model.attention_weights(batch, 0)
        assert model.score(batch).isfinite()[:, 1:].all()
        assert (model.score(batch) - plain)[:, 1:].abs().max() > 1e-5
    assert after[0, 0, 2:, 1].abs().max() < 1e-20
    want = before[1, 0, 3] * torch.tensor([0.5, 1, 1, 1, 0, 0])
    torch.testing.assert_close(after[1, 0, 3], want / want.sum())
    torch.testing.assert_close(model.score(batch), plain)


def test_a_model_without_attention_says_so():
    with pytest.raises(InputError, match="not_me"), events_weighted(model_of("gru4rec"), torch.ones(1, 5)):
        pass


def test_what_is_like_a_flagged_item_falls():
    matrix = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    scores = less_like(torch.zeros(2, 5), matrix, torch.tensor([[1, 0], [3, 1]]), 0.5)
    assert scores.tolist() == [[0, -0.5, -0.5, 0, 0], [0, -0.5, -0.5, -0.5, 0]]


def test_guests_have_another_type_and_their_share():
    world = simulate("video", users=60, seed=4)
    batch = leave_one_out(world, max_len=50).test.batch
    mixed, guest = with_guests(world, batch, 0.2, seed=1)
    share = guest.sum(1) / mixed.lengths
    assert ((share - 0.2).abs() < 0.02).all()
    assert not (guest & ~mixed.mask()).any()
    back = not_me(mixed, guest)
    for n in range(60):
        length = int(batch.lengths[n])
        assert back.items[n, :length].tolist() == batch.items[n, :length].tolist()
        theirs = mixed.items[n][guest[n]].tolist()
        sources = [
            u
            for u in range(60)
            if set(theirs) <= set(world.draw.items[u].tolist()) and world.draw.types[u] != world.draw.types[n]
        ]
        assert sources and not set(theirs) & set(batch.items[n].tolist())
        places = guest[n].nonzero().squeeze(1)
        assert (places.diff() == 1).all() and places[0] > 0
    again = with_guests(world, batch, 0.2, seed=1)
    assert (again.batch.items == mixed.items).all()


def test_an_explanation_of_a_flagged_history_is_shorter():
    model = model_of("lstm-attention")
    flags = torch.tensor([[False, True, False, False, False]])
    assert len(explain(model, not_me(HISTORY, flags), 6)) == 4
