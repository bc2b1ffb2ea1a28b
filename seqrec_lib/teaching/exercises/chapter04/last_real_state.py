"""The state that a request needs, out of a padded batch."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _picked(states: Tensor, place: Tensor) -> Tensor:
    return states[torch.arange(len(states)), place.clamp(0, states.shape[1] - 1)]


def last_real_state(states: Tensor, lengths: Tensor) -> Tensor:
    """states: (B, T, D), lengths: (B,) int64. Returns (B, D)."""
    return _picked(states, lengths - 1)


def last_column(states, lengths):
    return states[:, -1]


def one_late(states, lengths):
    return _picked(states, lengths)


def one_early(states, lengths):
    return _picked(states, lengths - 2)


def first_step(states, lengths):
    return states[:, 0]


def mean_of_all(states, lengths):
    return states.mean(1)


def mean_of_real(states, lengths):
    real = torch.arange(states.shape[1]) < lengths[:, None]
    return (states * real[:, :, None]).sum(1) / lengths[:, None]


def first_rows_length(states, lengths):
    return states[:, int(lengths[0]) - 1]


def last_not_zero(states, lengths):
    """Padding is taken for states of zeros, which it is only after packing."""
    steps = torch.arange(states.shape[1])
    place = ((states != 0).any(2) * steps).amax(1)
    return _picked(states, place)


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(4)

    def case(about: str, width: int, dim: int, lengths: list[int], packed: bool = False) -> Probe:
        states = torch.randn(len(lengths), width, dim, generator=generator, dtype=torch.float64)
        length = torch.tensor(lengths)
        if packed:
            states[torch.arange(width) >= length[:, None]] = 0.0
        states[0, lengths[0] - 1, 0] = 0.0  # a real state may hold a zero
        return Probe(about, (states, length))

    return [
        case("two rows, one of them padded", 4, 2, [4, 2]),
        case("five rows, one of a single item", 7, 3, [3, 1, 7, 5, 6]),
        case("padding of zeros, as packing leaves it", 6, 4, [2, 6, 3], packed=True),
        case("no row as long as the batch is wide", 9, 5, [6, 4]),
    ]


EXERCISE = Exercise(
    name="last-real-state",
    reference=last_real_state,
    probes=_probes,
    mutants=(
        Mutant(
            "last-column",
            "This reads the last column. In a shorter row it holds padding: what the recurrence made of it, "
            "or zeros.",
            last_column,
        ),
        Mutant("one-late", "This is one step late. `lengths` counts from 1, places from 0.", one_late),
        Mutant("one-early", "This is one step early: the newest item has not been read yet.", one_early),
        Mutant("first-step", "This is the state after the oldest item.", first_step),
        Mutant(
            "mean-of-all",
            "This is a mean over all columns, padding among them. One state is asked for.",
            mean_of_all,
        ),
        Mutant("mean-of-real", "This is a mean over the real steps. One state is asked for.", mean_of_real),
        Mutant(
            "first-rows-length",
            "Every row is read at the place where the first row ends. Each row has its own length.",
            first_rows_length,
        ),
        Mutant(
            "last-not-zero",
            "This looks for zeros. Unless a batch was packed, the states at padding are not zero.",
            last_not_zero,
        ),
    ),
    hints=(
        "Take two rows of unlike length on paper. At which step does each end, and what is its place?",
        "Two index tensors of the same length pick one entry each: which row, and which step.",
    ),
)
