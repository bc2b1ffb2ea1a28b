"""Lists with items left out, recall against the exact list, and two stages as one recommender."""

import pytest
import torch

from seqrec_lib import evaluate
from seqrec_lib.data import Batch, leave_one_out, simulate
from seqrec_lib.messages import InputError
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.retrieval import (
    Indexed,
    RecalledObjective,
    TwoStage,
    build_index,
    recall_at_k,
    search_allowed,
)

MATRIX = torch.tensor([[0.0], [5.0], [4.0], [3.0], [2.0], [1.0], [-1.0]])  # items 1 to 6, best first
QUERIES = torch.tensor([[1.0], [2.0], [-1.0]])


def test_what_was_seen_leaves_and_k_remain():
    seen = (torch.tensor([0, 0, 2, 0]), torch.tensor([1, 3, 6, 1]))  # listed twice is left out once
    found = search_allowed(build_index(MATRIX), QUERIES, 3, seen)
    assert found.items.tolist() == [[2, 4, 5], [1, 2, 3], [5, 4, 3]]
    assert found.scores[0].tolist() == [4.0, 2.0, 1.0] and len(found.short) == 0


def test_a_filter_that_leaves_too_few_says_so():
    found = search_allowed(build_index(MATRIX), QUERIES, 3, banned=[1, 2, 3, 4])
    assert found.items.tolist() == [[5, 6, 0], [5, 6, 0], [6, 5, 0]]
    assert found.scores[:, 2].tolist() == [-torch.inf] * 3
    assert found.short.tolist() == [0, 1, 2]


def test_more_is_fetched_until_the_lists_are_full_or_the_limit_is_reached():
    asked = []
    index = build_index(MATRIX)
    search = index.search
    index.search = lambda queries, k: asked.append((len(queries), k)) or search(queries, k)
    seen = (torch.tensor([0, 0]), torch.tensor([6, 6]))  # counted twice, so too much is fetched at once
    search_allowed(index, QUERIES, 2, seen)
    assert asked == [(3, 4)]
    asked.clear()
    lazy = search_allowed(index, QUERIES, 2, banned=torch.tensor([1, 2]), most=3)
    assert asked == [(3, 3)] and lazy.items.tolist() == [[3, 0], [3, 0], [6, 5]]


def test_an_index_that_misses_items_is_asked_again():
    """Cells of an inverted file hold few items each: with one probe a list may be short."""
    matrix = torch.randn(401, 4, generator=torch.Generator().manual_seed(1))
    index = build_index(matrix, "ivf", lists=100, probes=1)
    assert len(index.search(matrix[1:50], 20).short) > 0
    found = search_allowed(index, matrix[1:50], 20)
    assert len(found.short) > 0 and found.items.shape == (49, 20)  # asked for all, and it still has no more
    real = found.items > 0
    assert bool((real[:, 1:] <= real[:, :-1]).all())  # what is missing is missing at the end


def test_recall_is_of_the_exact_list():
    exact = torch.tensor([[1, 2, 3, 4], [5, 6, 0, 0], [7, 8, 9, 1]])
    found = torch.tensor([[4, 9, 2, 2], [6, 1, 2, 3], [0, 0, 0, 0]])
    assert recall_at_k(found, exact).tolist() == [0.5, 0.5, 0.0]
    with pytest.raises(InputError, match="no item"):
        recall_at_k(found, exact * 0)
    with pytest.raises(InputError, match="must be"):
        recall_at_k(found[:2], exact)


@pytest.fixture(scope="module")
def world():
    world = simulate("video", users=80, seed=2)
    split = leave_one_out(world, max_len=20)
    torch.manual_seed(0)
    first = build(recipe_settings("gru4rec", world.n_items, dim=8, max_len=20))
    ranker = build(recipe_settings("din", world.n_items, dim=8, max_len=20))
    return split, first, ranker


