"""Sampled ranks: the exact laws against enumeration and against real draws."""

import math
from itertools import combinations, permutations, product

import numpy as np
import pytest
import torch

from seqrec_lib.evaluation.metrics import hit_rate, ndcg, rank_counts, reciprocal_rank
from seqrec_lib.evaluation.sampling import counts_among, draw_items, uniform_places, weighted_places

SCORES = [0.9, 0.5, 0.5, 0.5, 0.2, 0.7]  # of six items; the target is number 1, level with two others
TARGET = 1
WEIGHTS = [0.0, 2.0, 1.0, 3.0, 4.0, 2.0]  # of the same items; the first is never drawn by weight


def place_in(order, target=TARGET):
    return order.index(target)


def orders(items):
    """Every order of ``items`` that the scores allow, the target among them."""
    return [
        o for o in permutations(items) if all(SCORES[a] >= SCORES[b] for a, b in zip(o, o[1:], strict=False))
    ]


def picked(found, ties):
    """Distribution over places from (weight, places possible) pairs, as ``ties`` says."""
    law = np.zeros(8)
    for weight, places in found:
        for place in {"for": [min(places)], "against": [max(places)], "expectation": places}[ties]:
            law[place] += weight / (len(places) if ties == "expectation" else 1)
    return law


@pytest.mark.parametrize("ties", ["expectation", "against", "for"])
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_uniform_places_equal_enumeration(n, ties):
    rivals = [i for i in range(6) if i != TARGET]
    sets = list(combinations(rivals, n))
    found = [(1 / len(sets), [place_in(o) for o in orders([TARGET, *drawn])]) for drawn in sets]
    got = uniform_places(torch.tensor([2]), torch.tensor([3]), torch.tensor([5]), n, n + 1, ties)
    np.testing.assert_allclose(got[0].numpy(), picked(found, ties)[: n + 1], atol=1e-12)


@pytest.mark.parametrize("ties", ["against", "for"])
@pytest.mark.parametrize("n", [1, 2, 4])
def test_weighted_places_equal_enumeration(n, ties):
    share = {i: w for i, w in enumerate(WEIGHTS) if i != TARGET}
    total = sum(share.values())
    law = np.zeros(n + 1)
    for drawn in product(share, repeat=n):
        chance = np.prod([share[i] / total for i in drawn])
        above = sum(SCORES[i] > SCORES[TARGET] for i in drawn)
        level = sum(SCORES[i] == SCORES[TARGET] for i in drawn)
        law[above + (level if ties == "against" else 0)] += chance
    better = (share[0] + share[5]) / total
    equal = (share[2] + share[3]) / total
    got = weighted_places(torch.tensor([better]), torch.tensor([equal]), n, n + 1, ties)
    np.testing.assert_allclose(got[0].numpy(), law, atol=1e-12)


def test_weighted_places_with_ties_in_a_random_order():
    """A uniform number for the target and one for each drawn item decide among equals."""
    better, equal, n = 0.3, 0.4, 3
    grid = (np.arange(200_000) + 0.5) / 200_000  # the target's own number
    p = better + equal * grid
    law = [np.mean([1, n, n * (n - 1) / 2, 1][j] * p**j * (1 - p) ** (n - j)) for j in range(n + 1)]
    got = weighted_places(torch.tensor([better]), torch.tensor([equal]), n, n + 1)
    np.testing.assert_allclose(got[0].numpy(), law, atol=1e-6)


def test_with_all_items_drawn_it_is_the_full_ranking():
    generator = torch.Generator().manual_seed(0)
    scores = torch.randint(5, (50, 21), generator=generator).double()
    target = torch.randint(1, 21, (50,), generator=generator)
    counts = rank_counts(scores, target)
    rivals = torch.full((50,), 19)
    rank = torch.arange(1, 31, dtype=torch.float64)
    for ties in ("expectation", "against", "for"):
        law = uniform_places(*counts, rivals, 29, 30, ties)
        for mine, full in (
            (law[:, :5].sum(1), hit_rate(*counts, 5, ties)),
            (law[:, :5] @ (1 / torch.log2(rank[:5] + 1)), ndcg(*counts, 5, ties)),
            (law @ (1 / rank), reciprocal_rank(*counts, None, ties)),
        ):
            torch.testing.assert_close(mine, full, atol=1e-9, rtol=0)


def test_laws_sum_to_one_for_a_large_catalogue():
    better, equal = torch.tensor([0, 17, 3300]), torch.tensor([1, 400, 2])
    for ties in ("expectation", "against", "for"):
        law = uniform_places(better, equal, torch.full((3,), 3400), 100, 101, ties)
        torch.testing.assert_close(law.sum(1), torch.ones(3, dtype=torch.float64), atol=1e-7, rtol=0)
        law = weighted_places(better / 3400, (equal - 1) / 3400, 100, 101, ties)
        torch.testing.assert_close(law.sum(1), torch.ones(3, dtype=torch.float64), atol=1e-9, rtol=0)
        assert (law > -1e-9).all()


