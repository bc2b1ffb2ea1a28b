"""Private training: each user's gradient, coins, the account, a run that goes on, and what is refused."""

import math
from dataclasses import replace

import pytest
import torch

from seqrec_lib import fit
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.losses import plain_cross_entropy
from seqrec_lib.messages import InputError
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.privacy import (
    PrivateObjective,
    clipped_sum,
    epsilon,
    noise_for,
    noisy_mean,
    per_user_gradients,
    poisson_rows,
    private_objective,
)
from seqrec_lib.privacy.accounting import opacus_epsilon
from seqrec_lib.privacy.gradients import norms
from seqrec_lib.privacy.private import check_private

SPLIT = leave_one_out(simulate("video", users=60, seed=1), max_len=12)
HOW = {"epochs": 4, "batch_size": 12, "lr": 1e-2, "weight_decay": 0.0, "clip": 0.0, "patience": 0,
       "evaluate_every": 4, "progress": False, "device": "cpu"}  # fmt: skip


def model_of(name="sasrec", **changes):
    torch.manual_seed(0)
    return build(recipe_settings(name, 200, **{"dim": 8, "max_len": 12, "dropout": 0.0, **changes}))


@pytest.mark.parametrize("name", ["sasrec", "lstm-mean", "gru4rec", "nextitnet"])
def test_a_users_gradient_is_that_of_the_user_alone(name):
    model, few = model_of(name), SPLIT.train.rows(slice(0, 4)).trim()
    together = name != "gru4rec"  # vmap does not know its packed rows
    found, losses = per_user_gradients(model, few, together)
    for row in range(4):
        own = few.rows(slice(row, row + 1)).trim()
        states, real = model.hidden(own)[0], own.targets[0] > 0
        value = plain_cross_entropy(states[real], own.targets[0][real], model.item_matrix())
        wanted = torch.autograd.grad(value, list(model.parameters()), allow_unused=True)
        torch.testing.assert_close(losses[row], value.detach(), atol=1e-4, rtol=1e-4)
        for (weight, _), gradient in zip(model.named_parameters(), wanted, strict=True):
            gradient = torch.zeros_like(found[weight][row]) if gradient is None else gradient
            torch.testing.assert_close(found[weight][row], gradient, atol=1e-4, rtol=1e-3)


def test_no_user_adds_more_than_the_clip():
    found, _ = per_user_gradients(model_of(), SPLIT.train.rows(slice(0, 6)).trim())
    whole = clipped_sum(found, 0.3)
    without = clipped_sum({name: value[1:] for name, value in found.items()}, 0.3)
    change = sum(float((whole[name] - without[name]).square().sum()) for name in whole) ** 0.5
    assert norms(found)[0] > 0.3 and change == pytest.approx(0.3, rel=1e-3)


def test_the_noise_is_measured_in_clips_and_divided_with_the_sum():
    draws = noisy_mean({"w": torch.zeros(200_000)}, 2.0, 0.5, 4.0, torch.Generator().manual_seed(1))["w"]
    assert float(draws.std()) == pytest.approx(2.0 * 0.5 / 4.0, rel=0.01)


def test_coins_give_batches_of_all_sizes():
    draw = torch.Generator().manual_seed(0)
    counts = torch.tensor([float(len(poisson_rows(50, 0.1, draw))) for _ in range(2000)])
    assert float(counts.mean()) == pytest.approx(5, abs=0.2)
    assert float(counts.var()) == pytest.approx(50 * 0.1 * 0.9, rel=0.15) and counts.min() == 0


@pytest.mark.parametrize(("noise", "rate", "steps"), [(1.0, 0.03, 600), (0.7, 0.2, 40), (5.0, 0.1, 200)])
def test_the_account_is_that_of_opacus(noise, rate, steps):
    pytest.importorskip("opacus")
    mine = epsilon(noise, rate, steps, 1e-5)
    assert mine == pytest.approx(opacus_epsilon(noise, rate, steps, 1e-5), rel=1e-9)
    assert opacus_epsilon(noise, rate, steps, 1e-5, "prv") <= mine * 1.001


def test_the_chosen_noise_keeps_the_budget_and_little_less_does_not():
    noise = noise_for(3.0, 0.1, 200, 1e-5)
    assert epsilon(noise, 0.1, 200, 1e-5) <= 3.0 < epsilon(noise * 0.99, 0.1, 200, 1e-5)


def test_a_run_within_a_budget_spends_what_was_planned():
    objective = private_objective(60, 12, 4, 8.0, 1e-3)
    history = fit(model_of(), SPLIT, objective=objective, **HOW)
    assert history.epochs[-1]["steps"] == 20 and 7.9 < objective.spent(20) <= 8.0
    assert history.best_epoch == 4 and history.settings["objective"].startswith("private:noise=")


