"""Judging explanations: the cause first, curves, agreement, and models that learned nothing."""

import pytest
import torch
from scipy.stats import kendalltau
from test_explain_methods import HISTORY, LogAdditive
from tiny_models import model_of

from seqrec_lib.explain import (
    Game,
    cause_first,
    deletion_curve,
    explain,
    kendall_tau,
    occlusion,
    with_random_weights,
)
from seqrec_lib.messages import InputError


def test_the_cause_comes_first_and_ties_are_shared():
    shares = torch.tensor(
        [[0.1, 0.9, 0.0, 0.0], [0.5, 0.5, 0.1, 9.0], [-1.0, -1.0, -1.0, 0.0], [0.2, 0.1, 0.0, 0.0]]
    )
    found = cause_first(shares, torch.tensor([1, 0, 2, 1]), torch.tensor([4, 3, 3, 2]))
    assert found.tolist() == pytest.approx([1.0, 0.5, 1 / 3, 0.0])


def test_uniform_shares_name_the_cause_one_time_in_t():
    assert cause_first(torch.ones(1, 7), torch.tensor([2]), torch.tensor([5])).item() == pytest.approx(0.2)


def test_events_leave_by_their_shares_and_only_those():
    game = Game(LogAdditive(), HISTORY, 20, draws=2)
    own = occlusion(game)
    curve = deletion_curve(game, own)
    assert len(curve) == 6 and curve[0] == game.whole() and torch.isclose(curve[-1], game.empty())
    torch.testing.assert_close(curve.diff(), -own.sort(descending=True).values)
    other = deletion_curve(game, -own, most=2)
    torch.testing.assert_close(other.diff(), -own.sort().values[:2])
    ties = deletion_curve(game, torch.zeros(5), most=1)
    torch.testing.assert_close(ties.diff(), -own[-1:])
    with pytest.raises(InputError, match="4 shares for 5 events"):
        deletion_curve(game, torch.zeros(4))


def test_tau_equals_that_of_scipy():
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        one = torch.randint(0, 5, (12,), generator=generator)
        other = one + torch.randint(-2, 3, (12,), generator=generator)
        assert kendall_tau(one, other) == pytest.approx(kendalltau(one, other).statistic)
    assert kendall_tau(one, one) == 1 and kendall_tau(one, -one) == -1
    assert kendall_tau(one, torch.ones(12)) != kendall_tau(one, torch.ones(12))  # nan


def test_random_weights_keep_the_numbers_and_lose_the_order():
    model = model_of("sasrec")
    other = with_random_weights(model, seed=1)
    for own, shuffled in zip(model.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(own.flatten().sort().values, shuffled.flatten().sort().values)
    assert (other.embedding.weight[0] == 0).all()
    assert (explain(model, HISTORY, 6) - explain(other, HISTORY, 6)).abs().max() > 1e-3
    again = with_random_weights(model, seed=1)
    torch.testing.assert_close(again.embedding.weight, other.embedding.weight)
    assert (with_random_weights(model, seed=2).embedding.weight != other.embedding.weight).any()
    with pytest.raises(InputError, match="no weights"):
        with_random_weights(LogAdditive())
