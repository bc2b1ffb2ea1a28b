"""Find scores on which three wrong sampled softmaxes show."""

from __future__ import annotations

import torch
from torch import Tensor

from ....messages import message
from ..breaking import BreakingInput, Rival

MOST = 8


def sampled_loss(scores: Tensor, target: int, drawn: list[int]) -> Tensor:
    """scores: (V,), target and drawn: items from 0. Returns a number."""
    others = [scores[i] for i in drawn if i != target]
    return torch.stack([scores[target], *others]).logsumexp(0) - scores[target]


def target_missing(scores: Tensor, target: int, drawn: list[int]) -> Tensor:
    others = [scores[i] for i in drawn if i != target]
    return torch.stack(others).logsumexp(0) - scores[target]


def hits_kept(scores: Tensor, target: int, drawn: list[int]) -> Tensor:
    return torch.stack([scores[target], *(scores[i] for i in drawn)]).logsumexp(0) - scores[target]


def each_once(scores: Tensor, target: int, drawn: list[int]) -> Tensor:
    return sampled_loss(scores, target, sorted(set(drawn)))


def _ready(scores: object, target: object, drawn: object) -> tuple | str:
    """The arguments as the functions take them, or what is wrong with them."""
    s = torch.as_tensor(scores).detach()
    s = s if s.is_floating_point() else s.float()
    if s.ndim != 1 or not 2 <= len(s) <= MOST or not bool(torch.isfinite(s).all()):
        return message("`scores` should hold 2 to {n} finite numbers.", n=MOST)
    try:
        t, places = int(target), [int(i) for i in drawn]  # type: ignore[call-overload,attr-defined]
    except (TypeError, ValueError):
        return message("`target` should be a whole number and `drawn` a list of them.")
    if not 1 <= len(places) <= MOST:
        return message("`drawn` should hold 1 to {n} items.", n=MOST)
    if any(not 0 <= i < len(s) for i in (t, *places)):
        return message("Items are counted from 0, and there are {n}.", n=len(s))
    if all(i == t for i in places):
        return message("All that was drawn is the target: then nothing is left to compare it with.")
    if bool((s.abs() > 20).any()):
        return message("Keep the scores between -20 and 20.")
    return s, t, places


EXERCISE = BreakingInput(
    name="three-wrong-softmaxes",
    right=sampled_loss,
    rivals=(
        Rival(target_missing, "The target's own score hardly matters in your sum. When does it matter most?"),
        Rival(hits_kept, "The target was not drawn, so there was no hit to keep."),
        Rival(each_once, "Nothing was drawn twice. With replacement an item may come again."),
    ),
    ready=_ready,
    example=lambda: (torch.tensor([1.0, 0.0, -1.0, 0.5]), 0, [1, 0, 1, 3]),
    arguments=("scores", "target", "drawn"),
    hints=(
        "For each function ask what would have to be drawn before it could differ.",
        "One list can hold the target, an item twice, and another one.",
    ),
    tries=lambda: {
        "target_missing": (torch.tensor([-20.0, 15.0, 2.0]), 0, [1, 0, 1]),
        "hits_kept": (torch.tensor([1.0, 0.0, 2.0]), 0, [1, 1, 2]),
        "each_once": (torch.tensor([1.0, 0.0, 2.0]), 0, [1, 0, 2]),
    },
)
