"""Which states of a causal model move when its input changes: predicted from mask and places alone."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _answer(
    n: int, step: int, appended: bool, positions: str, first: int = 0, end: bool = True, start: bool = False
) -> Tensor:
    """The reference; ``first`` shifts where change begins, ``end`` and ``start``: whether an item at the end
    moves everything."""
    if appended:
        return torch.full((n,), end if positions == "end" else start)
    return torch.arange(1, n + 1) >= step + first


def states_that_move(n: int, step: int, appended: bool, positions: str) -> Tensor:
    """n, step: int, appended: bool, positions: "start" or "end". Returns (n,) booleans."""
    return _answer(n, step, appended, positions)


def _known(**changes) -> Callable:
    return lambda n, step, appended, positions: _answer(n, step, appended, positions, **changes)


def _only_that_step(n, step, appended, positions):
    move = torch.arange(1, n + 1) == step
    return _answer(n, step, True, positions) if appended else move


def _backwards(n, step, appended, positions):
    move = torch.arange(1, n + 1) <= step
    return _answer(n, step, True, positions) if appended else move


def _no_mask(n, step, appended, positions):
    return torch.ones(n, dtype=torch.bool)


def _places_decide(n, step, appended, positions):
    """Replacing an item moves all states, too, if places are counted from the newest."""
    everything = torch.ones(n, dtype=torch.bool)
    return everything if positions == "end" else _answer(n, step, appended, positions)


def _probes() -> list[Probe]:
    found = []
    for (n, step), appended, positions in product(((5, 2), (4, 4), (7, 1)), (False, True), ("start", "end")):
        what = "an item is added" if appended else f"step {step} of {n} gets another item"
        found.append(Probe(f"{what}, places from the {positions}", (n, step, appended, positions)))
    return found


EXERCISE = Exercise(
    name="states-that-move",
    reference=states_that_move,
    probes=_probes,
    mutants=(
        Mutant(
            "only-that-step",
            "Only the state at the changed step moves here. Who looks at that step?",
            _only_that_step,
        ),
        Mutant(
            "backwards",
            "The earlier states move here. A causal step reads the past, not the future.",
            _backwards,
        ),
        Mutant(
            "itself-left-out",
            "The state at the changed step does not move here. A step sees its own item too, and steps are "
            "counted from 1.",
            _known(first=1),
        ),
        Mutant("counted-from-zero", "`step` counts from 1: state 1 is the first entry.", _known(first=-1)),
        Mutant(
            "no-mask",
            "Everything moves in every case here. That would be a model without its mask.",
            _no_mask,
        ),
        Mutant(
            "end-forgotten",
            "An added item does more than stand behind the others, where places are counted from the newest. "
            "Write down the place of the first item before and after.",
            _known(end=False),
        ),
        Mutant(
            "start-shifted",
            "Where places are counted from the oldest, an added item changes no other item's place.",
            _known(start=True),
        ),
        Mutant(
            "ends-swapped",
            "The two ways of counting have changed places: which one renumbers the old items?",
            _known(end=False, start=True),
        ),
        Mutant(
            "places-decide",
            "A replaced item keeps its place, and so do all others, from whichever end one counts.",
            _places_decide,
        ),
    ),
    hints=(
        "Two things can move a state: an item that it sees, and the number of a place that it sees.",
        "Write the places of four items from either end, and then those of five.",
    ),
)
