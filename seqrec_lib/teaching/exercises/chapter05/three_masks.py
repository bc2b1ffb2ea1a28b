"""An input that three wrong masks cannot survive: each agrees with the right one on most random scores."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ....messages import message
from ..breaking import BreakingInput, Rival


def masked_softmax(scores: Tensor, allowed: Tensor) -> Tensor:
    """scores: (B, T), allowed: (B, T) bool. Returns weights (B, T)."""
    return scores.masked_fill(~allowed, -math.inf).softmax(-1)


def minus_hundred(scores: Tensor, allowed: Tensor) -> Tensor:
    return scores.masked_fill(~allowed, -100.0).softmax(-1)


def divided_again(scores: Tensor, allowed: Tensor) -> Tensor:
    kept = scores.softmax(-1) * allowed
    return kept / kept.sum(-1, keepdim=True)


def zero_is_hidden(scores: Tensor, allowed: Tensor) -> Tensor:
    kept = scores * allowed
    return kept.masked_fill(kept == 0, -math.inf).softmax(-1)


def _ready(scores: object, allowed: object) -> tuple | str:
    """The two tensors as the functions take them, or what is wrong with them."""
    s, may = torch.as_tensor(scores).float(), torch.as_tensor(allowed).bool()
    if s.ndim != 2 or s.shape != may.shape:
        return message(
            "`scores` and `allowed` should both be (B, T); they are {s} and {may}.",
            s=tuple(s.shape),
            may=tuple(may.shape),
        )
    if not bool(may.any(1).all()):
        return message("Each row should have a step that is allowed.")
    if s.numel() > 12:
        return message("`scores` holds {n} numbers. Do it with 12 at most.", n=s.numel())
    if not bool(torch.isfinite(s).all()):
        return message("`scores` should be finite.")
    return s, may


def _example() -> tuple:
    scores = torch.tensor([[-200.0, -201.0, 0.0], [0.0, 1.0, 2.0]])
    return scores, torch.tensor([[True, True, False], [True, True, False]])


def _tries() -> dict[str, tuple]:
    scores, allowed = _example()
    drawn = torch.randn(2, 4, generator=torch.Generator().manual_seed(0))
    return {
        "minus_hundred": (drawn, torch.arange(4) < torch.tensor([[3], [2]])),
        "divided_again": (torch.tensor([[-200.0, -201.0, -199.0], [0.0, 1.0, 2.0]]), allowed),
        "zero_is_hidden": (scores[:1], allowed[:1]),
    }


EXERCISE = BreakingInput(
    name="three-masks",
    right=masked_softmax,
    rivals=(
        Rival(
            minus_hundred,
            "Beside a score near 0, −100 is as good as minus infinity. Beside which scores is it not?",
        ),
        Rival(
            divided_again,
            "On paper it is right. In 32 bits a weight below 1e-45 is 0. When do all allowed weights "
            "become so small?",
        ),
        Rival(
            zero_is_hidden,
            "It takes a product of 0 for a hidden step. Which step that is allowed has the product 0 too?",
        ),
    ),
    ready=_ready,
    example=_example,
    arguments=("scores", "allowed"),
    hints=(
        "Take one function after the other: which line differs from the right one, and when does it matter?",
        "One row can catch two of them: its allowed scores are all very low, and something else is not.",
    ),
    tries=_tries,
)
