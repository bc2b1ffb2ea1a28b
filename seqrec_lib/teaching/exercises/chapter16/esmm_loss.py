"""The loss of clicks and purchases over all that was shown."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def esmm_loss(click: Tensor, bought: Tensor, clicked: Tensor, purchased: Tensor) -> Tensor:
    """click, bought: (N,) logits, clicked, purchased: (N,) 0 or 1. Returns one number."""
    both = F.logsigmoid(click) + F.logsigmoid(bought)
    rest = torch.log(-torch.expm1(both))
    own = -(purchased * both + (1 - purchased) * rest).mean()
    return F.binary_cross_entropy_with_logits(click, clicked) + own


def _clicked_rows(click, bought, clicked, purchased):
    rows = clicked > 0
    own = F.binary_cross_entropy_with_logits(bought[rows], purchased[rows])
    return F.binary_cross_entropy_with_logits(click, clicked) + own


def _after_a_click(click, bought, clicked, purchased):
    return F.binary_cross_entropy_with_logits(click, clicked) + F.binary_cross_entropy_with_logits(
        bought, purchased
    )


def _added(click, bought, clicked, purchased):
    both = (click.sigmoid() + bought.sigmoid()) / 2
    return F.binary_cross_entropy_with_logits(click, clicked) + F.binary_cross_entropy(both, purchased)


def _logits_added(click, bought, clicked, purchased):
    own = F.binary_cross_entropy_with_logits(click + bought, purchased)
    return F.binary_cross_entropy_with_logits(click, clicked) + own


def _no_click(click, bought, clicked, purchased):
    return esmm_loss(click, bought, clicked, purchased) - F.binary_cross_entropy_with_logits(click, clicked)


def _halved(click, bought, clicked, purchased):
    return esmm_loss(click, bought, clicked, purchased) / 2


def _summed(click, bought, clicked, purchased):
    return esmm_loss(click, bought, clicked, purchased) * len(click)


def _probes() -> list[Probe]:
    def case(about: str, rows: int, level: float, seed: int) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        click, bought = torch.randn(2, rows, generator=draw, dtype=torch.float64)
        clicked = (torch.rand(rows, generator=draw) < 0.5).double()
        purchased = clicked * (torch.rand(rows, generator=draw) < 0.5).double()
        clicked[:2], purchased[:2] = torch.tensor([1.0, 1.0]), torch.tensor([1.0, 0.0])
        return Probe(about, (click + level, bought, clicked, purchased))

    return [
        case("four rows", 4, 0.0, 1),
        case("rare clicks", 40, -2.5, 2),
        case("clicks likelier than not", 15, 1.5, 3),
        case("many rows", 200, -1.0, 4),
    ]


def _mutant(name: str, hint: str, function: Callable) -> Mutant:
    return Mutant(name, hint, function)


EXERCISE = Exercise(
    name="esmm-loss",
    reference=esmm_loss,
    probes=_probes,
    mutants=(
        _mutant(
            "clicked-rows",
            "The purchase is learned from clicked rows alone. Here every row that was shown counts.",
            _clicked_rows,
        ),
        _mutant(
            "after-a-click",
            "p(purchase | click) is compared with purchases among all rows. Of which event do all rows tell?",
            _after_a_click,
        ),
        _mutant(
            "added", "Two probabilities are averaged. A purchase needs the click and what follows.", _added
        ),
        _mutant(
            "logits-added",
            "Logits are added. The product of two probabilities is no sum of their logits.",
            _logits_added,
        ),
        _mutant("no-click", "The loss of the click itself is missing.", _no_click),
        _mutant("halved", "The two losses are added, not averaged.", _halved),
        _mutant("summed", "The rows are summed. Asked for is the mean over rows.", _summed),
    ),
    hints=(
        "Write down what happens with which probability: nothing, a click alone, a click and a purchase.",
        "Both losses are means over all rows. The second compares a product of probabilities with purchases.",
    ),
)
