"""Distillation: the divergence has its direction and its factor, and the teacher only tells."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.batching import batches
from seqrec_lib.losses import LOSSES
from seqrec_lib.losses.distil import Distilled, soft_targets_loss
from seqrec_lib.messages import InputError
from seqrec_lib.models import build, recipe_settings

DRAW = torch.Generator().manual_seed(3)
STUDENT, TEACHER = (2 * torch.randn(5, 7, generator=DRAW, dtype=torch.float64) for _ in range(2))


@pytest.fixture(scope="module")
def split():
    return leave_one_out(simulate("video", users=40, seed=1), max_len=10)


def small(split, seed=0, dropout=0.5, n_items=None):
    torch.manual_seed(seed)
    n_items = n_items or split.log.n_items
    return build(recipe_settings("gru4rec", n_items, dim=8, max_len=10, dropout=dropout))


def generators():
    return {name: torch.Generator().manual_seed(8) for name in ("negatives", "noise")}


def training_batch(split):
    """Eight rows of the training part, as ``fit`` makes them."""
    return next(batches(split.train, 8, torch.Generator().manual_seed(0)))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_as_numpy_counts_it(temperature):
    total = 0.0
    for teacher, student in zip(TEACHER.numpy(), STUDENT.numpy(), strict=True):
        p, q = (np.exp(x / temperature) / np.exp(x / temperature).sum() for x in (teacher, student))
        total += (p * np.log(p / q)).sum()  # from the teacher to the student
    got = soft_targets_loss(STUDENT, TEACHER, temperature)
    assert float(got) == pytest.approx(temperature**2 * total / 5)
    assert float(soft_targets_loss(TEACHER, STUDENT, temperature)) != pytest.approx(float(got), rel=1e-3)
    assert float(soft_targets_loss(TEACHER, TEACHER, temperature)) == pytest.approx(0, abs=1e-12)


def test_the_factor_keeps_the_weight_of_the_gradient():
    """At a high temperature the gradient no longer changes with it: it is that of centred scores."""

    def gradient(temperature):
        scores = STUDENT.clone().requires_grad_()
        return torch.autograd.grad(soft_targets_loss(scores, TEACHER, temperature), scores)[0]

    torch.testing.assert_close(gradient(500.0), gradient(1000.0), rtol=0.02, atol=1e-5)
    apart = (STUDENT - STUDENT.mean(1, keepdim=True)) - (TEACHER - TEACHER.mean(1, keepdim=True))
    torch.testing.assert_close(gradient(1000.0), apart / 7 / 5, rtol=0.03, atol=1e-4)


def test_without_a_sample_it_is_the_sum_of_two_losses_over_all_items(split):
    teacher, student = small(split, 1), small(split, 2, dropout=0.0)
    objective = Distilled(teacher, LOSSES["ce"], temperature=2.0, weight=0.7, competing=None)
    objective.prepare(student, split)
    batch = training_batch(split)
    value, count = objective(student, batch, generators())
    states, told = (m.hidden(batch).flatten(0, 1)[batch.steps] for m in (student, teacher))
    mine, theirs = states @ student.item_matrix()[1:].T, told @ teacher.item_matrix()[1:].T
    target = batch.targets.flatten()[batch.steps]
    soft = F.kl_div((mine / 2).log_softmax(1), (theirs / 2).softmax(1), reduction="batchmean")
    torch.testing.assert_close(value, F.cross_entropy(mine, target - 1) + 0.7 * 4 * soft)
    assert count == len(target)


def test_the_sample_holds_each_target_once_and_no_padding(split):
    objective = Distilled(small(split), LOSSES["ce"], competing=5)
    batch = training_batch(split)
    found = objective._items(batch, split.log.n_items, torch.Generator().manual_seed(0))
    targets = set(batch.targets.flatten()[batch.steps].tolist())
    assert targets <= set(found.tolist()) and len(found) == len(set(found.tolist()))
    assert 0 < len(found) - len(targets) <= 5 and 0 not in found


def test_the_teacher_is_in_evaluation_mode_and_learns_nothing(split):
    teacher, student = small(split, 1).train(), small(split, 2).train()
    objective = Distilled(teacher, LOSSES["ce"], competing=50)
    objective.prepare(student, split)
    assert not teacher.training and student.training
    teacher.train()  # whoever trains it on between two batches
    value, _ = objective(student, training_batch(split), generators())
    value.backward()
    assert not teacher.training and all(each.grad is None for each in teacher.parameters())
    assert all(each.grad is not None for each in student.parameters())


def test_weight_zero_is_the_loss_alone_and_draws_nothing(split):
    teacher, student = small(split, 1), small(split, 2, dropout=0.0)
    batch, drawn = training_batch(split), generators()
    objective = Distilled(teacher, LOSSES["ce"], weight=0.0)
    objective.prepare(student, split)
    value, _ = objective(student, batch, drawn)
    states = student.hidden(batch).flatten(0, 1)[batch.steps]
    target = batch.targets.flatten()[batch.steps]
    torch.testing.assert_close(value, F.cross_entropy(states @ student.item_matrix()[1:].T, target - 1))
    assert torch.equal(drawn["noise"].get_state(), generators()["noise"].get_state())


def test_a_student_that_is_taught_comes_nearer_to_its_teacher(split):
    teacher, student = small(split, 1, dropout=0.0), small(split, 2, dropout=0.0)
    batch = training_batch(split)
    objective = Distilled(teacher, lambda hidden, *_, **__: hidden.sum() * 0, competing=None)
    objective.prepare(student, split)
    step = torch.optim.Adam(student.parameters(), lr=0.05)
    values = []
    for _ in range(20):
        step.zero_grad()
        value, _ = objective(student, batch, generators())
        value.backward()
        step.step()
        values.append(float(value.detach()))
    assert values[-1] < 0.5 * values[0]


def test_another_catalogue_or_another_kind_of_model_is_refused(split):
    with pytest.raises(InputError, match="the teacher knows 9 items and the student"):
        Distilled(small(split, n_items=9), LOSSES["ce"]).prepare(small(split), split)
    with pytest.raises(InputError, match="dot products"):
        Distilled(torch.nn.Linear(2, 2), LOSSES["ce"]).prepare(small(split), split)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"temperature": 0.0}, "temperature is 0"),
        ({"temperature": float("inf")}, "temperature is inf"),
        ({"weight": -0.1}, "weight is -0.1"),
        ({"weight": float("nan")}, "weight is nan"),
        ({"competing": 0}, "competing is 0"),
    ],
)
def test_a_value_outside_its_range_is_refused(changes, words):
    with pytest.raises(InputError, match=words):
        Distilled(None, LOSSES["ce"], **changes)
