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
    probability = weights / weights.sum(1, keepdim=True)
    value, error = probability.gather(1, items), torch.zeros(items.shape, dtype=torch.float64)
    deepest = int(positions.max())
    if deepest == 1:
        return value, error
    noise = gumbel((draws, *weights.shape), generator)
    above = (probability.log() + noise).topk(deepest - 1, dim=2).indices  # (S, B, deepest - 1)
    taken = probability.expand(draws, -1, -1).gather(2, above)
    left = 1 - torch.cat([torch.zeros_like(taken[..., :1]), taken], 2).cumsum(2)  # (S, B, deepest)
    left = left.clamp(min=1e-300)  # nothing is left where a catalogue is used up
    for column, (item, place) in enumerate(zip(items.T, positions.T, strict=True)):
        row = torch.arange(len(item))
        here = torch.arange(deepest - 1) < place[:, None] - 1  # (B, deepest - 1)
        gone = ((above == item[:, None]) & here).any(2)  # (S, B)
        own = probability[row, item] / left[:, row, place - 1]
        chance = torch.where(gone, 0.0, own)  # (S, B)
        value[:, column] = torch.where(place == 1, value[:, column], chance.mean(0))
        error[:, column] = torch.where(place == 1, 0.0, chance.std(0) / draws**0.5)
    return value, error
