"""One step of row-wise Adagrad from the gradients of single lookups: sum them by item, then square."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe

Pair = tuple[Tensor, Tensor]
EPS = 1e-8


def _summed(table: Tensor, items: Tensor, gradients: Tensor) -> Tensor:
    """(V+1, D): the gradient of each row, 0 where nothing was looked up."""
    return torch.zeros_like(table).index_add_(0, items, gradients)


def _step(
    table: Tensor, squares: Tensor, items: Tensor, gradients: Tensor, lr: float, *,
    total: Callable[..., Tensor] = _summed, of_row: Callable[[Tensor], Tensor] = lambda g: g.square().mean(1),
    padding: bool = False, sign: float = 1.0,
    added: Callable[[Tensor, Tensor], Tensor] = torch.add, late: bool = False,
    root: Callable[[Tensor], Tensor] = torch.sqrt,
) -> Pair:  # fmt: skip
    real = torch.ones_like(items) if padding else (items > 0)
    gradient = total(table, items, gradients * real[:, None])
    touched = torch.zeros(len(table), dtype=torch.bool)
    touched[items[real.bool()]] = True
    after = torch.where(touched, added(squares, of_row(gradient)), squares)
    used = squares if late else after
    moved = table - sign * lr * gradient / (root(used) + EPS)[:, None]
    return torch.where(touched[:, None], moved, table), after


def row_wise_step(table: Tensor, squares: Tensor, items: Tensor, gradients: Tensor, lr: float) -> Pair:
    """table: (V+1, D), squares: (V+1,), items: (N,), gradients: (N, D), lr: float.

    Returns (table, squares).
    """
    return _step(table, squares, items, gradients, lr)


def _known(**changes: Any) -> Callable[..., Pair]:
    return lambda *given: _step(*given, **changes)


def _last(table: Tensor, items: Tensor, gradients: Tensor) -> Tensor:
    found = torch.zeros_like(table)
    for item, gradient in zip(items, gradients, strict=True):
        found[item] = gradient
    return found


def _first(table: Tensor, items: Tensor, gradients: Tensor) -> Tensor:
    return _last(table, items.flip(0), gradients.flip(0))


def _mean(table: Tensor, items: Tensor, gradients: Tensor) -> Tensor:
    counts = items.bincount(minlength=len(table)).clamp(min=1)
    return _summed(table, items, gradients) / counts[:, None]


def _lookups_apart(table: Tensor, squares: Tensor, items: Tensor, gradients: Tensor, lr: float) -> Pair:
    """Squares of single lookups are added up, and then the summed gradient moves the row."""
    real = (items > 0)[:, None] * gradients
    after = squares.index_add(0, items, real.square().mean(1))
    gradient = _summed(table, items, real)
    return table - lr * gradient / (after.sqrt() + EPS)[:, None], after


def _one_by_one(table: Tensor, squares: Tensor, items: Tensor, gradients: Tensor, lr: float) -> Pair:
    """A step a lookup."""
    for n in range(len(items)):
        table, squares = row_wise_step(table, squares, items[n : n + 1], gradients[n : n + 1], lr)
    return table, squares


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(20)

    def case(about: str, v: int, dim: int, items: list[int], lr: float) -> Probe:
        table = torch.randn(v + 1, dim, generator=generator)
        squares = torch.rand(v + 1, generator=generator) + 0.05
        gradients = torch.randn(len(items), dim, generator=generator)
        return Probe(about, (table, squares, torch.tensor(items), gradients, lr))

    return [
        case("three items, each looked up once", 5, 2, [4, 1, 3], 0.1),
        case("one item looked up three times", 6, 3, [2, 5, 2, 2], 0.3),
        case("padding among the items", 4, 4, [0, 3, 0, 1], 0.5),
        case("many rows, few of them looked up", 30, 2, [17, 29, 17, 0, 8], 0.05),
    ]


EXERCISE = Exercise(
    name="row-wise-step",
    reference=row_wise_step,
    probes=_probes,
    mutants=(
        Mutant(
            "lookups-apart",
            "The squares of single lookups are added up. A row has one gradient in a step, the sum of its "
            "lookups, and that one is squared.",
            _lookups_apart,
        ),
        Mutant(
            "one-by-one",
            "This takes a step for each lookup. A row that was looked up three times takes one step, with "
            "the sum of three gradients.",
            _one_by_one,
        ),
        Mutant(
            "last-wins",
            "Where an item was looked up several times, one of its gradients has overwritten the others. "
            "Indexing on the left of “=” does that: add them up first.",
            _known(total=_last),
            _known(total=_first),
        ),
        Mutant(
            "averaged",
            "The gradients of an item are averaged over its lookups. The loss adds up what they cause.",
            _known(total=_mean),
        ),
        Mutant(
            "sum-of-squares",
            "A row's number grows by the sum of squares over its coordinates. It is their mean, so that the "
            "step does not depend on the width.",
            _known(of_row=lambda g: g.square().sum(1)),
        ),
        Mutant(
            "length",
            "A row's number grows by the length of its gradient, or by its mean size, and not by the mean "
            "square.",
            _known(of_row=lambda g: g.norm(dim=1)),
            _known(of_row=lambda g: g.abs().mean(1)),
        ),
        Mutant(
            "replaced",
            "The new mean square has replaced the old number. Adagrad adds up.",
            _known(added=lambda old, new: new),
        ),
        Mutant(
            "late",
            "The step was taken with the numbers from before it. They grow first.",
            _known(late=True),
        ),
        Mutant(
            "no-root",
            "The gradient is divided by the number itself. It is divided by its root.",
            _known(root=lambda squares: squares),
        ),
        Mutant("uphill", "The rows move up the gradient.", _known(sign=-1.0)),
        Mutant(
            "padding",
            "Row 0 has moved, or its number has grown. It is padding and stays as it is.",
            _known(padding=True),
        ),
    ),
    hints=(
        "Three steps: one gradient for each item, one number for each row, one move.",
        "`index_add_` adds rows of one tensor up in another, also where an index comes twice.",
    ),
)
