"""What is drawn to be pushed down: chances, repeats, what a user took, and the losses over it by hand."""

from itertools import permutations

import numpy as np
import pytest
import torch
from test_losses import drawn
from tiny_models import close

from seqrec_lib.losses import Asked, draw_shared, draw_unseen, in_batch_softmax, sampled_softmax
from seqrec_lib.losses.drawing import draw_negatives
from seqrec_lib.messages import InputError

V = 7


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("replace", [True, False])
def test_unseen_items_are_uniform_over_what_a_row_did_not_take(replace):
    """20,000 draws; repeats and padding among the taken; within 4 standard errors."""
    taken = torch.tensor([[3, 3, 1, 0, 0], [7, 2, 0, 0, 0], [0, 0, 0, 0, 0]])
    count = torch.zeros(3, V + 1)
    for seed in range(20):
        found = draw_unseen(taken.repeat(500, 1), V, 2, seeded(seed), replace).view(500, 3, 2)
        for row in range(3):
            count[row] += torch.bincount(found[:, row].flatten(), minlength=V + 1)
    for row, seen in enumerate(({3, 1}, {7, 2}, set())):
        left = [i for i in range(1, V + 1) if i not in seen]
        assert count[row, [0, *seen]].sum() == 0
        expected = 20_000 / len(left)
        spread = (expected * (1 - 1 / len(left))) ** 0.5
        assert ((count[row, left] - expected).abs() < 4 * spread).all()


def test_without_replacement_no_item_comes_twice_and_what_is_missing_is_0():
    taken = torch.tensor([[1, 2, 3, 4, 4], [0, 0, 0, 0, 0]])
    found = draw_unseen(taken, V, 5, seeded())
    assert sorted(found[0].tolist()) == [0, 0, 5, 6, 7]
    assert len(set(found[1].tolist())) == 5 and 0 not in found[1]


def test_with_replacement_items_come_twice_and_a_row_that_took_all_has_none():
    taken = torch.tensor([[1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, 6, 0]])
    assert draw_unseen(taken, V, 4, seeded(), replace=True).tolist() == [[0] * 4, [7] * 4]
    assert draw_unseen(taken, V, 4, seeded()).tolist()[0] == [0] * 4


def test_shared_draws():
    assert draw_shared(4, 9, seeded()).tolist() == [1, 2, 3, 4]
    many = draw_shared(4, 4000, seeded(), replace=True)
    assert ((torch.bincount(many)[1:] - 1000).abs() < 4 * (4000 * 3 / 16) ** 0.5).all()
    sets = {tuple(draw_shared(4, 2, seeded(n)).tolist()) for n in range(200)}
    assert sets == set(permutations(range(1, 5), 2))


def rows_of(v=11):
    """Two rows of a batch, of three and two steps: ``(hidden, targets, matrix, asked)``."""
    hidden, _, matrix = drawn(n=5, v=v)
    items = torch.tensor([[4, 9, 2], [7, 4, 0]])
    targets = torch.tensor([[9, 2, 11], [4, 1, 0]])
    return (
        hidden,
        torch.tensor([9, 2, 11, 4, 1]),
        matrix,
        Asked(items, targets, torch.tensor([0, 1, 2, 3, 4])),
    )


@pytest.mark.parametrize("weigh", [False, True])
@pytest.mark.parametrize("replace", [False, True])
def test_sampled_softmax_by_user_by_hand(replace, weigh):
    hidden, targets, matrix, asked = rows_of()
    draw = draw_unseen(asked.taken(), 11, 6, seeded(2), replace)
    scores, wanted = (hidden @ matrix.T).numpy(), []
    for n, (row, target) in enumerate(zip([0, 0, 0, 1, 1], targets.tolist(), strict=True)):
        factor = 10 / 6 if weigh else 1
        others = sum(factor * np.exp(scores[n, i]) for i in draw[row].tolist())
        wanted.append(np.log(np.exp(scores[n, target]) + others) - scores[n, target])
    got = sampled_softmax(hidden, targets, matrix, seeded(2), 6, asked, "user", replace, weigh)
    close(got, torch.tensor(np.mean(wanted)))


@pytest.mark.parametrize("weigh", [False, True])
def test_sampled_softmax_with_replacement_by_hand(weigh):
    hidden, targets, matrix, _ = rows_of()
    shared = draw_shared(11, 9, seeded(5), replace=True).tolist()
    assert len(set(shared)) < 9 and set(shared) & set(targets.tolist())
    scores, wanted = (hidden @ matrix.T).numpy(), []
    for n, target in enumerate(targets.tolist()):
        others = [np.exp(scores[n, i]) for i in shared if i != target]
        factor = 10 / len(others) if weigh else 1
        wanted.append(np.log(np.exp(scores[n, target]) + factor * sum(others)) - scores[n, target])
    got = sampled_softmax(hidden, targets, matrix, seeded(5), 9, replace=True, weigh=weigh)
    close(got, torch.tensor(np.mean(wanted)))


