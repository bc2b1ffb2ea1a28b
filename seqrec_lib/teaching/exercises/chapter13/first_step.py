"""Adam's first step with L2 in the loss, and with decoupled decay."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe

Two = tuple[Tensor, Tensor]


def first_step(weights: Tensor, gradient: Tensor, lr: float, strength: float) -> Two:
    """weights, gradient: (n,), lr, strength: float. Returns ((n,), (n,))."""
    coupled = weights - lr * torch.sign(gradient + strength * weights)
    decoupled = weights - lr * torch.sign(gradient) - lr * strength * weights
    return coupled, decoupled


def _as_sgd(weights, gradient, lr, strength):
    step = weights - lr * (gradient + strength * weights)
    return step, step


def _sgd_beside(weights, gradient, lr, strength):
    return weights - lr * (gradient + strength * weights), first_step(weights, gradient, lr, strength)[1]


def _swapped(weights, gradient, lr, strength):
    return first_step(weights, gradient, lr, strength)[::-1]


def _decay_without_lr(weights, gradient, lr, strength):
    coupled, _ = first_step(weights, gradient, lr, strength)
    return coupled, weights - lr * torch.sign(gradient) - strength * weights


def _no_difference(weights, gradient, lr, strength):
    _, decoupled = first_step(weights, gradient, lr, strength)
    return decoupled, decoupled


def _decay_alone(weights, gradient, lr, strength):
    coupled, _ = first_step(weights, gradient, lr, strength)
    return coupled, weights - lr * strength * weights


def _uphill(weights, gradient, lr, strength):
    return tuple(2 * weights - each for each in first_step(weights, gradient, lr, strength))


def _small_first(weights, gradient, lr, strength):
    """The running means are not corrected for their start at 0."""
    known = gradient + strength * weights
    beta, beta2 = 0.1, 0.001**0.5
    size = beta / beta2
    return weights - lr * size * known.sign(), weights - lr * size * gradient.sign() - lr * strength * weights


def _probes() -> list[Probe]:
    def case(about: str, weights: list[float], gradient: list[float], lr: float, strength: float) -> Probe:
        pair = (torch.tensor(weights, dtype=torch.float64), torch.tensor(gradient, dtype=torch.float64))
        return Probe(about, (*pair, lr, strength))

    return [
        case("a small gradient and a large weight", [2.0, -0.5], [0.1, 0.3], 0.01, 0.2),
        case("three weights", [1.0, -3.0, 0.2], [0.4, 0.02, -5.0], 0.1, 0.1),
        case("hardly any decay", [4.0, -1.5, 0.7], [2.0, 0.9, -0.8], 0.003, 0.001),
        case("decay that wins", [5.0, -2.0, 1.5], [-0.3, 0.7, -1.1], 0.02, 1.0),
    ]


EXERCISE = Exercise(
    name="first-step",
    reference=first_step,
    probes=_probes,
    mutants=(
        Mutant(
            "as-without-adam",
            "This is plain gradient descent. Adam divides by the size of the gradient: what is left of it in "
            "the first step?",
            _as_sgd,
            _sgd_beside,
        ),
        Mutant("swapped", "The two are turned round: L2 in the loss comes first.", _swapped),
        Mutant(
            "decay-without-lr",
            "The decoupled decay is multiplied by the step size too.",
            _decay_without_lr,
        ),
        Mutant(
            "no-difference",
            "L2 in the loss is part of the gradient that Adam sees. Here it is taken off beside it.",
            _no_difference,
        ),
        Mutant(
            "decay-alone",
            "The second answer lacks the step of the gradient. Decay comes in addition.",
            _decay_alone,
        ),
        Mutant("uphill", "Both steps go uphill. The loss is to fall.", _uphill),
        Mutant(
            "not-corrected",
            "The running means were not corrected for their start at 0. With the correction, the first step "
            "has the same size whatever the betas are.",
            _small_first,
        ),
    ),
    hints=(
        "In the first step both corrected means hold one gradient alone: it, and its square.",
        "A number divided by its absolute value is a sign. Which gradient is it the sign of?",
    ),
)
