"""What a policy of slates would have earned, from the log of another one.

A policy here gives each item a weight and fills the places from the first down, each in proportion to the
weights of the items that are left (Plackett and Luce). Sizes: ``N`` requests, ``K`` places, ``V`` items.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..evaluation.policies import PolicyValue, policy_value
from ..messages import InputError

MOST_PLACES = 3


def place_chances(weights: Tensor, places: int) -> Tensor:
    """p(item stands at the place), ``(N, K, V+1)``, exactly; ``weights`` ``(N, V+1)``, 0 where never shown.

    Sums over what may stand above: over one item for place 2, over pairs for place 3. More places need a
    sum over more items, and :meth:`~seqrec_lib.data.worlds.world.World.propensity` draws them instead.

    Raises:
        InputError: more than 3 places, a weight below 0, or fewer items than places.
    """
    if not 1 <= places <= MOST_PLACES:
        raise InputError(f"places is {places}: exact chances are here for 1 to {MOST_PLACES}")
    if bool((weights < 0).any()) or bool(((weights > 0).sum(1) <= places).any()):
        raise InputError("weights must not be below 0, and more items than places must have one above 0")
    p = weights.double() / weights.double().sum(1, keepdim=True)
    found = [p]
    first = p / (1 - p)  # what an item takes from the others as the one above
    if places > 1:
        found.append(p * (first.sum(1, keepdim=True) - first))
    if places > 2:
        left = 1 - p[:, :, None] - p[:, None, :]  # (N, V+1, V+1)
        pair = first[:, :, None] * p[:, None, :] / left.clamp(min=1e-300)
        pair.diagonal(dim1=1, dim2=2).zero_()
        found.append(p * (pair.sum((1, 2))[:, None] - pair.sum(2) - pair.sum(1)))
    return torch.stack(found, 1)


def slate_chance(weights: Tensor, slates: Tensor) -> Tensor:
    """p(the policy shows this very slate) ``(N,)``; ``slates`` ``(N, K)``, different items in a row."""
    own = weights.double().gather(1, slates)  # (N, K)
    above = torch.cat([torch.zeros_like(own[:, :1]), own[:, :-1]], 1).cumsum(1)
    return (own / (weights.double().sum(1, keepdim=True) - above)).prod(1)


def whole_slate(clicks: Tensor, wanted: Tensor, logged: Tensor, normalise: bool = False) -> PolicyValue:
    """Inverse propensity scoring of a slate as one decision: its clicks count p1(slate) / p0(slate) times.

    Args:
        clicks: ``(N, K)``. wanted, logged: ``(N,)`` from :func:`slate_chance`.
    """
    return policy_value(clicks.double().sum(1), wanted, logged, normalise=normalise)


def per_place(
    clicks: Tensor,
    wanted: Tensor,
    logged: Tensor,
    clip: float | None = None,
    normalise: bool = False,
    predicted: Tensor | None = None,
    expected: Tensor | None = None,
) -> PolicyValue:
    """Inverse propensity scoring item by item: a click counts p1(item at place) / p0(item at place) times.

    It is right where a click hangs on the item, its place and the request, and not on the other items of the
    slate (the item-position model; Shuai Li et al. 2018). With ``predicted`` and ``expected`` it is
    doubly robust (Dudik et al. 2011): see :func:`doubly_robust`.

    Args:
        clicks, wanted, logged: ``(N, K)``. clip: no weight is larger. normalise: each place is divided by its
            own mean weight.

    Raises:
        InputError: shapes that do not fit, or an item that the log could not have shown at its place.
    """
    if not clicks.shape == wanted.shape == logged.shape or clicks.dim() != 2 or len(clicks) < 2:
        raise InputError("clicks, wanted and logged must be (N, K) each, of at least 2 requests")
    if bool((logged <= 0).any()):
        raise InputError("an item in the log had chance 0 at its place: its propensity is wrong")
    weight = wanted.double() / logged.double()
    if clip is not None:
        weight = weight.clamp(max=clip)
    mean = weight.mean(0)  # (K,)
    if normalise and not bool((mean > 0).all()):
        raise InputError("at some place the new policy would have shown nothing of what the log shows")
    reward = clicks.double() - (0 if predicted is None else predicted.double())
    share = weight / mean if normalise else weight
    value = (share * reward).mean(0)  # (K,)
    # What one request moves: a normalised mean moves by its distance from the mean.
    moved = (share * (reward - value)).sum(1) if normalise else (share * reward).sum(1)
    if expected is not None:
        moved = moved + expected.double()
    total = float(value.sum()) + (0.0 if expected is None else float(expected.double().mean()))
    error = float(moved.std() / len(moved) ** 0.5)
    effective = float(weight.sum() ** 2 / weight.pow(2).sum()) / clicks.shape[1]
    return PolicyValue(total, error, float(mean.mean()), effective)


def doubly_robust(
    clicks: Tensor, wanted: Tensor, logged: Tensor, predicted: Tensor, expected: Tensor
) -> PolicyValue:
    """A model's guess of the new policy's value, and the weighted errors of the model on the log.

    It is right on average if the propensities are, whatever the model says; the better the model, the less
    the weights have to carry (Dudik et al. 2011, for one decision; here place by place).

    Args:
        clicks, wanted, logged: as in :func:`per_place`. predicted: ``(N, K)``, the model's chance of each
            click in the log. expected: ``(N,)``, the clicks that the model expects of the new policy.

    Raises:
        InputError: as :func:`per_place`, or a guess of another shape.
    """
    if predicted.shape != clicks.shape or expected.shape != (len(clicks),):
        raise InputError("predicted must be (N, K) and expected (N,)")
    return per_place(clicks, wanted, logged, predicted=predicted, expected=expected)
