"""Find an item on which three ways to join known and missing parts go wrong."""

from __future__ import annotations

import torch
from torch import Tensor

from ....messages import message
from ..breaking import BreakingInput, Rival

MOST = 5


def right_join(x: Tensor, logits: Tensor, known: Tensor) -> Tensor:
    """x, logits: (M,), known: (M,) bool. Returns one number."""
    weights = logits.masked_fill(~known, -torch.inf).softmax(0)
    return (weights * x).sum()


def zeros_for_missing(x: Tensor, logits: Tensor, known: Tensor) -> Tensor:
    return (logits.softmax(0) * x * known).sum()


def mean_of_known(x: Tensor, logits: Tensor, known: Tensor) -> Tensor:
    return (x * known).sum() / known.sum()


def logit_of_zero(x: Tensor, logits: Tensor, known: Tensor) -> Tensor:
    weights = (logits * known).softmax(0) * known
    return (weights / weights.sum().clamp(min=0.2) * x).sum()


def _far(right: object, wrong: object) -> bool:
    return abs(float(right) - float(wrong)) > 0.3  # type: ignore[arg-type]


def _ready(x: object, logits: object, known: object) -> tuple | str:
    x, logits = (torch.as_tensor(part).double() for part in (x, logits))
    known = torch.as_tensor(known).bool()
    if any(part.dim() != 1 for part in (x, logits, known)) or not len(x) == len(logits) == len(known):
        return message("x, logits and known are (M,) each, of one length.")
    if not 2 <= len(x) <= MOST:
        return message("Give 2 to {most} parts, known or missing ones.", most=MOST)
    if not bool(torch.isfinite(torch.cat([x, logits])).all()) or float(logits.abs().max()) > 20:
        return message("All numbers are finite, and logits lie between −20 and 20.")
    if float(x.abs().max()) > 2:
        return message("The numbers x lie between −2 and 2.")
    if not bool(known.any()):
        return message("Of at least one part something must be known.")
    return x, logits, known


def _example() -> tuple:
    return (
        torch.tensor([2.0, -2.0, 1.0, 0.0]),
        torch.tensor([3.0, 1.0, 4.0, 4.0]) - 6,
        torch.tensor([1, 1, 0, 0]),
    )


def _tries() -> dict[str, tuple]:
    return {
        "zeros_for_missing": (torch.tensor([2.0, -2.0]), torch.tensor([2.0, 0.0]), torch.tensor([1, 1])),
        "mean_of_known": (
            torch.tensor([1.0, 1.0, 0.0]),
            torch.tensor([0.0, 0.0, 3.0]),
            torch.tensor([1, 1, 0]),
        ),
        "logit_of_zero": (
            torch.tensor([2.0, -2.0, 0.0]),
            torch.tensor([2.0, 0.0, 1.0]),
            torch.tensor([1, 1, 0]),
        ),
    }


EXERCISE = BreakingInput(
    name="parts-that-mislead",
    right=right_join,
    rivals=(
        Rival(
            zeros_for_missing,
            "No missing part has much weight here, so that putting zeros there does little.",
            _far,
        ),
        Rival(
            mean_of_known,
            "The known parts weigh nearly the same here, or are the same. Then a mean is right.",
            _far,
        ),
        Rival(
            logit_of_zero,
            "The known parts together keep a share that can be brought back to 1 here. When is it too small?",
            _far,
        ),
    ),
    ready=_ready,
    example=_example,
    arguments=("x", "logits", "known"),
    hints=(
        "Let two parts be known, with numbers that differ much, and let two be missing.",
        "A missing part's logit becomes 0 in the third way. Let the known ones have logits far below it.",
    ),
    tries=_tries,
)
