"""Baselines on large catalogues: the same ranks and lists as all scores give, in bounded time and memory."""

import time

import numpy as np
import pytest
import torch

from seqrec_lib.data import Interactions, leave_one_out
from seqrec_lib.evaluation import evaluate
from seqrec_lib.evaluation import ranking as place
from seqrec_lib.evaluation.asking import CELLS, rows_at_once
from seqrec_lib.evaluation.shared_table import shared_ranks
from seqrec_lib.models.baselines import Markov, Popularity, RecentPopularity


def make_log(users, items, steps, seed=0, repeats=False):
    """Random histories of 3 to ``steps`` items, the first items of the catalogue much more often."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(3, steps + 1, users)
    numbers = np.repeat(np.arange(users), sizes)
    chosen = np.minimum(rng.exponential(items / 6, len(numbers)).astype(np.int64), items - 1) + 1
    ids = np.array([None, *range(1, items + 1)], dtype=object)
    times = np.concatenate([np.sort(rng.integers(0, 100 * 86_400, n)) for n in sizes]).astype(np.float64)
    return Interactions(numbers, chosen, times, np.arange(users), ids, repeats=repeats)


@pytest.mark.parametrize("kind", [Popularity, Markov, RecentPopularity])
@pytest.mark.parametrize("repeats", [False, True])
@pytest.mark.parametrize("users, items, steps", [(300, 40, 25), (60, 8, 30), (500, 900, 12)])
def test_the_ranks_and_lists_are_those_of_all_scores(monkeypatch, kind, repeats, users, items, steps):
    split = leave_one_out(make_log(users, items, steps, repeats=repeats))
    model = kind(split.train_log)
    ks = [k for k in (1, 5, 10, 20) if k <= items]
    full = evaluate(model, split.test, ks)
    monkeypatch.setattr(place, "SHARED_FROM", 1)
    quick = evaluate(model, split.test, ks)
    np.testing.assert_array_equal(quick.better, full.better)
    np.testing.assert_array_equal(quick.equal, full.equal)
    assert {n: v for n, v in quick.metrics.items() if "coverage" not in n} == {
        n: v for n, v in full.metrics.items() if "coverage" not in n
    }
    with pytest.raises(ValueError, match=f"k is {items + 1}, but the catalogue"):
        evaluate(model, split.test, [items + 1])


@pytest.mark.parametrize("kind", [Popularity, Markov, RecentPopularity])
def test_lists_hold_the_best_unseen_items(kind):
    split = leave_one_out(make_log(200, 30, 28))
    model = kind(split.train_log)
    _, _, lists = shared_ranks(model, split.test, 9)
    for n in range(len(split.test)):
        case = split.test.rows(slice(n, n + 1))
        scores = model.score(case.batch)[0]
        scores[case.seen()[1][case.seen()[1] != case.target]] = -torch.inf
        wanted = scores.sort(descending=True).values[:9]
        mine = lists[n][lists[n] > 0]
        assert len(mine.unique()) == len(mine) == int((wanted > -torch.inf).sum())
        torch.testing.assert_close(scores[mine], wanted[: len(mine)], rtol=1e-12, atol=0)


def test_a_large_catalogue_takes_seconds():
    """Beauty's size in items, a tenth of its users: dense scores took minutes."""
    split = leave_one_out(make_log(4_000, 55_000, 14))
    for kind in (Popularity, Markov, RecentPopularity):
        began = time.process_time()
        evaluate(kind(split.train_log), split.test)
        assert time.process_time() - began < 15


def test_a_batch_is_as_large_as_the_catalogue_lets_it_be():
    assert rows_at_once(None) == rows_at_once(200) == rows_at_once(32_000) == 256
    assert rows_at_once(300_000) * 300_001 <= CELLS and rows_at_once(300_000) > 20
    assert rows_at_once(10**9) == 1
    split = leave_one_out(make_log(50, 900, 12))
    sizes = []

    class Spy(torch.nn.Module):
        n_items = 900

        def score(self, batch, candidates=None):
            sizes.append(len(batch))
            return torch.zeros(len(batch), 901)

    evaluate(Spy(), split.test)
    assert max(sizes) == 50
    sizes.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seqrec_lib.evaluation.asking.CELLS", 9_010)
        found = evaluate(Spy(), split.test)
    assert max(sizes) == 10 and found["HR@10"] < 1
