"""Times on which three wrong ways to count intervals show."""

from __future__ import annotations

import torch
from torch import Tensor

from ....messages import message
from ..breaking import BreakingInput, Rival

MOST, SPAN = 4, 100


def _counted(times: Tensor, unit: Tensor) -> Tensor:
    return ((times[-1] - times) / unit).floor().clamp(max=SPAN)


def _smallest(gaps: Tensor) -> Tensor:
    gaps = gaps[gaps > 0]
    return gaps.min() if len(gaps) else torch.tensor(1.0, dtype=torch.float64)


def own_unit(times: Tensor) -> Tensor:
    """times: (T,). Returns (T,), how many units of its smallest gap each event lies back."""
    return _counted(times, _smallest(times.diff()))


def at_least_a_second(times: Tensor) -> Tensor:
    gaps = times.diff()
    return _counted(times, gaps.min().clamp(min=1.0) if len(gaps) else torch.tensor(1.0))


def last_gap(times: Tensor) -> Tensor:
    gaps = times.diff()
    gaps = gaps[gaps > 0]
    return _counted(times, gaps[-1] if len(gaps) else torch.tensor(1.0))


def clipped_first(times: Tensor) -> Tensor:
    back = (times[-1] - times).clamp(max=SPAN)
    return (back / _smallest(times.diff())).floor()


def _ready(times: object) -> tuple | str:
    given = torch.as_tensor(times, dtype=torch.float64)
    if given.ndim != 1 or not 0 < len(given) <= MOST or not bool(given.isfinite().all()):
        return message("`times` should be (T,): seconds, {n} at most.", n=MOST)
    if bool((given.diff() < 0).any()):
        return message("Times of a history do not fall. Sort yours.")
    return (given,)


def _times(*values: float) -> tuple[Tensor]:
    return (torch.tensor(values, dtype=torch.float64),)


EXERCISE = BreakingInput(
    name="times-that-tell",
    right=own_unit,
    rivals=(
        Rival(
            at_least_a_second,
            "It takes 1 second for a gap of 0, so something must happen at one moment in your history. Is "
            "your next larger gap another one than a second, and does something lie less than 100 of its "
            "units back, where no limit hides it?",
        ),
        Rival(
            last_gap,
            "It takes the last gap. Is that the smallest of yours?",
        ),
        Rival(
            clipped_first,
            "It limits seconds to 100 before it divides. Does anything lie that far back, and is your unit "
            "larger than 1?",
        ),
    ),
    ready=_ready,
    example=lambda: _times(0.0, 300.0, 300.0, 1500.0),
    arguments=("times",),
    hints=(
        "Four events are enough.",
        "One gap of 0, one that is the unit, and a larger one at the end.",
    ),
    tries=lambda: {
        "at_least_a_second": _times(0.0, 300.0, 1500.0),
        "last_gap": _times(0.0, 900.0, 900.0, 1200.0),
        "clipped_first": _times(0.0, 3.0, 3.0, 12.0),
    },
)
