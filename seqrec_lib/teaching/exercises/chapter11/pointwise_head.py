"""One head of pointwise attention over rows that several histories share, with its weights."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import silu

from ..exercise import Exercise, Mutant, Probe


def _open(whose: Tensor) -> Tensor:
    """``(B, T, T)``, True where a step may look: back, and within its own history."""
    return (whose[:, :, None] == whose[:, None]).tril() & (whose >= 0)[:, :, None]


def _seen(mask: Tensor) -> Tensor:
    return mask.sum(-1, keepdim=True).clamp(min=1)  # (B, T, 1)


def _head(query, key, value, bias, mask: Tensor, count: Tensor | float) -> tuple[Tensor, Tensor]:
    """``count``: what weights are divided by."""
    w = silu(query @ key.mT + bias) * mask / count
    return w, w @ value


def pointwise_head(query, key, value, bias, whose) -> tuple[Tensor, Tensor]:
    """query, key: (B, T, d), value: (B, T, e), bias: (B, T, T), whose: (B, T). Returns weights, outputs."""
    mask = _open(whose)
    return _head(query, key, value, bias, mask, _seen(mask))


def _padded(query, key, value, bias, whose):
    return _head(query, key, value, bias, _open(whose), query.shape[1])


def _place_in_row(query, key, value, bias, whose):
    place = torch.arange(1, query.shape[1] + 1)[:, None]  # (T, 1)
    return _head(query, key, value, bias, _open(whose), place)


def _mixed(query, key, value, bias, whose):
    mask = torch.ones_like(bias, dtype=torch.bool).tril() & (whose >= 0)[:, :, None]
    return _head(query, key, value, bias, mask, _seen(mask))


def _padding_too(query, key, value, bias, whose):
    mask = (whose[:, :, None] == whose[:, None]).tril()
    return _head(query, key, value, bias, mask, _seen(mask))


def _not_held(query, key, value, bias, whose):
    mask = _open(whose)
    return _head(query, key, value, bias, mask, mask.sum(-1, keepdim=True))


def _masked_before(query, key, value, bias, whose):
    mask = _open(whose)
    w = silu((query @ key.mT + bias).masked_fill(~mask, -torch.inf)) / _seen(mask)
    return w, w @ value


def _root(query, key, value, bias, whose):
    return pointwise_head(query / query.shape[2] ** 0.5, key, value, bias, whose)


def _softmax(query, key, value, bias, whose):
    w = (query @ key.mT + bias).masked_fill(~_open(whose), -torch.inf).softmax(-1).nan_to_num()
    return w, w @ value


def _bias_after(query, key, value, bias, whose):
    mask = _open(whose)
    w = (silu(query @ key.mT) + bias) * mask / _seen(mask)
    return w, w @ value


def _looks_ahead(query, key, value, bias, whose):
    mask = (whose[:, :, None] == whose[:, None]) & (whose >= 0)[:, :, None]
    return _head(query, key, value, bias, mask, _seen(mask))


def _zero_before(query, key, value, bias, whose):
    """A score of 0 also has a weight of 0, but only while nothing is added to it."""
    mask = _open(whose)
    w = silu((query @ key.mT) * mask + bias) / _seen(mask)
    return w, w @ value


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(1103)

    def case(about: str, d: int, e: int, *whose: list[int]) -> Probe:
        b, t = len(whose), len(whose[0])
        sizes = ((b, t, d), (b, t, d), (b, t, e), (b, t, t))
        drawn = (1.5 * torch.randn(size, generator=generator) for size in sizes)
        return Probe(about, (*drawn, torch.tensor(whose)))

    return [
        case("one history, without padding", 2, 1, [0, 0, 0]),
        case("two histories in one row", 3, 4, [0, 0, 1, 1, 1], [2, 2, 2, 2, 2]),
        case("two steps of padding", 2, 3, [4, 4, 7, 0, -1, -1], [1, 5, 5, 5, 3, 3]),
        case("a longer row", 4, 2, [8, 8, 8, 2, 2, 2, 2, 6, -1]),
    ]


EXERCISE = Exercise(
    name="pointwise-head",
    reference=pointwise_head,
    probes=_probes,
    mutants=(
        Mutant(
            "padded-length",
            "Every step is divided by T. How many events of its own history does each step see?",
            _padded,
        ),
        Mutant(
            "place-in-the-row",
            "A history that begins late in its row is divided by too much. What does its first step see?",
            _place_in_row,
        ),
        Mutant("mixed-histories", "Some steps look into another history of their row.", _mixed),
        Mutant("padding-looks", "Steps of padding look at each other. Their weights are 0.", _padding_too),
        Mutant("nothing-seen", "A step of padding sees nothing, and 0 / 0 is NaN.", _not_held),
        Mutant(
            "minus-infinity-first",
            "There is NaN in the weights. What is SiLU of minus infinity? Close steps after it.",
            _masked_before,
        ),
        Mutant("root-of-d", "This score is not divided by the root of d.", _root),
        Mutant("softmax", "These weights share 1 between them. Here each stands for itself.", _softmax),
        Mutant("bias-after", "The bias belongs to the score, before the SiLU.", _bias_after),
        Mutant("looks-ahead", "Some steps look at events that come later.", _looks_ahead),
        Mutant(
            "bias-lets-in",
            "Closed events come in through the bias. Close them when the weight is made.",
            _zero_before,
        ),
    ),
    hints=(
        "What does SiLU give for minus infinity? And for 0?",
        "First say which pairs are open: back, in the same history, and not from padding. Then count them.",
    ),
)
