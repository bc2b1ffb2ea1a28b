"""Which items a stack of causal convolutions can read: a reach may have holes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _back(kernel: int, dilations: list[int]) -> set[int]:
    """How many steps back the last state can look; 0 is the step itself."""
    found = {0}
    for dilation in dilations:
        found = {before + tap * dilation for before in found for tap in range(kernel)}
    return found


def _row(n: int, back: set[int]) -> Tensor:
    return torch.tensor([n - step in back for step in range(1, n + 1)])


def steps_reached(n: int, kernel: int, dilations: list[int]) -> Tensor:
    """n, kernel: int, dilations: list of int. Returns (n,) booleans."""
    return _row(n, _back(kernel, dilations))


def _without_holes(reach: Callable[[int, list[int]], int]) -> Callable:
    return lambda n, kernel, dilations: _row(n, set(range(reach(kernel, dilations))))


def _top_layer(n, kernel, dilations):
    return _row(n, {tap * dilations[-1] for tap in range(kernel)})


def _each_alone(n, kernel, dilations):
    return _row(n, {tap * dilation for dilation in dilations for tap in range(kernel)})


def _from_the_oldest(n, kernel, dilations):
    return steps_reached(n, kernel, dilations).flip(0)


def _never_itself(n, kernel, dilations):
    return _row(n, {back + 1 for back in _back(kernel, dilations)})


def _kernel_plus_one(n, kernel, dilations):
    return _row(n, _back(kernel + 1, dilations))


def _probes() -> list[Probe]:
    return [
        Probe("one layer", (3, 2, [1])),
        Probe("one layer with a dilation", (6, 2, [3])),
        Probe("dilations that double", (12, 2, [1, 2, 4])),
        Probe("a reach with holes", (15, 2, [2, 5])),
        Probe("three taps", (20, 3, [1, 4])),
        Probe("fewer items than the reach", (5, 3, [1, 2, 2, 4])),
        Probe("the same dilation twice", (11, 3, [2, 2])),
    ]


EXERCISE = Exercise(
    name="steps-reached",
    reference=steps_reached,
    probes=_probes,
    mutants=(
        Mutant(
            "no-holes",
            "The oldest step within reach is right. But is every step between it and the last one read?",
            _without_holes(lambda kernel, dilations: 1 + (kernel - 1) * sum(dilations)),
        ),
        Mutant(
            "kernel-times",
            "The reach is too long. A filter of k taps spans k - 1 distances, and not k.",
            _without_holes(lambda kernel, dilations: 1 + kernel * sum(dilations)),
        ),
        Mutant(
            "top-layer",
            "This is what the last convolution reads. What had its inputs read before?",
            _top_layer,
        ),
        Mutant(
            "each-alone",
            "Each convolution is taken alone here. They stand on top of each other, so distances add up.",
            _each_alone,
        ),
        Mutant(
            "from-the-oldest",
            "The answer is turned round: entry 1 is the oldest item, and the newest stands last.",
            _from_the_oldest,
        ),
        Mutant(
            "never-itself",
            "Everything lies one step too far back. A causal filter reads its own step too.",
            _never_itself,
        ),
        Mutant("one-tap-more", "There is one tap too many in each filter.", _kernel_plus_one),
    ),
    hints=(
        "Begin at the last state and write the set of steps that it reads, layer by layer.",
        "A layer turns each distance of the set into as many distances as the filter has taps.",
    ),
)
