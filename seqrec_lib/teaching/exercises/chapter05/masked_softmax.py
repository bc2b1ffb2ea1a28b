"""A softmax that survives large scores, rubbish behind the mask, and a row in which nothing is allowed."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def masked_softmax(scores: Tensor, allowed: Tensor) -> Tensor:
    """scores: (B, T), allowed: (B, T) bool. Returns (B, T)."""
    weights = scores.masked_fill(~allowed, -math.inf).softmax(-1)
    return weights.masked_fill(~allowed.any(-1, keepdim=True), 0.0)


def _or_nothing(weights: Tensor, allowed: Tensor) -> Tensor:
    """``weights``, and 0 in rows in which nothing is allowed."""
    return weights.masked_fill(~allowed.any(-1, keepdim=True), 0.0)


def _finite(low: float):
    return lambda scores, allowed: scores.masked_fill(~allowed, low).softmax(-1)


def _finite_then_cut(low: float):
    return lambda scores, allowed: scores.masked_fill(~allowed, low).softmax(-1).masked_fill(~allowed, 0.0)


def empty_row_is_nan(scores, allowed):
    return scores.masked_fill(~allowed, -math.inf).softmax(-1)


def mask_after_softmax(scores, allowed):
    return scores.softmax(-1).masked_fill(~allowed, 0.0)


def _masked_late(least: float):
    def weights(scores, allowed):
        found = scores.softmax(-1).masked_fill(~allowed, 0.0)
        return _or_nothing(found / found.sum(-1, keepdim=True).clamp(min=least), allowed)

    return weights


def zero_score(scores, allowed):
    return _or_nothing(scores.masked_fill(~allowed, 0.0).softmax(-1), allowed)


def score_times_mask(scores, allowed):
    return _or_nothing((scores * allowed).softmax(-1), allowed)


def blocked_instead(scores, allowed):
    return masked_softmax(scores, ~allowed)


def mask_is_added(scores, allowed):
    closed = torch.zeros_like(scores).masked_fill(~allowed, -math.inf)
    return _or_nothing((scores + closed).softmax(-1), allowed)


def _exp_first(least: float):
    def weights(scores, allowed):
        odds = scores.exp().masked_fill(~allowed, 0.0)
        return _or_nothing(odds / odds.sum(-1, keepdim=True).clamp(min=least), allowed)

    return weights


def _probes() -> list[Probe]:
    draw = torch.Generator().manual_seed(5)

    def scores(*shape: int, size: float = 1.5) -> Tensor:
        return torch.randn(shape, generator=draw) * size

    rubbish = scores(2, 4)
    rubbish[0, 1], rubbish[1, 3] = math.nan, math.inf
    hidden_wins = scores(2, 5)
    hidden_wins[:, 2] += 300.0
    low = scores(2, 3) - 4e6
    return [
        Probe("one row, the last step hidden", (scores(1, 3), torch.tensor([[True, True, False]]))),
        Probe(
            "the first row has nothing that is allowed",
            (scores(2, 4), torch.tensor([[False] * 4, [False, True, True, False]])),
        ),
        Probe(
            "scores near 1,000",
            (scores(3, 6, size=2.0) + 1000, torch.arange(6) < torch.tensor([[6], [2], [4]])),
        ),
        Probe(
            "scores below minus a million", (low, torch.tensor([[True, False, True], [True, True, False]]))
        ),
        Probe(
            "scores of minus four billion",
            (torch.tensor([[-4e9, -4e9, 0.0, -5e9, 2.0]]), torch.tensor([[True, True, False, True, False]])),
        ),
        Probe("NaN and infinity stand behind the mask", (rubbish, rubbish.isfinite())),
        Probe(
            "a hidden score is far above the others", (hidden_wins, torch.arange(5) != 2 * torch.ones(2, 1))
        ),
    ]


EXERCISE = Exercise(
    name="masked-softmax",
    reference=masked_softmax,
    probes=_probes,
    mutants=(
        Mutant(
            "empty-row-is-nan",
            "A row in which nothing is allowed becomes NaN here. What does the softmax divide by what there?",
            empty_row_is_nan,
        ),
        Mutant(
            "large-number-instead",
            "A large negative number stands for minus infinity. Look at the row in which nothing is "
            "allowed, and "
            "at real scores that are lower than that number.",
            *(_finite(low) for low in (-1e4, -1e6, -1e9)),
            *(_finite_then_cut(low) for low in (-1e4, -1e6, -1e9)),
        ),
        Mutant(
            "mask-after-softmax",
            "The mask comes after the softmax: what is hidden has taken its share, and the rest sums to "
            "less "
            "than 1.",
            mask_after_softmax,
        ),
        Mutant(
            "divided-again",
            "To mask after the softmax and divide again is the same on paper. In 32 bits it is not, "
            "where a hidden "
            "score is far above the others: what is left of their weights then?",
            *(_masked_late(least) for least in (0.0, 1e-12)),
        ),
        Mutant(
            "zero-score",
            "Hidden scores are set to 0. A score of 0 is a score like any other, and it gets weight.",
            zero_score,
        ),
        Mutant(
            "score-times-mask",
            "Scores are multiplied by the mask. That makes hidden ones 0, which still gets weight, and "
            "NaN times 0 "
            "is NaN.",
            score_times_mask,
        ),
        Mutant(
            "blocked-instead",
            "The mask is read the other way round: here True means that a step may be looked at.",
            blocked_instead,
        ),
        Mutant(
            "mask-is-added",
            "Minus infinity is added to the score. NaN plus anything is NaN: put it in the score's place.",
            mask_is_added,
        ),
        Mutant(
            "exp-first",
            "exp of a large score is infinite, and infinity over infinity is NaN. Which number may be "
            "taken off "
            "all scores of a row without changing the weights?",
            *(_exp_first(least) for least in (0.0, 1e-12)),
        ),
    ),
    hints=(
        "Three rows to try by hand: all allowed, one hidden, none allowed.",
        "What is hidden has to leave before the softmax, whatever it holds. The empty row is a case of "
        "its own, "
        "and it can be mended afterwards.",
    ),
)
