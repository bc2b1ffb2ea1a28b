"""The Pareto front: which of many compromises no other one beats, and how much they cover together.

Sizes: ``N`` compromises, ``G`` goals. Of every goal more is better.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..messages import InputError


def is_dominated(points: Tensor) -> Tensor:
    """``(N, G)`` -> ``(N,)`` bool: whether another point has at least as much of all goals and more of one.

    Equal points do not dominate each other.

    Raises:
        InputError: no ``(N, G)``, or a number that is none.
    """
    _check(points)
    least = (points[None] >= points[:, None]).all(2)  # (N, N): column j has as much as row i everywhere
    more = (points[None] > points[:, None]).any(2)
    return (least & more).any(1)


def pareto_front(points: Tensor) -> Tensor:
    """``(N, G)`` -> ``(F,)`` int64: which points are not dominated, by the first goal, most of it first.

    Of equal points the first alone is kept.

    Raises:
        InputError: as :func:`is_dominated`.
    """
    kept = (~is_dominated(points)).nonzero()[:, 0]
    found: list[int] = []
    seen: set[tuple[float, ...]] = set()
    for n in kept.tolist():
        point = tuple(points[n].tolist())
        if point not in seen:
            seen.add(point)
            found.append(n)
    return torch.tensor(sorted(found, key=lambda n: (-float(points[n, 0]), n)), dtype=torch.int64)


def hypervolume(points: Tensor, reference: Tensor) -> float:
    """The area of all that some point has at least as much of, above ``reference`` ``(2,)``; two goals.

    Points that are below the reference in a goal cover nothing.

    Raises:
        InputError: as :func:`is_dominated`, or other than two goals.
    """
    _check(points)
    if points.shape[1] != 2 or reference.shape != (2,):
        raise InputError(f"an area needs two goals, (N, 2) and (2,); got {tuple(points.shape)}")
    above = (points - reference).double()
    above = above[(above > 0).all(1)]
    if not len(above):
        return 0.0
    above = above[pareto_front(above)]  # most of the first goal first, so the second one rises
    steps = torch.diff(above[:, 1], prepend=torch.zeros(1, dtype=torch.float64, device=above.device))
    return float((above[:, 0] * steps).sum())


def _check(points: Tensor) -> None:
    if points.dim() != 2 or not len(points) or not points.shape[1]:
        raise InputError(f"points must be (N, G), a row a compromise; got {tuple(points.shape)}")
    if bool(points.isnan().any()):
        raise InputError(f"point {int(points.isnan().any(1).nonzero()[0])} holds a number that is none")
