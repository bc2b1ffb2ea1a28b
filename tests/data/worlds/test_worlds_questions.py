"""Questions to a hidden type, and what a change of a history costs: against enumeration and draws."""

import math

import pytest
import torch

from seqrec_lib.data import Batch, simulate
from seqrec_lib.data.worlds.meaning import divergence_of, filled, meaning_lost
from seqrec_lib.data.worlds.questions import (
    answer_entropy,
    belief_after,
    entropy,
    expected_ndcg,
    information_gain,
    interview,
    questions,
)


@pytest.fixture(scope="module")
def asked_of():
    return questions(simulate("shop", users=5, seed=0))


def test_what_can_be_asked_is_the_worlds_own(asked_of):
    world = simulate("shop", users=5, seed=0)
    one = torch.zeros(1, 1, dtype=torch.int64)
    when = torch.zeros(1, dtype=torch.float64) + 1.0
    assert asked_of.yes.shape == (world.n_items + 1, len(asked_of.prior)) and not asked_of.yes[0].any()
    from seqrec_lib.data.worlds.clock import EPOCH

    p = world.click_oracle(one, one.double(), torch.zeros(1).long(), when * EPOCH,
                           torch.arange(1, world.n_items + 1)[None],
                           torch.ones(1, world.n_items, dtype=torch.int64))[0]  # fmt: skip
    torch.testing.assert_close(asked_of.yes[1:] @ asked_of.prior, p)
    q = world.oracle(one, one.double(), torch.zeros(1).long(), when * EPOCH)[0]
    torch.testing.assert_close(asked_of.prior @ asked_of.following, q)


def test_the_gain_is_what_entropy_falls_by_on_average(asked_of):
    """Monte Carlo: ask one item of many users; the mean entropy after the answer falls by the gain."""
    kind = torch.multinomial(asked_of.prior, 40_000, True, generator=torch.Generator().manual_seed(0))
    item = int(information_gain(asked_of.prior[None], asked_of.yes)[0].argmax())

    def rule(asked, clicked):
        value = torch.zeros(len(kind), len(asked_of.yes))
        value[:, item] = 1.0
        return value

    first, second = interview(asked_of, kind, rule, 1, torch.Generator().manual_seed(1))
    fell = entropy(first) - entropy(second)
    expected = float(information_gain(asked_of.prior[None], asked_of.yes)[0, item])
    assert abs(float(fell.mean()) - expected) < 4 * float(fell.std()) / 200
    assert 0 <= expected <= float(answer_entropy(asked_of.prior[None], asked_of.yes)[0, item])


def test_beliefs_are_calibrated(asked_of):
    """Those who are believed to be of type 0 with some chance are so that often."""
    kind = torch.multinomial(asked_of.prior, 4000, True, generator=torch.Generator().manual_seed(2))
    rule = lambda asked, clicked: information_gain(  # noqa: E731
        belief_after(asked_of.prior, asked_of.yes, asked, clicked), asked_of.yes
    )
    last = interview(asked_of, kind, rule, 4, torch.Generator().manual_seed(3))[-1]
    gap = last - torch.nn.functional.one_hot(kind, last.shape[1])
    assert bool((gap.mean(0).abs() < 4 * gap.std(0) / 4000**0.5).all())


def test_an_item_is_asked_once(asked_of):
    seen = []
    rule = lambda asked, clicked: (seen.append(asked), torch.zeros(3, len(asked_of.yes)))[1]  # noqa: E731
    interview(asked_of, torch.zeros(3, dtype=torch.int64), rule, 5, torch.Generator())
    assert all(len(set(row.tolist())) == 4 and 0 not in row for row in seen[-1])


def test_who_knows_the_type_ranks_best(asked_of):
    z = len(asked_of.prior)
    kind = torch.arange(z)
    knows = expected_ndcg(torch.eye(z, dtype=torch.float64), kind, asked_of.following)
    not_asked = expected_ndcg(asked_of.prior.expand(z, -1), kind, asked_of.following)
    assert bool((knows >= not_asked).all()) and float(knows.mean()) > float(not_asked.mean()) + 0.03


def test_a_world_that_shows_nothing_has_no_questions():
    with pytest.raises(ValueError, match="shows nothing"):
        questions(simulate("video", users=3, seed=0))


def test_a_change_of_nothing_costs_nothing():
    world = simulate("video", users=8, seed=0)
    history = Batch(items=world.draw.items[:, :12], lengths=torch.full((8,), 12))
    torch.testing.assert_close(meaning_lost(world, history, [history]), torch.zeros(8, dtype=torch.float64))
    gaps = torch.zeros_like(history.items, dtype=torch.bool)
    gaps[:, 11] = True
    fills = [filled(history, gaps, world.n_items, torch.Generator().manual_seed(n)) for n in range(3)]
    assert bool((meaning_lost(world, history, fills) > 0).all())
    for copy in fills:
        assert torch.equal(copy.items[:, :11], history.items[:, :11])
        assert all(len(set(row.tolist())) == 12 for row in copy.items)
    with pytest.raises(ValueError, match="one changed copy"):
        meaning_lost(world, history, [])
    with pytest.raises(ValueError, match="use 'video'"):
        meaning_lost(simulate("shop", users=3, seed=0), history, [history])


def test_a_divergence_takes_zero_log_zero_as_zero():
    p, q = torch.tensor([0.5, 0.5, 0.0]), torch.tensor([0.25, 0.5, 0.25])
    assert float(divergence_of(p.double(), q.double())) == pytest.approx(0.5 * math.log(2))
