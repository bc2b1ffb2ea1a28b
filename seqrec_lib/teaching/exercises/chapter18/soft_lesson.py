"""The distillation loss of one batch."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _kl(one: Tensor, other: Tensor) -> Tensor:
    return (one.exp() * (one - other)).sum(1).mean()


def _soft(scores: Tensor, temperature: float) -> Tensor:
    return (scores / temperature).log_softmax(1)


def soft_lesson(student: Tensor, teacher: Tensor, target: Tensor, temperature: float) -> Tensor:
    """student, teacher: (N, C), target: (N,), temperature: float. Returns one number."""
    soft = _kl(_soft(teacher, temperature), _soft(student, temperature))
    return F.cross_entropy(student, target) + temperature**2 * soft


def _no_square(student, teacher, target, temperature):
    soft = _kl(_soft(teacher, temperature), _soft(student, temperature))
    return F.cross_entropy(student, target) + soft


def _once(student, teacher, target, temperature):
    soft = _kl(_soft(teacher, temperature), _soft(student, temperature))
    return F.cross_entropy(student, target) + temperature * soft


def _reversed(student, teacher, target, temperature):
    soft = _kl(_soft(student, temperature), _soft(teacher, temperature))
    return F.cross_entropy(student, target) + temperature**2 * soft


def _teacher_alone(student, teacher, target, temperature):
    soft = _kl(_soft(teacher, temperature), student.log_softmax(1))
    return F.cross_entropy(student, target) + temperature**2 * soft


def _no_target(student, teacher, target, temperature):
    return temperature**2 * _kl(_soft(teacher, temperature), _soft(student, temperature))


def _cooled_target(student, teacher, target, temperature):
    soft = _kl(_soft(teacher, temperature), _soft(student, temperature))
    return F.cross_entropy(student / temperature, target) + temperature**2 * soft


def _mean_of_all(student, teacher, target, temperature):
    soft = _kl(_soft(teacher, temperature), _soft(student, temperature)) / student.shape[1]
    return F.cross_entropy(student, target) + temperature**2 * soft


def _multiplied(student, teacher, target, temperature):
    soft = _kl(_soft(teacher * temperature**2, temperature), _soft(student * temperature**2, temperature))
    return F.cross_entropy(student, target) + temperature**2 * soft


def _cross(student, teacher, target, temperature):
    p = _soft(teacher, temperature).exp()
    return F.cross_entropy(student, target) - temperature**2 * (p * _soft(student, temperature)).sum(1).mean()


def _probes() -> list[Probe]:
    def case(about: str, n: int, c: int, temperature: float, seed: int) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        pair = (3 * torch.randn(n, c, generator=draw, dtype=torch.float64) for _ in range(2))
        return Probe(about, (*pair, torch.randint(0, c, (n,), generator=draw), temperature))

    return [
        case("one step, three items, T = 2", 1, 3, 2.0, 1),
        case("five steps, T = 3", 5, 7, 3.0, 2),
        case("a temperature below 1", 4, 9, 0.5, 3),
    ]


EXERCISE = Exercise(
    name="soft-lesson",
    reference=soft_lesson,
    probes=_probes,
    mutants=(
        Mutant(
            "no-square",
            "The divergence is not weighed by the temperature. Its gradient shrinks as T grows: what "
            "undoes that?",
            _no_square,
        ),
        Mutant(
            "once", "The divergence is weighed by T, and its gradient shrinks with the square of T.", _once
        ),
        Mutant(
            "reversed",
            "The divergence is turned round. The teacher's probabilities are what the logarithms are "
            "weighed with.",
            _reversed,
        ),
        Mutant(
            "teacher-alone", "Only the teacher is softened. Both should be, by the same T.", _teacher_alone
        ),
        Mutant("no-target", "The cross-entropy with the true item is missing.", _no_target),
        Mutant(
            "cooled-target",
            "The cross-entropy with the true item is softened too. It takes the scores as they are.",
            _cooled_target,
        ),
        Mutant(
            "mean-of-all",
            "The divergence is averaged over items too. It is a sum over items and a mean over steps.",
            _mean_of_all,
        ),
        Mutant("multiplied", "Scores are multiplied by T and should be divided by it.", _multiplied),
        Mutant(
            "cross-entropy",
            "This is a cross-entropy with the teacher. The divergence is 0 when both agree.",
            _cross,
        ),
    ),
    hints=(
        "Two terms: the true item, with scores as they are; the teacher's belief, with both sides "
        "divided by T.",
        "The divergence weighs log p(teacher) - log p(student) by p(teacher), and T squared stands "
        "before it.",
    ),
)