def test_an_index_of_all_items_changes_no_figure(world):
    split, first, _ = world
    index = build_index(first.item_matrix())
    through = Indexed(first, index, first.n_items, unseen=False)
    assert evaluate(through, split.test).metrics == pytest.approx(evaluate(first, split.test).metrics)


def test_two_stages_are_bounded_by_the_first(world):
    split, first, ranker = world
    stage = Indexed(first, build_index(first.item_matrix()), 20)
    found = stage.recall(split.test.batch)
    inside = (found.items == split.test.target[:, None]).any(1)
    assert 0 < int(inside.sum()) < len(inside)
    gains = evaluate(TwoStage(stage, ranker), split.test, ks=(10,)).values("NDCG@10")
    gains = torch.as_tensor(gains)
    assert bool((gains[~inside] == 0).all()) and float(gains.sum()) > 0  # lost is lost, and it still counts
    assert float(gains.mean()) <= float(inside.double().mean())
    batch = split.test.batch
    seen = (found.items[:, :, None] == batch.items[:, None, :]).any(2)
    assert not bool((seen & (found.items > 0)).any())
    scores = TwoStage(stage, ranker).score(batch)
    assert int((scores[0] > -torch.inf).sum()) == 20
    picked = TwoStage(stage, ranker).score(batch, found.items)
    torch.testing.assert_close(picked, scores.gather(1, found.items))


def test_a_stage_of_another_catalogue_is_refused(world):
    _, first, ranker = world
    with pytest.raises(InputError, match="the index holds 6 items"):
        Indexed(first, build_index(MATRIX), 3)
    other = build(recipe_settings("din", 6))
    with pytest.raises(InputError, match="and the ranker 6"):
        TwoStage(Indexed(first, build_index(first.item_matrix()), 5), other)


class Watched:
    """A ranker that keeps what it was asked."""

    def __init__(self, n_items):
        self.n_items, self.asked = n_items, []

    def logits(self, batch, candidates, seen=None):
        self.asked.append((candidates, seen))
        return torch.zeros(candidates.shape).requires_grad_()


@pytest.mark.parametrize("random, recalled, steps", [(3, 0, 1), (0, 4, 3), (2, 5, 6)])
def test_negatives_are_never_the_target_and_read_no_future(world, random, recalled, steps):
    split, first, _ = world
    stage = Indexed(first, build_index(first.item_matrix()), 12)
    ranker = Watched(first.n_items)
    batch = split.train.rows(slice(0, 16))
    chance = {"negatives": torch.Generator().manual_seed(5)}
    loss, count = RecalledObjective(stage, random, recalled, steps)(ranker, batch, chance)
    candidates, seen = ranker.asked[0]
    b, each = len(batch), 1 + random + recalled
    assert count == b * steps and candidates.shape == seen.shape == (b, steps * each)
    assert float(loss.detach()) == pytest.approx(torch.tensor(float(each)).log().item())
    candidates, seen = candidates.view(b, steps, each), seen.view(b, steps, each)
    assert bool((seen == seen[:, :, :1]).all())
    target, negatives, upto = candidates[..., 0], candidates[..., 1:], seen[..., 0]
    assert not bool((negatives == target[..., None]).any())
    assert torch.equal(batch.targets.gather(1, upto - 1), target)
    assert all(len(row.unique()) == steps for row in upto)  # no step twice
    for row in range(b):
        for step in range(steps):
            n = int(upto[row, step])
            history = Batch(batch.items[row : row + 1, :n], torch.tensor([n]))
            allowed = set(stage.recall(history).items[0].tolist())
            assert set(negatives[row, step, random:].tolist()) <= allowed


def test_a_row_with_fewer_steps_than_are_drawn_counts_those_it_has(world):
    split, first, ranker = world
    stage = Indexed(first, build_index(first.item_matrix()), 12)
    batch = split.train.rows(slice(0, 3))
    batch.targets = batch.targets.clone()
    batch.targets[0, 2:] = 0
    chance = {"negatives": torch.Generator().manual_seed(5)}
    loss, count = RecalledObjective(stage, 1, 2, steps=4)(ranker, batch, chance)
    assert count == 2 + 4 + 4 and bool(loss.isfinite())


