"""Fronts, areas, lists by weights and by diversity, and their worth: exact, against brute force."""

import itertools

import numpy as np
import pytest
import torch

from seqrec_lib.data import simulate
from seqrec_lib.data.worlds.serving import true_chances
from seqrec_lib.evaluation.purchase_scores import Chances
from seqrec_lib.goals import (
    Shelf,
    best_lists,
    hypervolume,
    is_dominated,
    list_worth,
    marginal_relevance,
    pareto_front,
    shelf_of,
    weighted,
)
from seqrec_lib.messages import InputError


@pytest.fixture(scope="module")
def world():
    return simulate("shop", users=60, seed=5, clickbait=1.5)


@pytest.fixture(scope="module")
def shelf(world):
    return shelf_of(world, world.click_batch)


def small_shelf():
    draw = torch.Generator().manual_seed(2)
    click, after = torch.rand(2, 1, 6, generator=draw, dtype=torch.float64)
    click[:, 0] = 0
    look = torch.tensor([1.0, 0.7, 0.5]).double()
    even = torch.full((6,), 0.2).double()
    return Shelf(click, click * after, 9 * even, torch.arange(6) % 2, even, look)


@pytest.mark.parametrize("seed", range(3))
def test_the_front_is_what_a_loop_over_pairs_leaves(seed):
    points = torch.randint(0, 5, (25, 3), generator=torch.Generator().manual_seed(seed)).double()
    rows = points.tolist()

    def beats(a, b):
        return all(x >= y for x, y in zip(a, b, strict=True)) and a != b

    wanted = [any(beats(other, row) for other in rows) for row in rows]
    assert is_dominated(points).tolist() == wanted
    front = pareto_front(points).tolist()
    assert {tuple(rows[n]) for n in front} == {tuple(r) for r, w in zip(rows, wanted, strict=True) if not w}
    assert len(front) == len({tuple(rows[n]) for n in front})
    assert [rows[n][0] for n in front] == sorted((rows[n][0] for n in front), reverse=True)


def test_an_area_counts_each_place_once_and_nothing_below_the_reference():
    points = torch.tensor([[1.0, 3.0], [2.0, 2.0], [1.5, 1.0], [3.0, 0.5], [9.0, -1.0]])
    assert hypervolume(points, torch.zeros(2)) == pytest.approx(5.5)
    assert hypervolume(points, torch.tensor([0.5, 1.0])) == pytest.approx(0.5 * 2 + 1.0 * 1)
    assert hypervolume(points, torch.tensor([5.0, 5.0])) == 0.0
    more = torch.cat([points, torch.tensor([[2.5, 2.5]])])
    assert hypervolume(more, torch.zeros(2)) > hypervolume(points, torch.zeros(2))


def test_no_list_has_more_of_a_weighted_sum():
    shelf = small_shelf()
    for share in (0.0, 0.3, 0.5, 0.9, 1.0):
        worth = weighted(shelf.click, shelf.purchase, share)
        best = list_worth(shelf, best_lists(worth, 3))
        mine = float((1 - share) * best.clicks + share * best.purchases)
        every = torch.tensor(list(itertools.permutations(range(1, 6), 3)))
        found = [list_worth(shelf, one[None]) for one in every]
        others = [float((1 - share) * each.clicks + share * each.purchases) for each in found]
        assert mine == pytest.approx(max(others))
        assert mine > max(o for o in others if o < mine - 1e-9)


def test_a_shelf_agrees_with_what_the_true_types_do(world, shelf):
    """The oracle's list worth is the mean over types: over many users it is what true chances give."""
    many = simulate("shop", users=1500, seed=9, clickbait=1.5)
    requests = many.click_batch
    told = shelf_of(many, requests)
    lists = best_lists(told.click, 12)
    click, bought = true_chances(many, requests, lists)
    real = (click * bought).sum(1)
    error = float((real - list_worth(told, lists).purchases).std()) / len(real) ** 0.5
    assert abs(float(real.mean()) - list_worth(told, lists).means()["purchases"]) < 4 * error
    error = float((click.sum(1) - list_worth(told, lists).clicks).std()) / len(real) ** 0.5
    assert abs(float(click.sum(1).mean()) - list_worth(told, lists).means()["clicks"]) < 4 * error


def test_what_was_seen_is_worth_nothing_and_a_belief_replaces_the_truth(world, shelf):
    batch = world.click_batch
    seen = shelf.click.gather(1, batch.items.clamp(min=0))[batch.mask()]
    assert float(seen.max()) == 0.0 and float(shelf.click[:, 1:].max()) > 0.1
    found = Chances(
        torch.full((60, world.n_items), 0.2).double(), torch.full((60, world.n_items), 0.5).double()
    )
    belief = shelf.believed(found)
    assert float(belief.click[:, 0].max()) == 0 and torch.equal(belief.purchase[:, 1:], found.both)
    assert torch.equal(belief.price, shelf.price)


def test_more_weight_on_diversity_brings_more_categories_and_fewer_clicks(shelf):
    alike = (shelf.category[:, None] == shelf.category[None]).double()
    value = shelf.click / shelf.click.amax(1, keepdim=True)
    found = [list_worth(shelf, marginal_relevance(value, alike, 12, w)).means() for w in (1.0, 0.8, 0.4)]
    assert found[0]["categories"] < found[1]["categories"] <= found[2]["categories"]
    assert found[0]["clicks"] > found[1]["clicks"] > found[2]["clicks"]
    assert torch.equal(marginal_relevance(value, alike, 12, 1.0), best_lists(value, 12))


def test_novelty_is_the_mean_surprise_of_the_items(world, shelf):
    lists = best_lists(shelf.click, 3)
    count = np.bincount(world.log.items, minlength=world.n_items + 1)
    share = np.maximum(count, 0.5) / count.sum()
    wanted = -np.log2(share[lists.numpy()]).mean(1)
    np.testing.assert_allclose(list_worth(shelf, lists).novelty, wanted, rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda s: list_worth(s, torch.tensor([[1, 1, 2]])), "stands twice"),
        (lambda s: list_worth(s, torch.tensor([[1, 2, 3, 4]])), "at most 3 places"),
        (lambda s: best_lists(s.click, 6), "catalogue of 5 items"),
        (lambda s: weighted(s.click, s.purchase, 1.5), "0 to 1"),
        (lambda s: weighted(s.click, s.price, 0.5), "shapes"),
        (lambda s: marginal_relevance(s.click, torch.eye(3), 2, 0.5), r"\(V\+1, V\+1\)"),
        (lambda s: marginal_relevance(s.click, torch.eye(6), 2, -1.0), "0 to 1"),
        (lambda s: pareto_front(torch.tensor([1.0, 2.0])), "a row a compromise"),
        (lambda s: pareto_front(torch.tensor([[1.0, float("nan")]])), "point 0 holds"),
        (lambda s: hypervolume(torch.ones(2, 3), torch.zeros(3)), "two goals"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(call, why):
    with pytest.raises(InputError, match=why):
        call(small_shelf())


def test_a_world_that_sells_nothing_has_no_shelf():
    ads = simulate("ads", users=30, seed=1)
    with pytest.raises(InputError, match="nothing can be bought"):
        shelf_of(ads, ads.click_batch)
