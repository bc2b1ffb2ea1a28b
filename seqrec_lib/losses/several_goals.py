"""Clicks and purchases as the two goals of one model, and the objective that trains it.

Sizes: ``B`` slates, ``C`` places, ``N`` items that were shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..data.batch import Batch
from ..messages import InputError
from ..models.recommender import ForeseesPurchases, StartsAtRate
from .conflicts import combined, gradients_of, with_gradient

if TYPE_CHECKING:
    from ..data.click_splits import ClickSplit
    from .objectives import Generators


def both_logits(click: Tensor, bought: Tensor) -> Tensor:
    """The logit of p(click) p(purchase | click), from the two logits; exact where either is far out.

    With q the product, log q is a sum of log-sigmoids, and log(1 - q) = log(1 - p(click) + p(click)(1 -
    p(purchase | click))).
    """
    whole = F.logsigmoid(click) + F.logsigmoid(bought)
    rest = torch.logaddexp(F.logsigmoid(-click), F.logsigmoid(click) + F.logsigmoid(-bought))
    return whole - rest


def entire_space_loss(click: Tensor, bought: Tensor, clicked: Tensor, purchased: Tensor) -> Tensor:
    """``(2,)``: ESMM's losses (Ma et al. 2018, eq. 3), of the click and of click and purchase, over all rows.

    Args:
        click, bought: ``(N,)`` logits of p(click) and of p(purchase | click).
        clicked, purchased: ``(N,)`` 0 or 1; ``purchased`` is 1 only where ``clicked`` is.
    """
    return torch.stack(_entire(click, bought, clicked, purchased))


def clicked_space_loss(click: Tensor, bought: Tensor, clicked: Tensor, purchased: Tensor) -> Tensor:
    """``(2,)``: the click over all rows, the purchase over clicked rows alone; arguments as above.

    The second is a sum over clicked rows divided by **all** rows, so both goals count rows alike: together
    they are the mean negative log-probability of what happened: nothing, a click, or a click and a purchase.
    """
    return torch.stack(_clicked(click, bought, clicked, purchased))


def _entire(click: Tensor, bought: Tensor, clicked: Tensor, purchased: Tensor) -> list[Tensor]:
    return [
        F.binary_cross_entropy_with_logits(click, clicked),
        F.binary_cross_entropy_with_logits(both_logits(click, bought), purchased),
    ]


def _clicked(click: Tensor, bought: Tensor, clicked: Tensor, purchased: Tensor) -> list[Tensor]:
    each = F.binary_cross_entropy_with_logits(bought, purchased, reduction="none")
    return [F.binary_cross_entropy_with_logits(click, clicked), (each * clicked).mean()]


class SeveralGoals:
    """Clicks and purchases together, for a model that :class:`ForeseesPurchases`.

    The model says from which rows the purchase is learned, how much it weighs, and how the two gradients are
    combined. With ``sum`` the value is a plain loss. Else each goal's gradient is taken apart, and the value
    carries the combined one (``conflicts.with_gradient``): the loop stays the same.
    """

    name = "click-and-purchase"

    def __init__(self) -> None:
        self.parameters: list[nn.Parameter] = []

    def prepare(self, model: ForeseesPurchases, split: ClickSplit) -> None:
        """Logits start at the rates of the training slates.

        Raises:
            InputError: the slates do not say what was bought.
        """
        clicked, purchased = outcomes(split.train)
        rate, bought = float(clicked.mean()), float(purchased.sum() / clicked.sum().clamp(min=1))
        if isinstance(model, StartsAtRate) and 0 < rate < 1:
            model.start_at(rate)
        if 0 < bought < 1:
            model.start_buying_at(bought)
        assert isinstance(model, nn.Module)  # what is trained has parameters
        self.parameters = [each for each in model.parameters() if each.requires_grad]

    def goals(self, model: ForeseesPurchases, batch: Batch) -> list[Tensor]:
        """The losses of the click and of the purchase, the second times its weight.

        They are two tensors and no row of one: in a row, each would seem to read what the other does.
        """
        clicked, purchased = outcomes(batch)
        assert batch.candidates is not None  # outcomes has looked
        shown = batch.candidates > 0
        click, bought = (each[shown] for each in model.tasks(batch, batch.candidates))
        losses = _entire if model.space == "entire" else _clicked
        found = losses(click, bought, clicked.to(click.dtype), purchased.to(click.dtype))
        return [found[0], model.buy_weight * found[1]]

    def __call__(self, model: ForeseesPurchases, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        goals = self.goals(model, batch)
        assert batch.candidates is not None  # goals has looked
        count = int((batch.candidates > 0).sum())
        if model.combine == "sum":
            return goals[0] + goals[1], count
        found = gradients_of(goals, self.parameters)
        mixed = combined(found, model.combine, generators["negatives"])
        return with_gradient(goals[0] + goals[1], self.parameters, mixed), count


def outcomes(batch: Batch) -> tuple[Tensor, Tensor]:
    """``(clicked, purchased)``, ``(N,)`` each, of what was shown.

    Raises:
        InputError: the batch does not say what was shown, clicked and bought.
    """
    if batch.candidates is None or batch.labels is None or batch.bought is None:
        raise InputError(
            "this model learns clicks and purchases, and these slates do not say what was bought: make them "
            "with split_clicks(..., purchases=True)"
        )
    shown = batch.candidates > 0
    return batch.labels[shown], batch.bought[shown]
