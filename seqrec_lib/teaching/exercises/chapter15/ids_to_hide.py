"""Which ids are hidden in one pass of training."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _hide(known: Tensor, draws: Tensor, share: float, training: bool, *, always: bool = False,
          parts: bool = False, nothing: bool = False, turned: bool = False,
          back: bool = False) -> Tensor:  # fmt: skip
    found = known.clone()
    if not training and not always:
        return found
    hidden = draws >= share if turned else draws < share
    if parts:
        found &= ~hidden[:, None]
        return torch.where(found.any(1, keepdim=True), found, known)
    found[:, 0] = ~hidden if back else found[:, 0] & ~hidden
    if not nothing:
        found = torch.where(found.any(1, keepdim=True), found, known)
    return found


def ids_to_hide(known: Tensor, draws: Tensor, share: float, training: bool) -> Tensor:
    """known: (V, M) bool, draws: (V,), share: float, training: bool. Returns (V, M) bool."""
    return _hide(known, draws, share, training)


def _known(**changes) -> Callable:
    return lambda known, draws, share, training: _hide(known, draws, share, training, **changes)


def _probes() -> list[Probe]:
    def case(about: str, v: int, m: int, share: float, training: bool, seed: int) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        known = torch.rand(v, m, generator=draw) < 0.6
        known[:, 0] |= ~known.any(1)
        known[0] = torch.tensor([True] + [False] * (m - 1))  # an id and nothing else
        known[1] = torch.tensor([False] + [True] * (m - 1))  # never met
        draws = torch.rand(v, generator=draw)
        draws[0], draws[1] = share / 2, (1 + share) / 2
        return Probe(about, (known, draws, share, training))

    return [
        case("half of the ids", 12, 3, 0.5, True, 1),
        case("a tenth, many items", 60, 2, 0.1, True, 2),
        case("nine tenths", 20, 4, 0.9, True, 3),
        case("when it is asked", 40, 3, 0.5, False, 5),
    ]


EXERCISE = Exercise(
    name="ids-to-hide",
    reference=ids_to_hide,
    probes=_probes,
    mutants=(
        Mutant(
            "hidden-when-asked",
            "Ids are hidden when the model is asked, too. Hiding belongs to training.",
            _known(always=True),
        ),
        Mutant(
            "every-part-hidden",
            "All parts of an item are hidden together. Only the id, column 0, is to be hidden.",
            _known(parts=True),
        ),
        Mutant(
            "left-with-nothing",
            "An item that has an id and nothing else is left with nothing. It keeps its id.",
            _known(nothing=True),
        ),
        Mutant(
            "share-turned-round",
            "Ids are hidden as often as they should be left. A draw below the share hides.",
            _known(turned=True),
        ),
        Mutant(
            "ids-that-nobody-has",
            "An item that nobody has met gets an id here. What is not known cannot be left.",
            _known(back=True),
        ),
    ),
    hints=(
        "Copy the table first. What becomes of column 0, and what of the others?",
        "Look at the rows that are False everywhere after hiding: what were they before?",
    ),
)
