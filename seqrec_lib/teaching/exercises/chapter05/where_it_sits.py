"""Mean weight around the cause: does attention sit on it, or one step later?"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _around(
    weights: Tensor,
    cause: Tensor,
    lengths: Tensor,
    reach: int,
    sign: int = 1,
    floor: int = 0,
    mean=torch.mean,
    late: int = 0,
) -> Tensor:
    """``floor``: the first place that counts; below 0 Python's places wrap around."""
    row, means = torch.arange(len(cause)), []
    for offset in range(-reach, reach + 1):
        place = cause + sign * offset + late
        there = (place >= floor) & (place < lengths)
        means.append(mean(weights[row[there], place[there]]))
    return torch.stack(means)


def where_it_sits(weights: Tensor, cause: Tensor, lengths: Tensor, reach: int) -> Tensor:
    """weights: (N, T), cause: (N,), lengths: (N,), reach: int. Returns (2 * reach + 1,)."""
    return _around(weights, cause, lengths, reach)


def other_direction(weights, cause, lengths, reach):
    return _around(weights, cause, lengths, reach, sign=-1)


def wraps_around(weights, cause, lengths, reach):
    return _around(weights, cause, lengths, reach, floor=-weights.shape[1])


def padding_counted(weights, cause, lengths, reach):
    return _around(weights, cause, torch.full_like(lengths, weights.shape[1]), reach)


def over_all_rows(weights, cause, lengths, reach):
    row, means = torch.arange(len(cause)), []
    for offset in range(-reach, reach + 1):
        place = cause + offset
        there = (place >= 0) & (place < lengths)
        means.append(weights[row[there], place[there]].sum() / len(cause))
    return torch.stack(means)


def zeros_left_out(weights, cause, lengths, reach):
    return _around(weights.masked_fill(weights == 0, torch.nan), cause, lengths, reach, mean=torch.nanmean)


def clamped(weights, cause, lengths, reach):
    row = torch.arange(len(cause))
    offsets = range(-reach, reach + 1)
    places = [torch.minimum((cause + offset).clamp(min=0), lengths - 1) for offset in offsets]
    return torch.stack([weights[row, place].mean() for place in places])


def whole_rows_dropped(weights, cause, lengths, reach):
    whole = (cause - reach >= 0) & (cause + reach < lengths)
    return _around(weights[whole], cause[whole], lengths[whole], reach)


def one_side(weights, cause, lengths, reach):
    found = _around(weights, cause, lengths, reach)
    return torch.cat([found.flip(0)[:reach], found[reach:]])


def _probes() -> list[Probe]:
    draw = torch.Generator().manual_seed(58)

    def case(
        about: str, lengths: list[int], cause: list[int], t: int, reach: int, unseen: tuple = (0, 0)
    ) -> Probe:
        """The step ``unseen`` has a score so low that its weight is exactly 0."""
        hidden = torch.arange(t) >= torch.tensor(lengths)[:, None]
        scores = torch.randn(len(lengths), t, generator=draw) * 1.5
        scores[unseen] -= 300.0 if any(unseen) else 0.0
        weights = scores.masked_fill(hidden, -torch.inf).softmax(-1)
        return Probe(about, (weights, torch.tensor(cause), torch.tensor(lengths), reach))

    return [
        case("two histories, one step either side", [4, 3], [1, 1], 4, 1),
        case("causes near both ends", [6, 4, 5, 6], [0, 3, 2, 3], 7, 2, unseen=(3, 4)),
        case("one history stands alone at the far end", [8, 8, 5], [4, 3, 1], 9, 3),
        case("the cause alone", [3, 5], [2, 0], 5, 0),
    ]


EXERCISE = Exercise(
    name="where-it-sits",
    reference=where_it_sits,
    probes=_probes,
    mutants=(
        Mutant(
            "other-direction",
            "The offsets run the other way: a later step has a positive offset.",
            other_direction,
        ),
        Mutant(
            "wraps-around",
            "Place −1 is no step. In Python it is the last column, so early causes read the end of the row.",
            wraps_around,
        ),
        Mutant(
            "padding-counted",
            "Steps after the last real one are counted, with a weight of 0. `lengths` says where a "
            "history ends.",
            padding_counted,
        ),
        Mutant(
            "over-all-rows",
            "The sum is divided by all N histories, also where only some have a step there.",
            over_all_rows,
        ),
        Mutant(
            "a-step-off",
            "Every weight stands one offset too early or too late. `cause` counts from 0, as the columns do.",
            partial(_around, late=1),
            partial(_around, late=-1),
        ),
        Mutant(
            "zeros-left-out",
            "Real steps with a weight of exactly 0 are left out of the mean. They count.",
            zeros_left_out,
        ),
        Mutant(
            "clamped",
            "A place outside the history is moved to its end and counted there. Such a history has "
            "nothing to say.",
            clamped,
        ),
        Mutant(
            "whole-rows-dropped",
            "Histories without room on both sides are left out everywhere. Leave them out only where "
            "they end.",
            whole_rows_dropped,
        ),
        Mutant("mirrored", "The offsets before the cause stand in the wrong order.", one_side),
    ),
    hints=(
        "For one offset: which histories have a real step there? Take the mean over those.",
        "weights[row, place] with two whole-number tensors picks one weight from each history.",
    ),
)