def test_a_ranker_on_top_starts_where_the_first_stage_is(world):
    split, first, ranker = world
    stage = Indexed(first, build_index(first.item_matrix()), 12)
    nothing = Watched(first.n_items)
    nothing.score = lambda batch, candidates=None: torch.zeros(candidates.shape)
    batch = split.test.batch
    torch.testing.assert_close(TwoStage(stage, nothing, add=True).score(batch), stage.score(batch))
    chance = {"negatives": torch.Generator().manual_seed(5)}
    few = split.train.rows(slice(0, 4))
    plain, _ = RecalledObjective(stage, 1, 2)(nothing, few, chance)
    chance = {"negatives": torch.Generator().manual_seed(5)}
    added, _ = RecalledObjective(stage, 1, 2, add=True)(nothing, few, chance)
    assert float((plain - added).detach().abs()) > 1e-4


def test_steps_whose_target_was_lost_may_be_left_out(world):
    split, first, _ = world
    stage = Indexed(first, build_index(first.item_matrix()), 12)
    ranker, batch = Watched(first.n_items), split.train.rows(slice(0, 16))
    counts = [
        RecalledObjective(stage, 1, 2, steps=6, lost=lost)(
            ranker, batch, {"negatives": torch.Generator().manual_seed(5)}
        )[1]
        for lost in (True, False)
    ]
    target = ranker.asked[0][0].view(16, 6, 4)[..., 0]
    upto = ranker.asked[0][1].view(16, 6, 4)[..., 0]
    inside = 0
    for row in range(16):
        for t, n in zip(target[row].tolist(), upto[row].tolist(), strict=True):
            history = Batch(batch.items[row : row + 1, :n], torch.tensor([n]))
            inside += t in stage.recall(history).items[0].tolist()
    assert counts == [16 * 6, inside] and 0 < inside < 16 * 6


def test_the_correction_aims_at_the_whole_softmax(world):
    """Where scores are the logarithms of the targets' chances nothing is left to learn."""
    split, first, _ = world
    stage = Indexed(first, build_index(first.item_matrix()), 12)
    chance = torch.Generator().manual_seed(2)
    p = torch.rand(first.n_items + 1, generator=chance) + 0.2
    p[0] = 0.0
    weight = (p / p.sum()).clamp(min=1e-9).log().requires_grad_()

    class Fixed(Watched):
        def logits(self, batch, candidates, seen=None):
            return weight[candidates]

    batch = split.train.rows(slice(0, 80))
    drawn = torch.multinomial(p, batch.targets.numel(), replacement=True, generator=chance)
    batch.targets = drawn.view_as(batch.targets) * (batch.targets > 0)
    pull = {}
    for correct in (True, False):
        total = torch.zeros_like(weight)
        for seed in range(40):
            made = {"negatives": torch.Generator().manual_seed(seed)}
            objective = RecalledObjective(stage, 10, 10, steps=6, correct=correct)
            total += torch.autograd.grad(objective(Fixed(first.n_items), batch, made)[0], weight)[0]
        often = torch.bincount(stage.recall(batch).items.flatten(), minlength=len(p)).topk(12).indices
        pull[correct] = float(total[often].sum() / 40)  # on the items that are recalled most
    assert abs(pull[True]) < 0.25 * abs(pull[False]) and abs(pull[False]) > 0.02, pull


def test_a_ranker_needs_negatives_and_steps(world):
    _, first, _ = world
    stage = Indexed(first, build_index(first.item_matrix()), 5)
    with pytest.raises(InputError, match="at least 1 is needed"):
        RecalledObjective(stage, 0, 0)
    with pytest.raises(InputError, match="correct needs random"):
        RecalledObjective(stage, 0, 1, correct=True)
    with pytest.raises(InputError, match="steps is 0"):
        RecalledObjective(stage, 1, 0, steps=0)
