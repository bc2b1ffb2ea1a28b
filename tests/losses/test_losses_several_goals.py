"""Clicks and purchases as two goals: losses that agree with probabilities, gradients that reach the loop."""

import math

import pytest
import torch
from tiny_models import batch_of, model_of, slates_of

from seqrec_lib.losses.conflicts import combined, gradients_of, mgda, mgda_weight, pcgrad, with_gradient
from seqrec_lib.losses.objectives import ClicksObjective, click_objective
from seqrec_lib.losses.several_goals import SeveralGoals, both_logits
from seqrec_lib.messages import InputError

CHANCE = {"negatives": torch.Generator().manual_seed(0)}


def test_the_logit_of_the_product_is_exact_far_out():
    click = torch.tensor([0.3, 40.0, -60.0, 30.0], dtype=torch.float64)
    bought = torch.tensor([-1.2, 35.0, -70.0, -30.0], dtype=torch.float64)
    found = both_logits(click, bought)
    p = 1 / (1 + math.exp(-0.3)) / (1 + math.exp(1.2))
    assert float(found[0]) == pytest.approx(math.log(p / (1 - p)))
    assert torch.isfinite(found).all() and float(found[2]) == pytest.approx(-130.0)
    assert 34 < float(found[1]) < 35 and float(found[3]) == pytest.approx(-30.0, abs=1e-6)


def test_the_shortest_mix_hurts_neither_goal():
    draw = torch.Generator().manual_seed(1)
    for _ in range(20):
        one, two = torch.randn(2, 9, generator=draw, dtype=torch.float64)
        mix = mgda(torch.stack([one, two]))
        assert float(mix @ one) >= -1e-9 and float(mix @ two) >= -1e-9
        grid = torch.linspace(0, 1, 201, dtype=torch.float64)[:, None]
        assert float(mix.norm()) <= float((grid * one + (1 - grid) * two).norm(dim=1).min()) + 1e-9
    assert float(mgda_weight(one, one)) == 0.5


def test_what_is_projected_no_longer_conflicts_and_agreement_is_a_sum():
    one, two = torch.tensor([[2.0, 0.0], [-1.0, 1.0]])
    assert pcgrad(torch.stack([one, two])).tolist() == [1.0, 2.0]
    agree = torch.stack([one, one + two])
    assert torch.equal(pcgrad(agree), agree.sum(0))
    three = torch.randn(3, 5, generator=torch.Generator().manual_seed(3))
    found = {tuple(pcgrad(three, torch.Generator().manual_seed(n)).tolist()) for n in range(20)}
    assert len(found) > 1  # with three goals the order matters
    with pytest.raises(InputError, match="give a generator"):
        pcgrad(three)
    with pytest.raises(InputError, match="two gradients"):
        mgda(three)


def test_torchjd_agrees():
    aggregation = pytest.importorskip("torchjd.aggregation")
    draw = torch.Generator().manual_seed(5)
    for _ in range(5):
        both = torch.randn(2, 12, generator=draw)
        torch.testing.assert_close(aggregation.PCGrad()(both), pcgrad(both))
        torch.testing.assert_close(aggregation.MGDA()(both), mgda(both), atol=5e-3, rtol=5e-2)


def test_a_value_carries_any_gradient_through_backward():
    weight, other = (torch.nn.Parameter(torch.randn(3)) for _ in range(2))
    wanted = torch.tensor([1.0, -2.0, 0.5])
    value = with_gradient(torch.tensor(0.7), [weight, other], [wanted, None])
    assert float(value) == pytest.approx(0.7)
    value.backward()
    assert torch.equal(weight.grad, wanted) and other.grad is None


@pytest.mark.parametrize("name", ["shared-bottom", "mmoe", "ple", "esmm"])
@pytest.mark.parametrize("how", ["mgda", "pcgrad"])
def test_the_objective_combines_what_is_shared_and_adds_the_rest(name, how):
    model, slates = model_of(name, combine=how), slates_of(batch_of())
    objective = SeveralGoals()
    objective.parameters = list(model.parameters())
    value, count = objective(model, slates, CHANCE)
    assert count == int((slates.candidates > 0).sum())
    value.backward()
    found = gradients_of(objective.goals(model, slates), objective.parameters)
    shared = [all(g is not None for g in pair) for pair in zip(*found, strict=True)]
    assert any(shared) and not all(shared)
    rows = [torch.cat([g.flatten() for g, s in zip(row, shared, strict=True) if s]) for row in found]
    mixed = (mgda if how == "mgda" else pcgrad)(torch.stack(rows))
    got = [p.grad for p, s in zip(objective.parameters, shared, strict=True) if s]
    torch.testing.assert_close(torch.cat([g.flatten() for g in got]), mixed)
    for parameter, pair, both in zip(objective.parameters, zip(*found, strict=True), shared, strict=True):
        if not both:
            torch.testing.assert_close(parameter.grad, sum(g for g in pair if g is not None))


def test_a_weight_multiplies_the_purchase_alone():
    slates = slates_of(batch_of())
    plain, heavy = (SeveralGoals().goals(model_of("mmoe", buy_weight=w), slates) for w in (1.0, 3.0))
    torch.testing.assert_close(torch.stack(heavy), torch.stack([plain[0], 3 * plain[1]]))


def test_goals_that_share_nothing_or_an_unknown_way_are_refused():
    one, two = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    found = gradients_of([one.sum(), two.sum()], [one, two])
    with pytest.raises(InputError, match="share no parameters"):
        combined(found, "mgda")
    both = gradients_of([one.sum(), (2 * one).sum()], [one])
    with pytest.raises(InputError, match="not by 'sum'"):
        combined(both, "sum")


def test_a_batch_that_does_not_say_what_was_bought_is_refused():
    slates = slates_of(batch_of())
    slates.bought = None
    with pytest.raises(InputError, match="purchases=True"):
        SeveralGoals()(model_of("esmm"), slates, CHANCE)
    assert isinstance(click_objective(model_of("esmm")), SeveralGoals)
    assert isinstance(click_objective(model_of("din")), ClicksObjective)
