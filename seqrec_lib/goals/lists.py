"""What a list is worth in a world, by several goals at once, and exactly.

Sizes: ``M`` requests, ``V`` items, ``K`` places.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ..data.batch import Batch
from ..evaluation.purchase_scores import Chances, true_shares
from ..messages import InputError

if TYPE_CHECKING:
    from ..data.worlds import World


@dataclass(frozen=True, eq=False)
class Shelf:
    """What every item is worth for every request, were it looked at; column 0 is 0.

    Attributes:
        click, purchase: ``(M, V+1)``: p(click), and p(click and purchase), at the first place.
        price: ``(V+1,)``. category: ``(V+1,)`` int64. share: ``(V+1,)``, of the events of all users.
        look: ``(K,)``: how likely a user looks at each place of a list.
    """

    click: Tensor
    purchase: Tensor
    price: Tensor
    category: Tensor
    share: Tensor
    look: Tensor

    @property
    def revenue(self) -> Tensor:
        """``(M, V+1)``: the money to be expected, p(click and purchase) times the price."""
        return self.purchase * self.price

    def believed(self, found: Chances) -> Shelf:
        """The same shelf as a model sees it: ``found`` ``(M, V)`` of items 1 to V in place of the truth."""
        none = torch.zeros(len(found.click), 1, dtype=torch.float64)
        return replace(
            self, click=torch.cat([none, found.click], 1), purchase=torch.cat([none, found.both], 1)
        )


def shelf_of(world: World, requests: Batch, places: int | None = None) -> Shelf:
    """The shelf of ``world`` at ``requests``, by the oracle, which knows the events and not the type.

    Args:
        requests: with ``users`` and ``query_time``. places: of a list; None: as many as the world's slates.

    Raises:
        InputError: a world that shows nothing or sells nothing.
    """
    everything = torch.arange(1, world.n_items + 1).expand(len(requests), -1)  # (M, V)
    found = true_shares(world, replace(requests, candidates=everything), torch.ones_like(everything))
    count = np.bincount(world.log.items, minlength=world.n_items + 1)
    _, category = np.unique(world.categories, return_inverse=True)
    place = torch.arange(1, (world.settings.slate if places is None else places) + 1)
    none = torch.zeros(len(requests), 1, dtype=torch.float64)
    return Shelf(
        click=torch.cat([none, found.click], 1),
        purchase=torch.cat([none, found.both], 1),
        price=torch.from_numpy(np.nan_to_num(world.features["price"])).double(),
        category=torch.from_numpy(category.astype(np.int64)),
        share=torch.from_numpy(count / count.sum()),
        look=place.double() ** -world.settings.examination,
    )


@dataclass(frozen=True, eq=False)
class ListWorth:
    """What each request's list is worth, ``(M,)`` each.

    Attributes:
        clicks, purchases, revenue: to be expected of the whole list. price: mean of its items.
        categories: how many different ones. novelty: mean of -log2 of the items' shares of all events,
            in bits; an item that nobody had counts as half an event.
    """

    clicks: Tensor
    purchases: Tensor
    revenue: Tensor
    price: Tensor
    categories: Tensor
    novelty: Tensor

    def means(self) -> dict[str, float]:
        """Over the requests."""
        return {field.name: float(getattr(self, field.name).mean()) for field in fields(self)}


def list_worth(shelf: Shelf, lists: Tensor) -> ListWorth:
    """The worth of ``lists`` ``(M, K)`` on ``shelf``.

    Clicks, purchases and revenue add up over the places, each times the chance that the place is looked at.

    Raises:
        InputError: shapes do not fit, or an item stands twice in a list.
    """
    if lists.dim() != 2 or len(lists) != len(shelf.click) or lists.shape[1] > len(shelf.look):
        raise InputError(
            f"lists must be (M, K): {len(shelf.click)} requests, at most {len(shelf.look)} places; "
            f"got {tuple(lists.shape)}"
        )
    ordered = lists.sort(dim=1).values
    if bool((ordered[:, 1:] == ordered[:, :-1]).any()):
        raise InputError("an item stands twice in a list")
    look = shelf.look[: lists.shape[1]]
    kinds = shelf.category[lists].sort(dim=1).values
    least = 0.5 * float(shelf.share[shelf.share > 0].min())
    return ListWorth(
        clicks=(look * shelf.click.gather(1, lists)).sum(1),
        purchases=(look * shelf.purchase.gather(1, lists)).sum(1),
        revenue=(look * shelf.revenue.gather(1, lists)).sum(1),
        price=shelf.price[lists].mean(1),
        categories=1 + (kinds[:, 1:] != kinds[:, :-1]).sum(1).double(),
        novelty=-shelf.share[lists].clamp(min=least).log2().mean(1),
    )
