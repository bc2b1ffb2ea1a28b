"""REINFORCE against the exact gradient, the logger's bias and its mending, top-K, simulators, serving."""

import pytest
import torch

from seqrec_lib.data.worlds import greedy, play, session_world
from seqrec_lib.losses.policy_gradient import policy_loss, top_k_factor
from seqrec_lib.messages import InputError
from seqrec_lib.policies import (
    chooses,
    exact_gradient,
    fit_simulator,
    gradient_of,
    learn_from_log,
    learn_online,
)
from seqrec_lib.policies.learning import SIGNALS, policy_of


def scores_of(world, seed=0):
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(world.settings.steps, *world.click.shape, generator=draw, dtype=torch.float64)


@pytest.mark.parametrize("signal", SIGNALS)
def test_each_signal_estimates_the_exact_gradient(signal):
    world = session_world("small-feed")
    scores = scores_of(world)
    exact = exact_gradient(world, scores)
    found = gradient_of(world, scores, play(world, policy_of(scores), 300_000, 1), signal)
    assert float((found - exact).norm()) < 0.06 * float(exact.norm())


def test_the_return_from_here_on_has_less_spread_and_a_baseline_less_still():
    world = session_world("small-feed")
    scores = scores_of(world)
    spread = []
    for signal in SIGNALS:
        found = [
            gradient_of(world, scores, play(world, policy_of(scores), 100, s), signal) for s in range(60)
        ]
        spread.append(float(torch.stack(found).var(0).sum()))
    assert spread[0] > 1.2 * spread[1] > 1.2 * 1.2 * spread[2]


def test_learning_online_comes_near_the_optimum_and_never_above():
    world = session_world("small-feed")
    course = learn_online(world, rounds=80, sessions=100)
    best, myopic = float(world.value(world.best())), float(world.value(world.myopic()))
    assert myopic < course.values[-1] < best and course.values[-1] > myopic + 0.8 * (best - myopic)


def test_without_correction_the_logger_shines_through_and_with_it_does_not():
    """One place, one state: the fixed points are behaviour x reward, and the best item."""
    reward = torch.tensor([0.2, 0.5, 0.6], dtype=torch.float64)
    logger = torch.tensor([0.7, 0.2, 0.1], dtype=torch.float64)
    found = {}
    for corrected in (False, True):
        scores = torch.zeros(3, dtype=torch.float64, requires_grad=True)
        adam = torch.optim.Adam([scores], lr=0.05)
        for _ in range(1500):
            adam.zero_grad()
            logs = scores.log_softmax(0)
            # The whole expectation: each item as often as the logger shows it.
            gains = reward * (logs.detach().exp() / logger if corrected else 1)
            (-(logger * gains * logs).sum()).backward()
            adam.step()
        found[corrected] = scores.detach().softmax(0)
    torch.testing.assert_close(found[False], logger * reward / (logger * reward).sum(), atol=1e-3, rtol=0)
    assert found[True].argmax() == 2 and found[True][2] > 0.95


def test_correction_and_the_right_cap_pay_in_sessions():
    world = session_world("small-feed")
    log = play(world, world.logger(), 4000, 3)
    plain, mended = (
        learn_from_log(world, log, corrected, 5.0, steps=120).values[-1] for corrected in (False, True)
    )
    assert mended > plain + 0.3
    assert mended < float(world.value(world.best()))


def test_the_factor_is_the_slope_of_the_chance_to_be_in_the_list():
    for k in (1, 2, 3, 8):
        p = torch.tensor([0.0, 0.1, 0.5, 0.99], dtype=torch.float64, requires_grad=True)
        (1 - (1 - p) ** k).sum().backward()
        torch.testing.assert_close(top_k_factor(p.detach().log(), k), p.grad)


def test_a_weight_is_a_constant():
    logs = torch.tensor([-0.5, -2.0], dtype=torch.float64, requires_grad=True)
    value = policy_loss(logs, torch.tensor([1.0, 2.0]).double(), torch.tensor([-1.0, -3.0]).double(), 1.5, 3)
    value.backward()
    weight = torch.tensor([min(1.5, torch.e**0.5), 1.5]).double()
    factor = 3 * (1 - logs.detach().exp()) ** 2
    torch.testing.assert_close(logs.grad, -weight * factor * torch.tensor([1.0, 2.0]).double() / 2)


def test_a_simulator_of_the_right_form_finds_the_optimum_and_one_without_trust_promises_too_much():
    world = session_world("small-feed")
    log = play(world, world.logger(), 30_000, 5)
    best, myopic = float(world.value(world.best())), float(world.value(world.myopic()))
    right, wrong = (fit_simulator(world, log, form) for form in ("interest and trust", "interest alone"))
    assert abs(right.promises(right.best()) - best) < 0.1
    assert float(world.value(right.best())) > best - 0.05
    assert wrong.promises(wrong.best()) > best > float(world.value(wrong.best())) + 0.5
    assert float(world.value(wrong.best())) < myopic + 0.3
    # On the policy that wrote the log both agree with the truth: the log alone does not tell them apart.
    for each in (right, wrong):
        assert abs(each.promises(world.logger()) - float(world.value(world.logger()))) < 0.05


def test_a_table_and_the_same_table_behind_a_model_play_the_same():
    world = session_world("small-feed")
    table = greedy(world.worth(world.logger())[0])

    class Reads:
        n_items = world.n_items

        def score(self, batch, candidates=None):
            return table[world.states(batch.items, batch.events == 2)[:, -1]].log()

    seen, known = play(world, chooses(Reads()), 2000, 1), play(world, table, 2000, 1)
    assert torch.equal(seen.items, known.items)


def test_bad_input_is_refused():
    world = session_world("small-feed")
    log = play(world, world.logger(), 50, 0)
    with pytest.raises(InputError, match="with baseline"):
        gradient_of(world, scores_of(world), log, "with baselin")
    with pytest.raises(InputError, match="interest alone"):
        fit_simulator(world, log, "interest alon")
    with pytest.raises(InputError, match="prior is 0"):
        fit_simulator(world, log, prior=0)
    with pytest.raises(InputError, match="temperature"):
        chooses(object(), temperature=0)