def test_padding_stays_where_it_is():
    model = model_of()
    fit(model, SPLIT, objective=private_objective(60, 12, 4, 2.0, 1e-3), **HOW)
    assert not model.embedding.weight[0].any() and model.embedding.weight[1:].any(1).all()


def test_a_batch_with_nobody_is_noise_alone():
    objective, model = PrivateObjective(1.0, 1.0, 0.2, 1e-3), model_of()
    objective.prepare(model, SPLIT)
    nobody = SPLIT.train.rows(torch.zeros(0, dtype=torch.int64))
    value, count = objective(model, nobody, {"noise": torch.Generator().manual_seed(0)})
    value.backward()
    assert count == 0 and float(value) == 0 and float(model.embedding.weight.grad[1:].std()) > 0


def test_a_run_that_goes_on_equals_one_that_was_not_stopped(tmp_path, monkeypatch):
    whole = model_of()
    fit(whole, SPLIT, objective=private_objective(60, 12, 4, 8.0, 1e-3), **HOW)
    import seqrec_lib.training.fitting as fitting

    class Stopped(Exception):
        pass

    saved = fitting.RunState.save

    def save(run, improved):
        saved(run, improved)
        if len(run.history.epochs) == 2:
            raise Stopped

    monkeypatch.setattr(fitting.RunState, "save", save)
    with pytest.raises(Stopped):
        fit(model_of(), SPLIT, objective=private_objective(60, 12, 4, 8.0, 1e-3), out=tmp_path, **HOW)
    monkeypatch.setattr(fitting.RunState, "save", saved)
    later, objective = model_of(), private_objective(60, 12, 4, 8.0, 1e-3)
    history = fit(later, SPLIT, objective=objective, out=tmp_path, resume=True, **HOW)
    assert objective.spent(history.epochs[-1]["steps"]) == objective.spent(20) > objective.spent(10)
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, later.state_dict()[name]), name
    with pytest.raises(InputError, match="objective was 'private:noise="):
        other = private_objective(60, 12, 4, 2.0, 1e-3)
        fit(model_of(), SPLIT, objective=other, out=tmp_path, resume=True, **HOW)


@pytest.mark.parametrize(
    ("name", "words"), [("bert4rec", "state after each item"), ("bpr-mf", "a vector for each user")]
)
def test_a_model_that_cannot_says_so(name, words):
    more = {"n_users": 60} if name == "bpr-mf" else {}
    with pytest.raises(InputError, match=words):
        check_private(build(recipe_settings(name, 200, max_len=12, dim=8, **more)), SPLIT)


def test_a_split_that_cannot_says_so():
    twice = replace(SPLIT, train=SPLIT.train.rows(torch.tensor([0, 0, 1])))
    with pytest.raises(InputError, match="several training rows"):
        check_private(model_of(), twice)
    normed = model_of()
    normed.extra = torch.nn.BatchNorm1d(3)
    with pytest.raises(InputError, match="by the others of a batch"):
        check_private(normed, SPLIT)
    with pytest.raises(InputError, match="delta is 0.1"):
        PrivateObjective(1.0, 1.0, 0.2, 0.1).prepare(model_of(), SPLIT)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: epsilon(0.0, 0.1, 5, 1e-5), "noise is 0.0"),
        (lambda: epsilon(1.0, 1.5, 5, 1e-5), "rate is 1.5"),
        (lambda: epsilon(1.0, 0.1, 5, 1.0), "delta is 1.0"),
        (lambda: epsilon(1.0, 0.1, -1, 1e-5), "steps is -1"),
        (lambda: epsilon(1.0, 0.1, 5, 1e-5, "pvr"), "did you mean prv"),
        (lambda: noise_for(0.0, 0.1, 5, 1e-5), "epsilon is 0.0"),
        (lambda: noise_for(1e-7, 1.0, 10_000, 1e-5), "train for fewer epochs"),
        (lambda: PrivateObjective(1.0, 0.0, 0.1), "clip is 0.0"),
        (lambda: private_objective(10, 20, 1, 1.0), "only 10 users"),
    ],
)
def test_a_value_outside_its_range_is_named(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_no_steps_cost_nothing_and_one_user_in_each_batch_costs_most():
    assert epsilon(1.0, 0.1, 0, 1e-5) == 0 == epsilon(1.0, 0.0, 9, 1e-5)
    assert math.isfinite(epsilon(1.0, 1.0, 9, 1e-5)) and epsilon(1, 1, 9, 1e-5) > epsilon(1, 0.5, 9, 1e-5)
