"""Item vectors moved against the model: which rows, in which direction, and how far."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _unit(table: Tensor) -> Tensor:
    return table[1:].norm(dim=1).mean()


def _moved(
    table: Tensor, gradient: Tensor, epsilon: float, *, turn: Callable | None = None,
    unit: Callable[[Tensor], Tensor | float] = _unit, padding: bool = False, sign: float = 1.0,
) -> Tensor:  # fmt: skip
    turn = turn or (lambda g: torch.where(norms(g) > 0, g / norms(g).clamp(min=1e-300), g))
    move = sign * epsilon * unit(table) * turn(gradient)
    if not padding:
        move[0] = 0
    return table + move


def norms(rows: Tensor) -> Tensor:
    return rows.norm(dim=1, keepdim=True)


def move_the_items(table: Tensor, gradient: Tensor, epsilon: float) -> Tensor:
    """table, gradient: (V+1, D), epsilon: float. Returns (V+1, D)."""
    return _moved(table, gradient, epsilon)


def _known(**changes) -> Callable:
    return lambda table, gradient, epsilon: _moved(table, gradient, epsilon, **changes)


def _probes() -> list[Probe]:
    def case(about: str, n: int, width: int, size: float, epsilon: float, seed: int, still: tuple = ()):
        draw = torch.Generator().manual_seed(seed)
        table = size * torch.randn(n + 1, width, generator=draw, dtype=torch.float64)
        table[0] = 0
        gradient = torch.randn(n + 1, width, generator=draw, dtype=torch.float64)
        gradient *= torch.linspace(0.1, 3.0, n + 1, dtype=torch.float64)[:, None]
        gradient[list(still)] = 0
        return Probe(about, (table, gradient, epsilon))

    return [
        case("three items of width 2", 3, 2, 1.0, 0.5, 0),
        case("long vectors", 6, 4, 9.0, 0.2, 1),
        case("an item that nothing asks for", 5, 3, 0.3, 1.5, 2, (2,)),
        case("a gradient for padding too, and none for two items", 9, 5, 2.0, 0.7, 3, (4, 9)),
    ]


EXERCISE = Exercise(
    name="move-the-items",
    reference=move_the_items,
    probes=_probes,
    mutants=(
        Mutant(
            "downhill", "The items move so that the loss falls. Which way hurts the model?", _known(sign=-1.0)
        ),
        Mutant(
            "padding-moved", "Row 0 has moved. It is padding, and stays where it is.", _known(padding=True)
        ),
        Mutant(
            "signs",
            "These are the signs of the gradient. Asked for is its direction: a row keeps its proportions.",
            _known(turn=torch.sign),
            _known(turn=lambda g: g.sign() / g.shape[1] ** 0.5),
        ),
        Mutant(
            "one-length-for-all",
            "The gradient is divided by the norm of the whole table, so items with small gradients hardly "
            "move. Each row has a length of its own.",
            _known(turn=lambda g: g / g.norm()),
            _known(turn=lambda g: g / g[1:].norm()),
        ),
        Mutant(
            "gradient-itself",
            "The gradient was taken as it is, so its size decides how far an item moves.",
            _known(turn=lambda g: g),
        ),
        Mutant(
            "no-unit",
            "Each row has moved by epsilon itself. The length is epsilon times the mean length of the items.",
            _known(unit=lambda table: 1.0),
        ),
        Mutant(
            "padding-in-the-mean",
            "The mean length counts padding, whose length is 0, among the items.",
            _known(unit=lambda table: table.norm(dim=1).mean()),
        ),
        Mutant(
            "own-length",
            "Each row moves in proportion to its own length. All rows move equally far.",
            _known(unit=norms),
        ),
        Mutant(
            "move-alone",
            "This is the move. Asked for is the table after it.",
            lambda table, gradient, epsilon: move_the_items(table, gradient, epsilon) - table,
        ),
        Mutant(
            "nan",
            "An item without a gradient became nan: 0 divided by 0. It has no direction, so it stays.",
            _known(turn=lambda g: g / norms(g)),
        ),
    ),
    hints=(
        "Three steps: the length of a move, the direction of each row, and what happens to row 0.",
        "Take norms with `dim=1, keepdim=True`, and think of a row whose gradient is 0.",
    ),
)
