"""How likely the logging policy of a world shows an item at a place.

Sizes: ``M`` requests, ``C`` items asked about, ``V`` items, ``S`` draws of the places above.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from ...messages import InputError
from ..batch import Batch
from .clicks import logger_weights
from .serving import as_requests, check_shown, gumbel, views_of

if TYPE_CHECKING:
    from .world import World

DRAWS = 256  # of the places above, where a propensity has no closed form
ROWS_AT_ONCE = 200  # of requests, with all their draws


class Propensity(NamedTuple):
    """``value`` ``(M, C)`` float64 probabilities. ``error`` ``(M, C)``: standard errors, 0 where exact."""

    value: Tensor
    error: Tensor


def propensity(
    world: World,
    requests: Batch | Tensor,
    items: Tensor,
    positions: Tensor | None = None,
    draws: int = DRAWS,
    generator: torch.Generator | None = None,
) -> Propensity:
    """How likely the logging policy shows an item at a place; see :meth:`World.propensity`."""
    batch = as_requests(world, requests)
    items, positions = check_shown(world, batch, items, positions)
    if draws < 2:
        raise InputError(f"draws is {draws}: a standard error needs at least 2")
    if int(positions.max()) > world.settings.slate:
        raise InputError(f"positions must be 1 to {world.settings.slate}, the places of a slate")
    generator = torch.Generator().manual_seed(0) if generator is None else generator
    value, error = torch.zeros(2, *items.shape, dtype=torch.float64)
    for rows, view in views_of(world, batch, ROWS_AT_ONCE):
        weights = logger_weights(world.settings, view)  # (N, V+1)
        value[rows], error[rows] = at_places(weights, items[rows], positions[rows], draws, generator)
    return Propensity(value, error)


def at_places(
    weights: Tensor, items: Tensor, positions: Tensor, draws: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """``(probability, standard error)``, both ``(B, C)``, of drawing ``items`` at ``positions`` from 1.

    Items are drawn without replacement, in proportion to ``weights`` ``(B, V+1)``. Once the places above are
    known, the next one is w / (the sum of what is left): so only the places above are drawn, and the mean of
    that exact chance is taken. For place 1 nothing stands above, and it is exact.
    """
    probability = weights / weights.sum(1, keepdim=True).clamp(min=1e-300)  # 0 where nothing can be shown
    value, error = probability.gather(1, items), torch.zeros(items.shape, dtype=torch.float64)
    deepest = int(positions.max())
    if deepest == 1:
        return value, error
    above, left = draw_above(probability, deepest, draws, generator)
    for column, (item, place) in enumerate(zip(items.T, positions.T, strict=True)):
        row = torch.arange(len(item))
        here = torch.arange(deepest - 1) < place[:, None] - 1  # (B, deepest - 1)
        gone = ((above == item[:, None]) & here).any(2)  # (S, B)
        own = probability[row, item] / left[:, row, place - 1]
        chance = torch.where(gone, 0.0, own)  # (S, B)
        value[:, column] = torch.where(place == 1, value[:, column], chance.mean(0))
        error[:, column] = torch.where(place == 1, 0.0, chance.std(0) / draws**0.5)
    return value, error


def draw_above(
    probability: Tensor, places: int, draws: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """``(items (S, B, places - 1), left (S, B, places))``: drawn slates, and what is left for each place."""
    noise = gumbel((draws, *probability.shape), generator)
    above = (probability.log() + noise).topk(places - 1, dim=2).indices
    taken = probability.expand(draws, -1, -1).gather(2, above)
    left = 1 - torch.cat([torch.zeros_like(taken[..., :1]), taken], 2).cumsum(2)
    return above, left.clamp(min=1e-300)  # nothing is left where a catalogue is used up


def mean_look(world: World, requests: Batch | Tensor, items: Tensor, draws: int = DRAWS) -> Tensor:
    """p(the user looks | the logger showed the item somewhere) ``(M, C)``; see :meth:`World.looked_at`."""
    batch = as_requests(world, requests)
    items, _ = check_shown(world, batch, items, None)
    places, generator = world.settings.slate, torch.Generator().manual_seed(0)
    looked = torch.arange(1, places + 1, dtype=torch.float64) ** -world.settings.examination  # (K,)
    found = torch.zeros(items.shape, dtype=torch.float64)
    for rows, view in views_of(world, batch, ROWS_AT_ONCE):
        weights = logger_weights(world.settings, view)
        probability = weights / weights.sum(1, keepdim=True).clamp(min=1e-300)
        above, left = draw_above(probability, places, draws, generator)
        for column, item in enumerate(items[rows].T):
            taken = (above == item[:, None]).cumsum(2) > 0  # (S, N, K - 1)
            free = torch.cat([torch.ones_like(taken[..., :1]), ~taken], 2)  # (S, N, K)
            chance = (free / left).mean(0)  # (N, K), in proportion to p(the item stands at the place)
            found[rows, column] = (chance @ looked) / chance.sum(1)
    return found
