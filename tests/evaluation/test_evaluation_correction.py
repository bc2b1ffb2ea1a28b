"""Corrected sampled metrics: the tables by hand, and against the full ranking with real draws."""

import numpy as np
import pytest
import torch

from seqrec_lib.evaluation.correction import corrected, corrected_gains, discounted, hits
from seqrec_lib.evaluation.metrics import hit_rate, ndcg
from seqrec_lib.evaluation.sampling import counts_among, draw_items, uniform_places
from seqrec_lib.messages import InputError

V = 120  # items; a user has seen some, so rivals differ


def law(rivals, n):
    ranks = torch.arange(rivals + 1)
    one, all_ = torch.ones_like(ranks), torch.full_like(ranks, rivals)
    return uniform_places(ranks, one, all_, n, n + 1)  # (R + 1, n + 1)


def test_by_the_rank():
    """Place j among n of R stands for rank 1 + (j - 1) R / n, right in the mean; its gain is not."""
    got = corrected_gains(hits(10), 30, 5, "rank")
    assert got.tolist() == [1, 1, 0, 0, 0, 0]  # ranks 1, 7, 13, 19, 25, 31
    got = corrected_gains(discounted(10), 30, 5, "rank")
    np.testing.assert_allclose(got[:2], [1, 1 / np.log2(8)])
    estimate = 1 + torch.arange(6, dtype=torch.float64) * 30 / 5
    np.testing.assert_allclose(law(30, 5) @ estimate, np.arange(1, 32))


@pytest.mark.parametrize("against_variance", [0.001, 0.1, 1.0])
@pytest.mark.parametrize("n", [1, 7, 20])
def test_the_trade_minimises_what_it_says(n, against_variance):
    """No step away from the table has a smaller sum of squared bias and weighted variance."""
    chances, full = law(20, n).numpy(), discounted(5)(torch.arange(1, 22).double()).numpy()

    def cost(table):
        mean = chances @ table
        return ((mean - full) ** 2 + against_variance * (chances @ table**2 - mean**2)).sum()

    table = corrected_gains(discounted(5), 20, n, "trade", against_variance).numpy()
    steps = np.random.default_rng(0).normal(size=(200, n + 1)) * np.array([[1e-3], [1e-1]]).repeat(100, 0)
    assert all(cost(table + step) > cost(table) for step in steps)


@pytest.mark.parametrize("way", ["rank", "trade"])
def test_with_all_rivals_drawn_it_is_the_full_metric(way):
    full = discounted(4)(torch.arange(1, 10).double())
    for n in (8, 50):
        torch.testing.assert_close(corrected_gains(discounted(4), 8, n, way), full, atol=1e-9, rtol=0)


@pytest.mark.parametrize("k", [1, 3, 8])
def test_no_table_is_free_of_bias_before_all_rivals_are_drawn(k):
    full = hits(k)(torch.arange(1, 10).double())[:, None]
    for n in (1, 4, 7, 8):
        chances = law(8, n)
        left = chances @ torch.linalg.lstsq(chances, full).solution - full
        assert (left.abs().max() > 1e-3) == (n < 8)


def test_weight_on_the_variance_buys_calm_for_bias():
    chances, full = law(60, 20), hits(10)(torch.arange(1, 62).double())
    bias, variance = [], []
    for weight in (0.001, 0.03, 1.0):
        table = corrected_gains(hits(10), 60, 20, "trade", weight)
        mean = chances @ table
        bias.append(float((mean - full).square().sum()))
        variance.append(float((chances @ table**2 - mean**2).sum()))
    assert bias == sorted(bias) and variance == sorted(variance, reverse=True)


def drawn_ranking(most, cases=6000):
    """Scores with ties, seen items, a target up to ``most`` ahead: full counts, rivals, counts by n."""
    generator = torch.Generator().manual_seed(3)
    scores = torch.randint(0, 60, (cases, V + 1), generator=generator).double()
    target = torch.randint(1, V + 1, (cases,), generator=generator)
    scores[torch.arange(cases), target] += torch.randint(-10, most, (cases,), generator=generator)
    allowed = torch.rand(scores.shape, generator=generator) > 0.05
    allowed[:, 0] = False
    allowed[torch.arange(cases), target] = False
    own = scores.gather(1, target[:, None])
    better, equal = (allowed & (scores > own)).sum(1), (allowed & (scores == own)).sum(1) + 1

    def among(n):
        return counts_among(scores, target, draw_items(allowed, n, generator))

    return (better, equal), allowed.sum(1), among


@pytest.mark.parametrize("n", [10, 25, 60])
@pytest.mark.parametrize("gain, metric", [(hits(10), hit_rate), (discounted(10), ndcg)])
def test_corrected_draws_are_near_the_full_ranking_and_plain_ones_are_not(n, gain, metric):
    """Ranks spread smoothly: what is left of the bias is within the noise."""
    full, rivals, among = drawn_ranking(most=12)
    counts = among(n)
    truth, plain = metric(*full, 10).mean(), metric(*counts, min(10, n + 1)).mean()
    found = corrected(*counts, rivals, n, gain)
    noise = found.std() / len(found) ** 0.5
    assert abs(found.mean() - truth) < 3 * noise + 0.002 < (plain - truth) / 2
    assert noise > metric(*full, 10).std() / len(found) ** 0.5  # the price


@pytest.mark.parametrize("gain, metric", [(hits(10), hit_rate), (discounted(10), ndcg)])
def test_where_ranks_pile_up_at_the_top_a_bias_stays(gain, metric):
    """A table that is right in the mean over all ranks is not right for a model that is often first."""
    full, rivals, among = drawn_ranking(most=45)
    counts = among(10)
    truth, plain = metric(*full, 10).mean(), metric(*counts, 10).mean()
    found = corrected(*counts, rivals, 10, gain)
    left = abs(found.mean() - truth)
    assert 4 * found.std() / len(found) ** 0.5 < left < (plain - truth) / 3


def test_each_case_gets_the_table_of_its_own_rivals_and_ties_are_shared():
    better, equal = torch.tensor([0, 1, 0]), torch.tensor([1, 1, 2])
    found = corrected(better, equal, torch.tensor([9, 40, 40]), 4, hits(3))
    of_9, of_40 = (corrected_gains(hits(3), rivals, 4) for rivals in (9, 40))
    want = [of_9[0], of_40[1], (of_40[0] + of_40[1]) / 2]
    np.testing.assert_allclose(found, want)
    assert corrected(better, equal, torch.full((3,), 40), 4, hits(3), ties="for")[2] == of_40[0]


def test_errors_say_what_is_wrong():
    for arguments, words in (
        ((hits(3), 0, 4), "rivals is 0"),
        ((hits(3), 9, 4, "rnak"), "rank"),
        ((hits(3), 9, 4, "trade", 0.0), "above 0"),
        ((hits(3), 9, 4, "trade", 2.0), "at most 1"),
    ):
        with pytest.raises(InputError, match=words):
            corrected_gains(*arguments)
