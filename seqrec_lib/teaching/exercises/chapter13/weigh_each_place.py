"""Item by item, self-normalised: what another policy of slates would have earned."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def weigh_each_place(clicks: Tensor, wanted: Tensor, logged: Tensor) -> float:
    """clicks, wanted, logged: (N, K). Returns one number."""
    weight = wanted / logged
    return float(((weight * clicks).sum(0) / weight.sum(0)).sum())


def over_requests(clicks, wanted, logged):
    return float((wanted / logged * clicks).sum(1).mean())


def whole_slates(clicks, wanted, logged):
    weight = (wanted / logged).prod(1)
    return float((weight * clicks.sum(1)).sum() / weight.sum())


def one_sum(clicks, wanted, logged):
    """All places share one sum of weights."""
    weight = wanted / logged
    return float(clicks.shape[1] * (weight * clicks).sum() / weight.sum())


def one_sum_of_all(clicks, wanted, logged):
    weight = wanted / logged
    return float((weight * clicks).sum() / weight.sum())


def over_places(clicks, wanted, logged):
    """Each request is divided by its own weights."""
    weight = wanted / logged
    return float(((weight * clicks).sum(1) / weight.sum(1)).sum())


def mean_of_places(clicks, wanted, logged):
    weight = wanted / logged
    return float(((weight * clicks).sum(0) / weight.sum(0)).mean())


def upside_down(clicks, wanted, logged):
    weight = logged / wanted
    return float(((weight * clicks).sum(0) / weight.sum(0)).sum())


def clicked_alone(clicks, wanted, logged):
    weight = wanted / logged
    return float(((weight * clicks).sum(0) / (weight * clicks).sum(0).clamp(min=1e-9)).sum())


def target_forgotten(clicks, wanted, logged):
    weight = 1 / logged
    return float(((weight * clicks).sum(0) / weight.sum(0)).sum())


def _probes() -> list[Probe]:
    chance = torch.Generator().manual_seed(134)

    def case(about: str, n: int, k: int) -> Probe:
        wanted, logged = 0.02 + 0.9 * torch.rand(2, n, k, generator=chance, dtype=torch.float64)
        clicks = (torch.rand(n, k, generator=chance) < 0.4).double()
        clicks[0] = 1.0
        return Probe(about, (clicks, wanted, logged))

    small = (
        torch.tensor([[1.0, 0.0], [0.0, 1.0]]).double(),
        torch.tensor([[0.4, 0.1], [0.2, 0.3]]).double(),
        torch.tensor([[0.2, 0.4], [0.4, 0.2]]).double(),
    )
    return [
        Probe("two slates of two", small),
        case("nine slates of three", 9, 3),
        case("many of five", 40, 5),
    ]


EXERCISE = Exercise(
    name="weigh-each-place",
    reference=weigh_each_place,
    probes=_probes,
    mutants=(
        Mutant(
            "over-requests",
            "The sum is divided by the number of requests, not by the weights.",
            over_requests,
        ),
        Mutant(
            "whole-slates",
            "The weights of a slate are multiplied, so the slate is weighed as a whole. Weigh each item.",
            whole_slates,
        ),
        Mutant(
            "one-sum",
            "All places share one sum of weights. Each place has its own.",
            one_sum,
            one_sum_of_all,
        ),
        Mutant(
            "over-places",
            "Each request is divided by its own weights. A place has the weights of all requests.",
            over_places,
        ),
        Mutant(
            "mean-of-places",
            "Clicks of a slate add up over its places; here they are averaged.",
            mean_of_places,
        ),
        Mutant(
            "upside-down", "The fraction is upside down: rare items of the log must count more.", upside_down
        ),
        Mutant(
            "clicked-alone",
            "Only clicked items are in the sum that is divided by. Those without a click have weights too.",
            clicked_alone,
        ),
        Mutant(
            "no-target",
            "The chance under the new policy is missing: this describes a policy that shows all alike.",
            target_forgotten,
        ),
    ),
    hints=(
        "Do the first place of the first probe by hand: two weights, one click.",
        "For each place divide the weighted clicks by the weights of all its items; then think of the slate.",
    ),
)
