"""Inverse propensities of places: a click stands for those who did not look."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def mean_relevance(clicks: Tensor, place: Tensor, looked: Tensor, clip: float) -> float:
    """clicks, place: (N,), looked: (K,), clip: float. Returns one number."""
    return float((clicks / looked[place - 1].clamp(min=clip)).mean())


def times_the_chance(clicks, place, looked, clip):
    return float((clicks * looked[place - 1].clamp(min=clip)).mean())


def all_weighted(clicks, place, looked, clip):
    weight = 1 / looked[place - 1].clamp(min=clip)
    return float((clicks * weight).sum() / weight.sum())


def place_as_chance(clicks, place, looked, clip):
    return float((clicks / (1 / place).clamp(min=clip)).mean())


def one_place_late(clicks, place, looked, clip):
    return float((clicks / looked[place % len(looked)].clamp(min=clip)).mean())


def not_clipped(clicks, place, looked, clip):
    return float((clicks / looked[place - 1]).mean())


def weight_clipped(clicks, place, looked, clip):
    """The bound is taken for one on the weights."""
    return float((clicks * (1 / looked[place - 1]).clamp(max=1 + clip)).mean())


def over_clicks(clicks, place, looked, clip):
    return float((clicks / looked[place - 1].clamp(min=clip)).sum() / clicks.sum())


def _probes() -> list[Probe]:
    chance = torch.Generator().manual_seed(84)

    def case(about: str, n: int, k: int, power: float, clip: float) -> Probe:
        looked = 0.9 * torch.arange(1, k + 1).double() ** -power
        place = torch.randint(1, k + 1, (n,), generator=chance)
        clicks = (torch.rand(n, generator=chance) < 0.4).double()
        clicks[0], place[0] = 1.0, k  # a click where few look
        return Probe(about, (clicks, place, looked, clip))

    small = (torch.tensor([1.0, 0.0]).double(), torch.tensor([2, 1]), torch.tensor([0.8, 0.4]).double(), 0.1)
    return [
        Probe("two items", small),
        case("nine items at four places", 9, 4, 0.6, 0.2),
        case("many places, a bound that matters", 40, 12, 1.1, 0.15),
    ]


EXERCISE = Exercise(
    name="mean-relevance",
    reference=mean_relevance,
    probes=_probes,
    mutants=(
        Mutant(
            "times",
            "Clicks are multiplied by the chance: those at places that few look at count least.",
            times_the_chance,
        ),
        Mutant(
            "non-clicks-too",
            "The sum is divided by all the weights, so items without a click are weighted too. "
            "Divide by how many were shown.",
            all_weighted,
        ),
        Mutant(
            "place-as-chance",
            "1 / place is taken for the chance to look. It stands in looked.",
            place_as_chance,
        ),
        Mutant(
            "one-late",
            "Places count from 1 and columns from 0: each place gets its neighbour's chance.",
            one_place_late,
        ),
        Mutant("not-clipped", "The bound plays no part here.", not_clipped),
        Mutant(
            "weight-clipped", "The bound is for the chance that is divided by, from below.", weight_clipped
        ),
        Mutant(
            "over-clicks",
            "That is the mean over clicks; asked for is the mean over all that was shown.",
            over_clicks,
        ),
    ),
    hints=(
        "Do the first probe by hand: one click, at place 2.",
        "For each click find its place's chance, raise it to the bound, and divide. Items without a "
        "click add 0.",
    ),
)
