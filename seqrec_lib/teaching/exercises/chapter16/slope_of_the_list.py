"""The factor by which REINFORCE is multiplied where a list of K items is drawn."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def slope_of_the_list(p: Tensor, k: int) -> Tensor:
    """p: (N,), k: int. Returns (N,)."""
    return k * (1 - p) ** (k - 1)


def _probes() -> list[Probe]:
    def case(about: str, p: list[float], k: int) -> Probe:
        return Probe(about, (torch.tensor(p, dtype=torch.float64), k))

    return [
        case("three items, lists of 2", [0.1, 0.5, 0.9], 2),
        case("lists of one item", [0.2, 0.7], 1),
        case("lists of 3, with items that are certain and impossible", [0.0, 1.0, 0.3, 0.6], 3),
        case("a rare item, lists of 10", [0.001, 0.04, 0.2, 0.45, 0.8], 10),
    ]


EXERCISE = Exercise(
    name="slope-of-the-list",
    reference=slope_of_the_list,
    probes=_probes,
    mutants=(
        Mutant(
            "power-k",
            "The power is one too high. Take the derivative of the chance once more: one factor goes.",
            lambda p, k: k * (1 - p) ** k,
        ),
        Mutant(
            "p-for-one-minus-p",
            "An item that is sure to be drawn has the largest factor here. It has nothing to gain.",
            lambda p, k: k * p ** (k - 1),
        ),
        Mutant(
            "twice",
            "The factor is applied twice: this is its square.",
            lambda p, k: slope_of_the_list(p, k) ** 2,
        ),
        Mutant(
            "chance-itself",
            "This is the chance to be in the list. Asked for is how fast it grows with p.",
            lambda p, k: 1 - (1 - p) ** k,
        ),
        Mutant("no-k", "K draws give K chances: that factor is missing.", lambda p, k: (1 - p) ** (k - 1)),
        Mutant(
            "k-times", "This is K for every item. A likely item is often drawn twice.", lambda p, k: k + 0 * p
        ),
    ),
    hints=(
        "Write down how likely an item is in none of K draws, and from it how likely it is in the list.",
        "Take the derivative of that chance by p. At K = 1 it must be 1.",
    ),
)