def test_all_unseen_items_of_a_user_and_no_more():
    """More negatives than a row has left: what is left is counted once, and nothing else."""
    hidden, targets, matrix, asked = rows_of()
    scores = hidden @ matrix.T
    wanted = []
    for n, (seen, target) in enumerate(zip([{4, 9, 2, 11}] * 3 + [{7, 4, 1}] * 2, targets, strict=True)):
        among = [int(target), *(i for i in range(1, 12) if i not in seen)]
        wanted.append(scores[n, among].logsumexp(0) - scores[n, target])
    got = sampled_softmax(hidden, targets, matrix, seeded(), 500, asked, "user")
    close(got, torch.stack(wanted).mean())


@pytest.mark.parametrize("k", [0, 6])
def test_mixed_negatives_by_hand(k):
    hidden, _, matrix, _ = rows_of()
    targets = torch.tensor([3, 5, 3, 3, 9])
    popularity = torch.rand(12, generator=seeded(1), dtype=torch.float64)
    uniform = draw_shared(11, k, seeded(4), replace=True).tolist()
    scores, q = (hidden @ matrix.T).numpy(), popularity.numpy()
    for masked in (True, False):
        wanted = []
        for n, target in enumerate(targets.tolist()):
            drawers = len(targets) - masked
            others = [
                np.exp(scores[n, i]) / (drawers * q[i] + k / 11)
                for i in [*targets.tolist(), *uniform]
                if not (masked and i == target)
            ]
            own = np.exp(scores[n, target]) if masked else 0
            wanted.append(np.log(own + sum(others)) - scores[n, target])
        got = in_batch_softmax(
            hidden, targets, matrix, seeded(4), popularity=popularity, mask_hits=masked, uniform=k
        )
        close(got, torch.tensor(np.mean(wanted)))


def test_in_batch_uncorrected_by_hand():
    hidden, _, matrix, _ = rows_of()
    targets = torch.tensor([3, 5, 3, 3, 9])
    scores = (hidden @ matrix.T).numpy()
    for masked in (True, False):
        wanted = []
        for n, target in enumerate(targets.tolist()):
            among = [i for i in targets.tolist() if not (masked and i == target)] + [target] * masked
            wanted.append(np.log(sum(np.exp(scores[n, i]) for i in among)) - scores[n, target])
        got = in_batch_softmax(hidden, targets, matrix, popularity=None, correct=False, mask_hits=masked)
        close(got, torch.tensor(np.mean(wanted)))


def test_with_hits_masked_the_corrected_sum_is_the_full_one_in_expectation():
    """Two steps: one has target y, the other's target i is drawn by q: each i by its chance."""
    q = torch.tensor([0.0, 0.6, 0.3, 0.1], dtype=torch.float64)
    scores = torch.tensor([0.0, 0.2, 1.0, -0.5], dtype=torch.float64)
    hidden, full = torch.tensor([[1.0], [0.0]], dtype=torch.float64), scores[1:].exp().sum()
    for y in (1, 2, 3):
        expected = dict.fromkeys((True, False), 0.0)
        for i in (1, 2, 3):
            for masked in expected:
                loss = in_batch_softmax(
                    hidden, torch.tensor([y, i]), scores[:, None], popularity=q, mask_hits=masked
                )
                # The second step's state is 0, so each of its items counts exp(0), as often as it stands for.
                second = 1 + (i != y) / q[y] if masked else 1 / (2 * q[y]) + 1 / (2 * q[i])
                expected[masked] += q[i] * (2 * loss - second.log() + scores[y]).exp()
        close(expected[True], full)
        # Otherwise the step's own score counts 1 / (2 q) times more: much for a rare item.
        close(expected[False], full / 2 + scores[y].exp() / (2 * q[y]))


@pytest.mark.parametrize("given, told", [
    ({"draw": "row"}, "draw"),
    ({"draw": "user"}, "needs asked"),
    ({"negatives": 0}, "0 negatives"),
])  # fmt: skip
def test_wrong_settings_are_named(given, told):
    hidden, targets, matrix, _ = rows_of()
    with pytest.raises(InputError, match=told):
        sampled_softmax(hidden, targets, matrix, **given)


def test_no_loss_draws_where_there_is_nothing_to_draw():
    with pytest.raises(InputError, match="at least 1 negative"):
        draw_negatives(torch.tensor([1]), 5, 0, None)
    with pytest.raises(InputError, match="uniform is -1"):
        in_batch_softmax(*drawn()[:1], drawn()[1], drawn()[2], uniform=-1)
