"""Metrics against scikit-learn, torchmetrics and hand-made cases."""

import numpy as np
import pytest
import torch
from sklearn.metrics import ndcg_score

from seqrec_lib.evaluation.metrics import (
    allowed_items,
    coverage,
    hit_rate,
    ndcg,
    rank_counts,
    reciprocal_rank,
    top_items,
)


def random_case(seed, n_items=15, rows=64, levels=4):
    """Scores with few levels, so that ties abound, and a target a row."""
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randint(levels, (rows, n_items + 1), generator=generator).double()
    return scores, torch.randint(1, n_items + 1, (rows,), generator=generator)


def one_hot(target, n_items):
    return (torch.arange(1, n_items + 1) == target[:, None]).numpy().astype(float)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("k", [1, 3, 10, 15])
def test_ndcg_equals_scikit_learn_with_many_ties(seed, k):
    scores, target = random_case(seed, levels=1 + seed % 5)
    got = ndcg(*rank_counts(scores, target), k)
    want = [
        ndcg_score(truth[None], row[None], k=k)
        for truth, row in zip(one_hot(target, 15), scores[:, 1:].numpy(), strict=True)
    ]
    np.testing.assert_allclose(got.numpy(), want, rtol=0, atol=1e-12)


@pytest.mark.parametrize("k", [1, 5, 20])
def test_without_ties_all_three_equal_torchmetrics(k):
    retrieval = pytest.importorskip("torchmetrics.retrieval")
    rows, n_items = 40, 20
    generator = torch.Generator().manual_seed(k)
    scores = torch.rand(rows, n_items + 1, generator=generator)
    target = torch.randint(1, n_items + 1, (rows,), generator=generator)
    counts = rank_counts(scores, target)
    flat = scores[:, 1:].flatten()
    truth = torch.from_numpy(one_hot(target, n_items)).flatten().long()
    index = torch.arange(rows).repeat_interleave(n_items)
    for metric, mine in [
        (retrieval.RetrievalNormalizedDCG(top_k=k), ndcg(*counts, k)),
        (retrieval.RetrievalHitRate(top_k=k), hit_rate(*counts, k)),
        (retrieval.RetrievalMRR(top_k=k), reciprocal_rank(*counts, k)),
        (retrieval.RetrievalMRR(), reciprocal_rank(*counts)),
    ]:
        assert float(mine.mean()) == pytest.approx(float(metric(flat, truth, indexes=index)), abs=1e-6)


def test_ties_by_hand():
    """One item above, the target level with two more: ranks 2, 3, 4, each a third of the time."""
    scores = torch.tensor([[9.0, 3.0, 2.0, 2.0, 2.0, 1.0]])
    better, equal = rank_counts(scores, torch.tensor([3]))
    assert (int(better), int(equal)) == (1, 3)
    assert float(hit_rate(better, equal, 2)) == pytest.approx(1 / 3)
    assert float(hit_rate(better, equal, 2, "for")) == 1
    assert float(hit_rate(better, equal, 2, "against")) == 0
    assert float(reciprocal_rank(better, equal)) == pytest.approx((1 / 2 + 1 / 3 + 1 / 4) / 3)
    assert float(reciprocal_rank(better, equal, ties="for")) == pytest.approx(1 / 2)
    assert float(reciprocal_rank(better, equal, ties="against")) == pytest.approx(1 / 4)
    assert float(ndcg(better, equal, 3)) == pytest.approx((1 / np.log2(3) + 1 / np.log2(4)) / 3)
    with pytest.raises(ValueError, match="unknown ties 'luck'"):
        ndcg(better, equal, 3, "luck")


def test_seen_items_leave_and_the_target_stays():
    scores = torch.tensor([[9.0, 5.0, 4.0, 4.0, 1.0], [9.0, 5.0, 4.0, 4.0, 1.0]])
    seen = (torch.tensor([0, 0, 0, 1]), torch.tensor([1, 3, 4, 1]))
    better, equal = rank_counts(scores, torch.tensor([4, 3]), seen)
    assert better.tolist() == [1, 0]
    assert equal.tolist() == [1, 2]


def test_masked_items_do_not_tie_with_a_target_that_scores_minus_infinity():
    scores = torch.full((1, 5), -torch.inf)
    better, equal = rank_counts(scores, torch.tensor([2]), (torch.tensor([0]), torch.tensor([1])))
    assert (int(better), int(equal)) == (0, 3)


def test_nan_scores_name_the_row_and_padding_may_be_nan():
    scores = torch.zeros(3, 4)
    scores[:, 0] = torch.nan
    rank_counts(scores, torch.tensor([1, 1, 1]))
    scores[2, 3] = torch.nan
    with pytest.raises(ValueError, match="NaN in row 2 .first at item 3"):
        rank_counts(scores, torch.tensor([1, 1, 1]))


@pytest.mark.parametrize("target", [0, 4])
def test_a_target_outside_the_catalogue_is_an_error(target):
    with pytest.raises(ValueError, match=f"target {target} of row 1 .* 1 to 3"):
        rank_counts(torch.zeros(2, 4), torch.tensor([1, target]))


def test_top_items_and_coverage():
    scores = torch.tensor([[9.0, 1.0, 3.0, 2.0], [9.0, 3.0, 2.0, 1.0]])
    seen = (torch.tensor([1, 1]), torch.tensor([1, 2]))
    lists = top_items(scores, 2, allowed_items(scores, seen))
    assert lists.tolist() == [[2, 3], [3, 0]]
    assert coverage(lists, 3) == pytest.approx(2 / 3)
    assert coverage(lists[:, :1], 3) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="k is 4, but the catalogue has 3 items"):
        top_items(scores, 4, allowed_items(scores, None))


def test_no_cases_is_an_error():
    nothing = torch.zeros(0, dtype=torch.long)
    with pytest.raises(ValueError, match="no cases"):
        hit_rate(nothing, nothing, 1)