@pytest.mark.parametrize("equal, digits", [(1, 1e-9), (2, 1e-6), (50, 1e-6)])
@pytest.mark.parametrize("n", [5, 100, 1000])
def test_laws_sum_to_one_for_a_million_rivals(n, equal, digits):
    law = uniform_places(torch.tensor([10_000]), torch.tensor([equal]), torch.tensor([1_000_000]), n, n + 1)
    assert abs(float(law.sum()) - 1) < digits and float(law.min()) >= 0


@pytest.mark.parametrize("n", [1000, 1030, 3000])
def test_many_draws_by_weight_equal_whole_number_arithmetic(n):
    law = [math.comb(n, j) * 63 ** (n - j) / 64**n for j in range(n + 1)]
    for ties in ("expectation", "against", "for"):
        got = weighted_places(torch.tensor([1 / 64]).double(), torch.zeros(1), n, n + 1, ties)
        np.testing.assert_allclose(got[0].numpy(), law, atol=1e-12)


@pytest.mark.parametrize("equal", [1e-13, 1e-11, 1e-9, 1e-6, 1e-4])
def test_a_small_share_of_ties_is_the_mean_of_the_law(equal):
    better, n = 0.02, 200
    grid = better + equal * (np.arange(100) + 0.5) / 100
    law = [np.mean(math.comb(n, j) * grid**j * (1 - grid) ** (n - j)) for j in range(20)]
    got = weighted_places(torch.tensor([better]).double(), torch.tensor([equal]).double(), n, 20)
    np.testing.assert_allclose(got[0].numpy(), law, atol=2e-8)


@pytest.mark.parametrize("weights", [None, torch.tensor([9.0, *WEIGHTS])], ids=["uniform", "weighted"])
def test_real_draws_agree_with_the_law(weights):
    """The mean hit rate of many draws lies within 4 standard errors of the exact one."""
    scores = torch.tensor([[9.0, *SCORES]]).double().expand(20_000, 7)
    scores = scores + 1e-6 * torch.rand(
        20_000, 7, generator=torch.Generator().manual_seed(1)
    )  # ties at random
    target = torch.full((20_000,), TARGET + 1)
    allowed = torch.ones(20_000, 7, dtype=torch.bool)
    allowed[:, 0] = allowed[:, TARGET + 1] = False
    drawn = draw_items(allowed, 3, torch.Generator().manual_seed(2), weights, replacement=weights is not None)
    assert not (drawn == TARGET + 1).any() and not (drawn == 0).any()
    better, equal = counts_among(scores, target, drawn)
    hits = hit_rate(better, equal, 1)
    if weights is None:
        exact = uniform_places(torch.tensor([2]), torch.tensor([3]), torch.tensor([5]), 3, 4)
    else:  # one law for each case: the noise has put the tied items in an order
        above = scores > scores[:, TARGET + 1 : TARGET + 2]
        mass = (weights * allowed * above).sum(1) / (weights * allowed[0]).sum()
        exact = weighted_places(mass, torch.zeros(20_000), 3, 4)
    error = float(hits.std()) / 20_000**0.5
    assert abs(float(hits.mean()) - float(exact[:, 0].mean())) < 4 * error


def test_distinct_draws_follow_their_weights():
    """The first of a draw without replacement is a draw by weight; nothing comes twice."""
    allowed = torch.ones(30_000, 5, dtype=torch.bool)
    weights = torch.tensor([1.0, 1.0, 2.0, 0.0, 5.0])
    drawn = draw_items(allowed, 4, torch.Generator().manual_seed(0), weights)
    share = torch.bincount(drawn[:, 0], minlength=5) / len(drawn)
    torch.testing.assert_close(share, weights / weights.sum(), atol=0.012, rtol=0)
    assert (drawn[:, 3] == 0).all() | (drawn != 3).all()
    assert all(len(set(row)) == 4 for row in drawn[:50].tolist())


def test_too_few_items_leave_zeros():
    allowed = torch.tensor([[False, True, True, False], [False, False, False, False]])
    drawn = draw_items(allowed, 3, torch.Generator().manual_seed(0))
    assert sorted(drawn[0].tolist()) == [0, 1, 2] and drawn[1].tolist() == [0, 0, 0]
    again = draw_items(allowed, 3, torch.Generator().manual_seed(0), replacement=True)
    assert (again[0] > 0).all() and again[1].tolist() == [0, 0, 0]
    scores = torch.tensor([[9.0, 1.0, 2.0, 1.5], [9.0, 1.0, 2.0, 1.5]])
    better, equal = counts_among(scores, torch.tensor([3, 3]), drawn)
    assert better.tolist() == [1, 0] and equal.tolist() == [1, 1]


def test_what_makes_no_sense_is_refused():
    one = torch.ones(1)
    with pytest.raises(ValueError, match="n is 0"):
        uniform_places(one, one, one, 0, 1)
    with pytest.raises(ValueError, match="unknown ties"):
        weighted_places(one, one, 1, 1, "luck")
    with pytest.raises(ValueError, match="n is 0"):
        draw_items(torch.ones(1, 3, dtype=torch.bool), 0)
