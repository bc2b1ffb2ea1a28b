"""The memory of the next segment, where some rows go on with another user."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _kept(both: Tensor, same_user: Tensor, memory: int, newest: bool = True) -> Tensor:
    both = both[:, -memory:] if newest else both[:, :memory]
    return torch.where(same_user[:, None, None], both, torch.zeros_like(both))


def hand_over(held: Tensor, states: Tensor, same_user: Tensor) -> Tensor:
    """held: (B, M, D), states: (B, s, D), same_user: (B,) bool. Returns (B, M, D)."""
    return _kept(torch.cat([held, states], 1), same_user, held.shape[1])


def _mixed_users(held, states, same_user):
    return torch.cat([held, states], 1)[:, -held.shape[1] :]


def _all_rows_emptied(held, states, same_user):
    found = _mixed_users(held, states, same_user)
    return found if bool(same_user.all()) else torch.zeros_like(found)


def _swapped(held, states, same_user):
    return _kept(torch.cat([states, held], 1), same_user, held.shape[1])


def _oldest(held, states, same_user):
    return _kept(torch.cat([held, states], 1), same_user, held.shape[1], newest=False)


def _segment_alone(held, states, same_user):
    """What the segment itself gives, and zeros before it where the memory is longer."""
    return hand_over(torch.zeros_like(held), states, same_user)


def _turned_round(held, states, same_user):
    return hand_over(held, states, ~same_user)


def _held_emptied(held, states, same_user):
    """A new user's row keeps the states of the segment that the old user had."""
    emptied = torch.where(same_user[:, None, None], held, torch.zeros_like(held))
    return torch.cat([emptied, states], 1)[:, -held.shape[1] :]


def _dropped_rows(held, states, same_user):
    return hand_over(held, states, same_user)[same_user]


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(111)

    def case(about: str, same: list[bool], m: int, s: int, d: int) -> Probe:
        held, states = (torch.randn(len(same), n, d, generator=generator) for n in (m, s))
        return Probe(about, (held, states, torch.tensor(same)))

    return [
        case("two rows, the second changes its user", [True, False], 2, 1, 1),
        case("three rows, memory longer than a segment", [False, True, True], 5, 3, 2),
        case("memory shorter than a segment", [True, True, False, True], 2, 4, 3),
        case("nobody changes", [True, True], 3, 2, 4),
        case("everybody changes", [False, False, False], 4, 4, 2),
    ]


EXERCISE = Exercise(
    name="hand-over",
    reference=hand_over,
    probes=_probes,
    mutants=(
        Mutant(
            "as-given",
            "The memory of the row with a new user is still that of the old one.",
            _mixed_users,
        ),
        Mutant(
            "all-rows-emptied",
            "One new user empties the memory of every row. Each row has a user of its own.",
            _all_rows_emptied,
        ),
        Mutant(
            "old-memory-kept",
            "The old memory comes back as it was, so nothing of the segment is remembered. Either the oldest "
            "rows are kept, or the segment was put before what is older than it.",
            _swapped,
            _oldest,
        ),
        Mutant(
            "segment-alone",
            "Only the segment is remembered. Where M is larger than s, part of the old memory stays.",
            _segment_alone,
        ),
        Mutant("turned-round", "The rows that go on are emptied, and the others are kept.", _turned_round),
        Mutant(
            "half-emptied",
            "The old memory is emptied, but the segment of the old user is still handed to the new one.",
            _held_emptied,
        ),
        Mutant(
            "rows-dropped",
            "Rows are missing. A row with a new user stays, with a memory of zeros.",
            _dropped_rows,
        ),
    ),
    hints=(
        "Which user made the states of the segment that was just read?",
        "First make the memory as if nobody changed. Then decide row by row whether it may be used.",
    ),
)
