"""The noise of a step: how large, drawn how often, and before or after the division."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _step(clipped: Tensor, draw: Tensor, noise: float, clip: float, expected: float, *,
          sized: Callable = lambda noise, clip, users, expected: noise * clip,
          by: Callable = lambda users, expected: expected) -> Tensor:  # fmt: skip
    users = len(clipped)
    return (clipped.sum(0) + sized(noise, clip, users, expected) * draw) / by(users, expected)


def noisy_step(clipped: Tensor, draw: Tensor, noise: float, clip: float, expected: float) -> Tensor:
    """clipped: (B, P), draw: (P,), noise, clip, expected: float. Returns (P,)."""
    return _step(clipped, draw, noise, clip, expected)


def _known(**changes) -> Callable:
    return lambda *inputs: _step(*inputs, **changes)


def _probes() -> list[Probe]:
    def case(about: str, users: int, width: int, noise: float, clip: float, expected: float, seed: int):
        draw = torch.Generator().manual_seed(seed)
        clipped = clip * torch.rand(users, width, generator=draw, dtype=torch.float64) / width**0.5
        return Probe(
            about,
            (clipped, torch.randn(width, generator=draw, dtype=torch.float64), noise, clip, expected),
        )

    return [
        case("three users, five are expected", 3, 2, 1.5, 0.5, 5.0, 0),
        case("more users than expected", 9, 5, 0.7, 2.0, 6.5, 1),
        case("a batch with nobody", 0, 4, 1.1, 0.3, 8.0, 2),
        case("much noise", 4, 7, 12.0, 0.1, 3.0, 3),
    ]


EXERCISE = Exercise(
    name="noise-where",
    reference=noisy_step,
    probes=_probes,
    mutants=(
        Mutant(
            "after-the-division",
            "The noise was added after the division, so it is as many times too large as users are expected.",
            _known(sized=lambda noise, clip, users, expected: noise * clip * expected),
        ),
        Mutant(
            "clip-forgotten",
            "The noise is not in units of the clip. One user changes the sum by up to the clip, and that is "
            "to be hidden.",
            _known(sized=lambda noise, clip, users, expected: noise),
        ),
        Mutant(
            "for-each-user",
            "The noise grows with the number of users in the batch. One draw hides one user, however "
            "many there are.",
            _known(sized=lambda noise, clip, users, expected: noise * clip * users),
        ),
        Mutant(
            "actual-size",
            "The sum is divided by the users who came. How many came is itself a secret: who is one more or "
            "fewer would be seen.",
            _known(by=lambda users, expected: max(users, 1)),
        ),
        Mutant(
            "nobody-came",
            "The sum is divided by the users who came. A batch may be empty, and how many came is itself a "
            "secret.",
            _known(by=lambda users, expected: torch.tensor(users)),
        ),
        Mutant(
            "no-noise", "There is no noise in this.", _known(sized=lambda noise, clip, users, expected: 0.0)
        ),
        Mutant(
            "sum", "This is the noisy sum. Asked for is the mean.", _known(by=lambda users, expected: 1.0)
        ),
    ),
    hints=(
        "By how much can one user change the sum? The noise is measured by that.",
        "First the noise joins the sum, then all of it is divided, by a number that no user can change.",
    ),
)
