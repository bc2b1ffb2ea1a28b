"""One head of pointwise attention, with its weights."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import silu

from ..exercise import Exercise, Mutant, Probe


def _head(query: Tensor, key: Tensor, value: Tensor, bias: Tensor, count: Tensor | float) -> tuple:
    """With ``count`` ``(T, 1)`` or a number: what weights are divided by."""
    w = silu(query @ key.mT + bias).tril() / count
    return w, w @ value


def _seen(query: Tensor) -> Tensor:
    return torch.arange(1.0, query.shape[1] + 1, dtype=query.dtype)[:, None]


def pointwise_head(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """query, key: (B, T, d), value: (B, T, e), bias: (B, T, T). Returns weights and outputs."""
    return _head(query, key, value, bias, _seen(query))


def _padded(query, key, value, bias):
    return _head(query, key, value, bias, query.shape[1])


def _masked_before(query, key, value, bias):
    later = torch.ones(bias.shape[1:], dtype=torch.bool).triu(1)
    w = silu((query @ key.mT + bias).masked_fill(later, -torch.inf)) / _seen(query)
    return w, w @ value


def _root(query, key, value, bias):
    return pointwise_head(query / query.shape[2] ** 0.5, key, value, bias)


def _softmax(query, key, value, bias):
    later = torch.ones(bias.shape[1:], dtype=torch.bool).triu(1)
    w = (query @ key.mT + bias).masked_fill(later, -torch.inf).softmax(-1)
    return w, w @ value


def _normalised(query, key, value, bias):
    w = silu(query @ key.mT + bias).tril()
    w = w / w.sum(-1, keepdim=True)
    return w, w @ value


def _bias_after(query, key, value, bias):
    w = (silu(query @ key.mT) + bias).tril() / _seen(query)
    return w, w @ value


def _looks_ahead(query, key, value, bias):
    w = silu(query @ key.mT + bias) / _seen(query)
    return w, w @ value


def _zero_before(query, key, value, bias):
    """A score of 0 also has a weight of 0, but only while nothing is added to it."""
    w = silu((query @ key.mT).tril() + bias) / _seen(query)
    return w, w @ value


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(1103)

    def case(about: str, b: int, t: int, d: int, e: int) -> Probe:
        sizes = ((b, t, d), (b, t, d), (b, t, e), (b, t, t))
        return Probe(about, tuple(1.5 * torch.randn(size, generator=generator) for size in sizes))

    return [
        case("one row, two steps", 1, 2, 1, 1),
        case("two rows, five steps", 2, 5, 3, 4),
        case("one step", 3, 1, 2, 5),
        case("a longer row", 1, 9, 4, 2),
    ]


EXERCISE = Exercise(
    name="pointwise-head",
    reference=pointwise_head,
    probes=_probes,
    mutants=(
        Mutant(
            "padded-length",
            "Every step is divided by T. Step 1 sees one event and step T sees T: by what is each divided?",
            _padded,
        ),
        Mutant(
            "minus-infinity-first",
            "There is NaN in the weights. What is SiLU of minus infinity? Close later steps after it.",
            _masked_before,
        ),
        Mutant("root-of-d", "This score is not divided by the root of d.", _root),
        Mutant("softmax", "These weights share 1 between them. Here each stands for itself.", _softmax),
        Mutant(
            "made-to-sum-to-one",
            "The weights are divided by their own sum. Divide by how many events a step sees.",
            _normalised,
        ),
        Mutant("bias-after", "The bias belongs to the score, before the SiLU.", _bias_after),
        Mutant("looks-ahead", "Some steps look at events that come later.", _looks_ahead),
        Mutant(
            "bias-lets-in",
            "Later events come in through the bias. Close them when the weight is made.",
            _zero_before,
        ),
    ),
    hints=(
        "What does SiLU give for minus infinity? And for 0?",
        "Score, then SiLU, then 0 for what is later, then the division. Step t sees t events.",
    ),
)
