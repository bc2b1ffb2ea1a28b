"""Find three items of which three short-sighted rules choose wrongly."""

from __future__ import annotations

import torch
from torch import Tensor

from ....messages import message
from ..breaking import BreakingInput, Rival

ITEMS = 3


def looks_ahead(click: Tensor, stay: Tensor, later: Tensor) -> Tensor:
    """click, stay: (3,), later: one number. Returns the item to show, from 0."""
    return (click + stay * later).argmax()


def by_click(click: Tensor, stay: Tensor, later: Tensor) -> Tensor:
    return click.argmax()


def by_stay(click: Tensor, stay: Tensor, later: Tensor) -> Tensor:
    return stay.argmax()


def by_both(click: Tensor, stay: Tensor, later: Tensor) -> Tensor:
    return (click * stay).argmax()


def _ready(click: object, stay: object, later: object) -> tuple | str:
    a, b = (torch.as_tensor(each).detach().double() for each in (click, stay))
    c = torch.as_tensor(later).detach().double()
    if a.shape != (ITEMS,) or b.shape != (ITEMS,) or c.numel() != 1:
        return message("`click` and `stay` are three chances each, and `later` is one number.")
    c = c.reshape(())
    if not bool(((a >= 0) & (a <= 1) & (b >= 0) & (b <= 1)).all()):
        return message("Chances lie between 0 and 1.")
    if not 0 <= float(c) <= 20:
        return message("`later` is how many clicks may still come: between 0 and 20.")
    for values in (a + b * c, a, b, a * b):
        best = values.sort(descending=True).values
        if float(best[0] - best[1]) < 1e-6:
            return message("Two items tie for the first place by one of the rules: then nothing is chosen.")
    return a, b, c


def _example() -> tuple[Tensor, Tensor, Tensor]:
    return torch.tensor([0.95, 0.98, 0.6]), torch.tensor([0.3, 0.0, 0.6]), torch.tensor(0.5)


def _tries() -> dict[str, tuple[Tensor, Tensor, Tensor]]:
    return {
        "by_click": (torch.tensor([0.9, 0.2, 0.1]), torch.tensor([0.5, 0.9, 0.1]), torch.tensor(0.1)),
        "by_stay": (torch.tensor([0.2, 0.9, 0.8]), torch.tensor([0.9, 0.1, 0.2]), torch.tensor(9.0)),
        "by_both": (torch.tensor([0.6, 0.9, 0.1]), torch.tensor([0.6, 0.1, 0.7]), torch.tensor(2.0)),
    }


EXERCISE = BreakingInput(
    name="menu-that-tells",
    right=looks_ahead,
    rivals=(
        Rival(by_click, "The item with the most clicks now is the right one. Let it chase people away."),
        Rival(by_stay, "The item that keeps most people is the right one. Let little be left to come."),
        Rival(
            by_both,
            "The product finds the right item too. A click counts also if the visitor then leaves.",
        ),
    ),
    ready=_ready,
    example=_example,
    arguments=("click", "stay", "later"),
    hints=(
        "The right item, one with slightly more clicks after which all leave, and one that keeps people.",
        "Let `later` be small, so that clicks now matter most and the product overrates staying.",
    ),
    tries=_tries,
)
