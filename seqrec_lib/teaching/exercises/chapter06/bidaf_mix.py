"""Bi-attention: two softmaxes over the two axes of one table of scores."""

from __future__ import annotations

import math
from functools import partial

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _scores(states: Tensor, slate: Tensor, w: Tensor) -> Tensor:
    h = states[:, :, None].expand(-1, -1, slate.shape[1], -1)  # (B, T, C, D)
    u = slate[:, None].expand(-1, states.shape[1], -1, -1)
    return torch.cat([h, u, h * u], -1) @ w  # (B, T, C)


def _real(states: Tensor, lengths: Tensor) -> Tensor:
    return torch.arange(states.shape[1]) < lengths[:, None]  # (B, T)


def _parts(states: Tensor, answer: Tensor, met: Tensor) -> Tensor:
    return torch.cat([states, answer, states * answer, states * met], -1)


def _met(best: Tensor, states: Tensor, real: Tensor) -> Tensor:
    return best.masked_fill(~real, -math.inf).softmax(1)[:, None] @ states  # (B, 1, D)


def bidaf_mix(states: Tensor, slate: Tensor, w: Tensor, lengths: Tensor) -> Tensor:
    """states: (B, T, D), slate: (B, C, D), w: (3D,), lengths: (B,). Returns (B, T, 4D)."""
    scores, real = _scores(states, slate, w), _real(states, lengths)
    return _parts(states, scores.softmax(2) @ slate, _met(scores.amax(2), states, real))


def one_axis_for_both(states, slate, w, lengths):
    """The weights over candidates are used again as weights over steps."""
    scores, real = _scores(states, slate, w), _real(states, lengths)
    weights = scores.softmax(2)
    best = weights.amax(2) * real
    return _parts(states, weights @ slate, (best / best.sum(1, keepdim=True))[:, None] @ states)


def candidates_by_step(states, slate, w, lengths, masked: bool = True):
    """The softmax of the first direction runs over the steps."""
    scores, real = _scores(states, slate, w), _real(states, lengths)
    weights = (scores.masked_fill(~real[..., None], -math.inf) if masked else scores).softmax(1)
    return _parts(states, weights @ slate, _met(scores.amax(2), states, real))


def mean_for_max(states, slate, w, lengths):
    scores, real = _scores(states, slate, w), _real(states, lengths)
    return _parts(states, scores.softmax(2) @ slate, _met(scores.mean(2), states, real))


def padding_may_win(states, slate, w, lengths):
    return bidaf_mix(states, slate, w, torch.full_like(lengths, states.shape[1]))


def padding_scores_zero(states, slate, w, lengths):
    scores, real = _scores(states, slate, w), _real(states, lengths)
    met = (scores.amax(2) * real).softmax(1)[:, None] @ states
    return _parts(states, scores.softmax(2) @ slate, met)


def no_product_of_both(states, slate, w, lengths):
    """S = w . [h; u; h + u]."""
    h = states[:, :, None].expand(-1, -1, slate.shape[1], -1)
    u = slate[:, None].expand(-1, states.shape[1], -1, -1)
    scores, real = torch.cat([h, u, h + u], -1) @ w, _real(states, lengths)
    return _parts(states, scores.softmax(2) @ slate, _met(scores.amax(2), states, real))


def last_part_swapped(states, slate, w, lengths):
    scores, real = _scores(states, slate, w), _real(states, lengths)
    answer, met = scores.softmax(2) @ slate, _met(scores.amax(2), states, real)
    return torch.cat([states, answer, states * answer, answer * met], -1)


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(16)

    def case(about: str, b: int, t: int, c: int, dim: int, lengths: list[int], size: float = 1.0) -> Probe:
        shapes = ((b, t, dim), (b, c, dim), (3 * dim,))
        states, slate, w = (size * torch.randn(s, generator=generator) for s in shapes)
        return Probe(about, (states, slate, w, torch.tensor(lengths)))

    return [
        case("one row, two steps, three candidates", 1, 2, 3, 2, [2]),
        case("two rows, one of them padded", 2, 4, 3, 5, [4, 2]),
        case("more candidates than steps, much padding", 3, 3, 7, 4, [1, 3, 2]),
        case("one candidate", 2, 5, 1, 3, [3, 5]),
        case("large scores", 2, 6, 4, 3, [6, 4], 2.0),
    ]


EXERCISE = Exercise(
    name="bidaf-mix",
    reference=bidaf_mix,
    probes=_probes,
    mutants=(
        Mutant(
            "one-axis-for-both",
            "The weights of the first direction serve for the second too. The slate's look at the history "
            "starts again from the scores and has a softmax of its own.",
            one_axis_for_both,
        ),
        Mutant(
            "softmax-over-steps",
            "In the first direction each step shares itself out among the candidates; here each candidate "
            "is shared out among the steps.",
            candidates_by_step,
            partial(candidates_by_step, masked=False),
        ),
        Mutant(
            "mean-for-max",
            "A step counts by its best candidate. With the mean, many that do not fit hide one that does.",
            mean_for_max,
        ),
        Mutant(
            "padding-may-win",
            "A padded step can have the largest best score, and then the history is summed up by padding.",
            padding_may_win,
        ),
        Mutant(
            "padding-scores-zero",
            "Padding has the score 0, which still gets weight, and much of it where real scores lie below 0.",
            padding_scores_zero,
        ),
        Mutant(
            "sum-for-product",
            "The third part of a score is the element-wise product of h and u, not their sum.",
            no_product_of_both,
        ),
        Mutant(
            "wrong-partner",
            "The last of the four parts pairs each step itself with what the slate looked at.",
            last_part_swapped,
        ),
    ),
    hints=(
        "Print the shapes: scores (B, T, C), the first weights (B, T, C), the second ones (B, T).",
        "First direction: softmax over C. Second: the largest of each row of C, then a softmax over T.",
    ),
)
