"""What a model of clicks and purchases is worth: against what happened, and against a world's own numbers.

Sizes: ``M`` slates, ``C`` places, ``N`` items that were shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ..data.batch import Batch
from ..messages import InputError
from ..models.recommender import ForeseesPurchases, place_model
from .asking import asked
from .click_scores import SLATES_AT_ONCE
from .clicks import auc, log_loss

if TYPE_CHECKING:
    from ..data.worlds import World


@dataclass(frozen=True, eq=False)
class Chances:
    """p(click) and p(purchase | click), ``(M, C)`` float64 each."""

    click: Tensor
    bought: Tensor

    @property
    def both(self) -> Tensor:
        """p(click and purchase), ``(M, C)``."""
        return self.click * self.bought


def model_chances(
    model: ForeseesPurchases, slates: Batch, device: torch.device | str | None = None
) -> Chances:
    """What ``model`` says of every place; without candidates, of items 1 to V at the first place."""
    device = place_model(model, device)
    found: list[tuple[Tensor, Tensor]] = []
    with asked(model):
        for first in range(0, len(slates), SLATES_AT_ONCE):
            part = slates.rows(slice(first, first + SLATES_AT_ONCE)).to(device)
            found.append(model.tasks(part.trim(), part.candidates))
    click, bought = (torch.cat(each).cpu().double().sigmoid() for each in zip(*found, strict=True))
    return Chances(click, bought)


def true_shares(world: World, slates: Batch, positions: Tensor | None = None) -> Chances:
    """The oracle's p(click) and p(purchase | click) of ``slates`` of ``world``, from whole histories.

    Args:
        slates: with ``users``, ``query_time`` and ``candidates``. positions: as for ``click_oracle``.
    """
    from ..data.worlds.serving import as_requests  # few logs are worlds

    if slates.candidates is None:
        raise InputError("chances are asked for on slates: a batch with candidates")
    whole, items = as_requests(world, slates), slates.candidates.cpu()
    told = (whole.items, whole.times, whole.lengths, whole.query_time, items, positions)
    click = world.click_oracle(*told)
    both = world.purchase_oracle(*told)
    return Chances(click, torch.where(items > 0, both / click.clamp(min=1e-300), 0.0))


def purchase_metrics(found: Chances, slates: Batch) -> dict[str, float]:
    """Log-losses in nats, and one AUC.

    ``joint log-loss``: of what happened to a shown item: nothing, a click, a click and a purchase.
    ``purchase log-loss`` and ``purchase AUC``: of click and purchase, over all that was shown.
    ``conversion log-loss``: of the purchase, over what was clicked. The first is the click's log-loss plus
    the last one times the share of clicks.

    Raises:
        InputError: slates that do not say what was bought, or no purchase among them.
    """
    if slates.candidates is None or slates.labels is None or slates.bought is None:
        raise InputError("these slates do not say what was bought: split_clicks(..., purchases=True)")
    shown = slates.candidates.cpu() > 0
    clicked, bought = (each.cpu()[shown].numpy() for each in (slates.labels, slates.bought))
    click, after, both = (each[shown].numpy() for each in (found.click, found.bought, found.both))
    rows = clicked == 1
    conversion = log_loss(bought[rows], after[rows])
    return {
        "joint log-loss": float((log_loss(clicked, click).sum() + conversion.sum()) / len(clicked)),
        "purchase log-loss": float(log_loss(bought, both).mean()),
        "purchase AUC": auc(bought, both),
        "conversion log-loss": float(conversion.mean()),
    }


def conversion_errors(found: Chances, true: Chances, slates: Batch) -> dict[str, float]:
    """How far p(purchase | click) is from the world's own number, a row a shown item.

    ``error``: root mean square, over all that was shown; ``clicked`` and ``unclicked``: over each part.
    ``bias`` and its parts: the mean difference, above 0 where the model promises too much.
    """
    assert slates.candidates is not None and slates.labels is not None  # slates have them
    shown, clicked = slates.candidates.cpu() > 0, slates.labels.cpu() > 0
    away = found.bought - true.bought
    parts = {"": shown, " clicked": shown & clicked, " unclicked": shown & ~clicked}
    return {
        f"{name}{part}": float(value)
        for part, rows in parts.items()
        for name, value in (("error", away[rows].pow(2).mean().sqrt()), ("bias", away[rows].mean()))
    }


def rate_by_items(slates: Batch, n_items: int, hold: float) -> Tensor:
    """``(V+1,)``: an item's share of purchases among its clicks, drawn to that of all by ``hold`` clicks."""
    assert slates.candidates is not None and slates.labels is not None and slates.bought is not None
    clicked = (slates.labels.cpu() > 0) & (slates.candidates.cpu() > 0)
    items, bought = slates.candidates.cpu()[clicked], slates.bought.cpu()[clicked].double()
    rate = float(bought.mean())
    buys = np.bincount(items.numpy(), bought.numpy(), minlength=n_items + 1)
    clicks = np.bincount(items.numpy(), minlength=n_items + 1)
    return torch.from_numpy((buys + hold * rate) / (clicks + hold))
