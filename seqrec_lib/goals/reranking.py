"""Lists that serve several goals: by a weighted sum, or item by item with an eye on what stands there.

Sizes: ``M`` requests, ``V`` items (column 0 is padding and is never chosen), ``K`` places of a list.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..messages import InputError


def weighted(first: Tensor, second: Tensor, weight: float) -> Tensor:
    """``(1 - weight) first + weight second``, of any shape.

    Raises:
        InputError: a weight outside 0 to 1, or shapes that differ.
    """
    if not 0 <= weight <= 1:
        raise InputError(f"weight is {weight}: the share of the second goal is 0 to 1")
    if first.shape != second.shape:
        raise InputError(f"the goals have shapes {tuple(first.shape)} and {tuple(second.shape)}")
    return (1 - weight) * first + weight * second


def best_lists(values: Tensor, k: int) -> Tensor:
    """``(M, V+1)`` -> ``(M, K)`` int64: the ``k`` items worth most, best first; ties by the lower number.

    Where places are looked at less and less, and an item's worth does not hang on what stands beside it, no
    list has more of the weighted sum of the goals.

    Raises:
        InputError: k is no length of a list from this catalogue.
    """
    _check(values, k)
    return 1 + values[:, 1:].sort(dim=1, descending=True, stable=True).indices[:, :k]


def marginal_relevance(values: Tensor, alike: Tensor, k: int, weight: float) -> Tensor:
    """``(M, K)`` int64: maximal marginal relevance (Carbonell & Goldstein 1998), ties by the lower number.

    Each place takes the item with the largest ``weight * value - (1 - weight) * alike``, where ``alike`` is
    with that item of the list so far that resembles it most. The first place takes the largest value.

    Args:
        values: ``(M, V+1)``, on a scale like that of ``alike``. alike: ``(V+1, V+1)``, of two items.

    Raises:
        InputError: k does not fit, a weight outside 0 to 1, or ``alike`` of another size.
    """
    _check(values, k)
    if not 0 <= weight <= 1:
        raise InputError(f"weight is {weight}: the share of relevance is 0 to 1")
    if alike.shape != (values.shape[1], values.shape[1]):
        raise InputError(
            f"alike must be (V+1, V+1); got {tuple(alike.shape)} for {values.shape[1] - 1} items"
        )
    free = torch.ones_like(values, dtype=torch.bool)
    free[:, 0] = False
    nearest = torch.full_like(values, -torch.inf)
    chosen = []
    for place in range(k):
        gain = values if place == 0 else weight * values - (1 - weight) * nearest
        item = gain.masked_fill(~free, -torch.inf).argmax(1)  # (M,)
        chosen.append(item)
        free[torch.arange(len(item)), item] = False
        nearest = torch.maximum(nearest, alike[item])
    return torch.stack(chosen, dim=1)


def _check(values: Tensor, k: int) -> None:
    if values.dim() != 2 or not len(values):
        raise InputError(f"values must be (M, V+1), a row a request; got {tuple(values.shape)}")
    if not 1 <= k < values.shape[1]:
        raise InputError(
            f"a list of {k} from a catalogue of {values.shape[1] - 1} items: give 1 to all of them"
        )
