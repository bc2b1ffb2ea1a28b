"""STAMP's weighted sum: three sources in each weight, and no softmax."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _real(vectors: Tensor, lengths: Tensor) -> Tensor:
    return torch.arange(vectors.shape[1]) < lengths[:, None]  # (B, T)


def _memory(vectors, lengths, w1, w2, w3, bias, a, last=None, mean=None, weigh=None) -> Tensor:
    real = _real(vectors, lengths)
    if last is None:
        last = vectors[torch.arange(len(vectors)), lengths - 1]
    if mean is None:
        mean = (vectors * real[..., None]).sum(1) / lengths[:, None]
    asks = last @ w2.T + mean @ w3.T + bias
    scores = torch.sigmoid(vectors @ w1.T + asks[:, None]) @ a  # (B, T)
    weights = scores * real if weigh is None else weigh(scores, real)
    return (weights[..., None] * vectors).sum(1)


def stamp_memory(
    vectors: Tensor, lengths: Tensor, w1: Tensor, w2: Tensor, w3: Tensor, bias: Tensor, a: Tensor
) -> Tensor:
    """vectors: (B, T, D), lengths: (B,), w1-w3: (D, D), bias, a: (D,). Returns (B, D)."""
    return _memory(vectors, lengths, w1, w2, w3, bias, a)


def mean_over_all(vectors, lengths, w1, w2, w3, bias, a):
    return _memory(vectors, lengths, w1, w2, w3, bias, a, mean=vectors.mean(1))


def last_column(vectors, lengths, w1, w2, w3, bias, a):
    return _memory(vectors, lengths, w1, w2, w3, bias, a, last=vectors[:, -1])


def with_softmax(vectors, lengths, w1, w2, w3, bias, a):
    def weigh(scores, real):
        return scores.masked_fill(~real, -torch.inf).softmax(1)

    return _memory(vectors, lengths, w1, w2, w3, bias, a, weigh=weigh)


def padding_weighs(vectors, lengths, w1, w2, w3, bias, a):
    return _memory(vectors, lengths, w1, w2, w3, bias, a, weigh=lambda scores, real: scores)


def mean_added(vectors, lengths, w1, w2, w3, bias, a):
    mean = (vectors * _real(vectors, lengths)[..., None]).sum(1) / lengths[:, None]
    return stamp_memory(vectors, lengths, w1, w2, w3, bias, a) + mean


def transposed(vectors, lengths, w1, w2, w3, bias, a):
    return stamp_memory(vectors, lengths, w1.T, w2.T, w3.T, bias, a)


def _probes() -> list[Probe]:
    chance = torch.Generator().manual_seed(81)

    def case(about: str, b: int, t: int, d: int, lengths: list[int]) -> Probe:
        shapes = ((b, t, d), (d, d), (d, d), (d, d), (d,), (d,))
        vectors, *rest = (torch.randn(s, generator=chance) for s in shapes)
        return Probe(about, (vectors, torch.tensor(lengths), *rest))

    return [
        case("one row of two steps, one of them padding", 1, 2, 2, [1]),
        case("three rows, the last one full", 3, 5, 4, [2, 4, 5]),
        case("two rows, much padding", 2, 7, 3, [3, 1]),
    ]


EXERCISE = Exercise(
    name="stamp-memory",
    reference=stamp_memory,
    probes=_probes,
    mutants=(
        Mutant(
            "mean-over-t", "The mean takes padding in: it is over the real steps of each row.", mean_over_all
        ),
        Mutant(
            "last-column",
            "The last column may be padding. The last real step is at lengths - 1.",
            last_column,
        ),
        Mutant("softmax", "STAMP has no softmax: its weights need not sum to 1.", with_softmax),
        Mutant("padding-weighs", "Padded steps get weight too, whatever stands there.", padding_weighs),
        Mutant(
            "mean-added",
            "The mean is added to the sum, as the authors' code does. Asked for is the sum.",
            mean_added,
        ),
        Mutant(
            "transposed",
            "W v for a row of vectors is v @ W.T; here the matrices stand the other way.",
            transposed,
        ),
    ),
    hints=(
        "Compute the three parts of the sigmoid's argument one by one, and print their shapes.",
        "Two parts are (B, D), the same for all steps; the third is (B, T, D). Padding gets the weight 0.",
    ),
)
