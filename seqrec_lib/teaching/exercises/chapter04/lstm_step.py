"""One step of an LSTM with three faults."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _step(v, h, c, W, U, b, order="ifgo", candidate=torch.tanh, shown=torch.tanh, forget=True, keep=True):
    """The reference and its mutants: one change each."""
    parts = dict(zip(order, (v @ W.T + h @ U.T + b).chunk(4, dim=-1), strict=True))
    old = parts["f"].sigmoid() * c if forget else c
    new = parts["i"].sigmoid() * candidate(parts["g"])
    cell = old + new if keep else new
    return parts["o"].sigmoid() * shown(cell), cell


def lstm_step(v: Tensor, h: Tensor, c: Tensor, W: Tensor, U: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """v, h, c: (B, D), W, U: (4D, D), b: (4D,). Returns (h, c), each (B, D)."""
    return _step(v, h, c, W, U, b)


def _known(**changes) -> Callable:
    return lambda v, h, c, W, U, b: _step(v, h, c, W, U, b, **changes)


def _plain(x):
    return x


def _old_cell_shown(v, h, c, W, U, b):
    o = (v @ W.T + h @ U.T + b).chunk(4, dim=-1)[3]
    return o.sigmoid() * c.tanh(), lstm_step(v, h, c, W, U, b)[1]


def _no_bias(v, h, c, W, U, b):
    return _step(v, h, c, W, U, torch.zeros_like(b))


def _only_h(v, h, c, W, U, b):
    return lstm_step(v, h, c, W, U, b)[::-1]


ORDER, CANDIDATE, SHOWN = {"order": "ifog"}, {"candidate": torch.sigmoid}, {"shown": _plain}


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(9)

    def case(about: str, rows: int, dim: int, size: float) -> Probe:
        shapes = ((rows, dim), (rows, dim), (rows, dim), (4 * dim, dim), (4 * dim, dim), (4 * dim,))
        v, h, c, W, U, b = (torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes)
        return Probe(about, (v, h.tanh(), size * c, W, U, b))

    return [
        case("one row, width 2", 1, 2, 1.0),
        case("three rows, width 4", 3, 4, 1.0),
        case("a cell far from 0", 2, 3, 5.0),
    ]


EXERCISE = Exercise(
    name="lstm-step",
    reference=lstm_step,
    probes=_probes,
    mutants=(
        Mutant(
            "order",
            "The candidate and the output gate have changed places: look up PyTorch's order.",
            _known(**ORDER),
        ),
        Mutant(
            "candidate",
            "What is let in lies between 0 and 1 here, so nothing is ever taken away. One function is wrong.",
            _known(**CANDIDATE),
        ),
        Mutant(
            "cell-shown-as-it-is",
            "The cell leaves as it is. What is shown is squashed first.",
            _known(**SHOWN),
        ),
        Mutant(
            "several",
            "One fault is mended, or none; at least two are left. Compare line by line with the equation.",
            _known(**ORDER, **CANDIDATE, **SHOWN),
            _known(**ORDER, **CANDIDATE),
            _known(**ORDER, **SHOWN),
            _known(**CANDIDATE, **SHOWN),
        ),
        Mutant(
            "input-and-forget-swapped",
            "The input and the forget gate have changed places.",
            _known(order="figo"),
        ),
        Mutant("nothing-forgotten", "The old cell passes no gate.", _known(forget=False)),
        Mutant("nothing-kept", "The old cell is lost.", _known(keep=False)),
        Mutant("old-cell-shown", "The state is made from the cell before this step.", _old_cell_shown),
        Mutant("no-bias", "The bias plays no part.", _no_bias),
        Mutant("h-and-c-swapped", "The state and the cell come back in the wrong order.", _only_h),
    ),
    hints=(
        "Three things can go wrong in a line: which part is which, which function, and what is left out.",
        "The equation of the LSTM has two functions. Say for each of its five uses which one stands there.",
    ),
)
