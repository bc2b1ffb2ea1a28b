"""Faults of attention weights: too many of them, and none that asks anything."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe
from .fault import Fault


def random_tensors(seed: int, *shapes: tuple[int, ...]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator) for shape in shapes]


def a_score_for_each_unit(states, query):
    return torch.softmax(states * query[:, None, :], dim=1)


def no_query(states, query):
    return torch.softmax(states.sum(-1) / states.shape[-1] ** 0.5, dim=1)


def step_weights(states: Tensor, query: Tensor) -> Tensor:
    """states: (B, T, H), query: (B, H). Returns (B, T): one weight a step, summing to 1."""
    scores = (states @ query[:, :, None]).squeeze(-1) / math.sqrt(states.shape[-1])  # (B, T)
    return scores.softmax(-1)


def _over_the_batch(states, query):
    scores = (states @ query[:, :, None]).squeeze(-1) / math.sqrt(states.shape[-1])
    return scores.softmax(0)


def _no_scale(states, query):
    return (states @ query[:, :, None]).squeeze(-1).softmax(-1)


TASK = "Give each step one weight: the softmax over steps of state · query / √H."


def _weights_exercise(name: str) -> Exercise:
    return Exercise(
        name=name,
        reference=step_weights,
        probes=lambda: [
            Probe("two rows of three steps", tuple(random_tensors(5, (2, 3, 4), (2, 4)))),
            Probe(
                "the same states, another query",
                (random_tensors(5, (2, 3, 4))[0], random_tensors(6, (2, 4))[0]),
            ),
            Probe("as many steps as rows and units", tuple(random_tensors(7, (4, 4, 4), (4, 4)))),
        ],
        mutants=(
            Mutant(
                "width-scores",
                "Each step gets H weights, one a unit, so there is no answer to “which step mattered?”. "
                "Sum the products over the units before the softmax.",
                a_score_for_each_unit,
            ),
            Mutant(
                "no-query",
                "The query is not used: a step weighs the same whatever is asked.",
                no_query,
            ),
            Mutant(
                "over-the-batch",
                "The weights sum to 1 over the rows; they should over the steps.",
                _over_the_batch,
            ),
            Mutant("no-scale", "The scores are not divided by √H.", _no_scale),
        ),
        hints=("Each step needs one number, its score. What do its state and the query make together?",),
    )


def _width_cost() -> tuple[str, dict]:
    states, query = random_tensors(8, (32, 12, 16), (32, 16))
    weights = a_score_for_each_unit(states, query)  # (B, T, H)
    favourites = [len(set(row.argmax(0).tolist())) for row in weights]
    numbers = {"weights": weights.shape[-1], "favourites": sum(favourites) / len(favourites)}
    words = (
        "A step gets {weights} weights instead of one. In a row of 12 steps they name {favourites:.1f} "
        "different steps, on average, as the one that matters most."
    )
    return words, numbers


WIDTH_SCORES = Fault(
    name="width-scores",
    title="H scores a step instead of one",
    difficulty="medium",
    minutes=10,
    excerpt="        self.attend = nn.Linear(hidden, hidden)\n...\n"
    "        weights = F.softmax(self.attend(states), dim=1)\n",
    faulty=a_score_for_each_unit,
    measure=_width_cost,
    task=TASK,
    exercise=_weights_exercise("width-scores"),
)


def _query_cost() -> tuple[str, dict]:
    states, one, other = random_tensors(9, (32, 12, 16), (32, 16), (32, 16))

    def moved(weigh) -> float:
        return float((weigh(states, one) - weigh(states, other)).abs().sum(1).mean() / 2)

    words = (
        "Ask another question of the same history: the share of weight that moves is {without:.2f} "
        "without a query, {with_query:.2f} with one."
    )
    return words, {"without": moved(no_query), "with_query": moved(step_weights)}


NO_QUERY = Fault(
    name="no-query",
    title="Attention that asks nothing",
    difficulty="medium",
    minutes=10,
    excerpt="        weights = F.softmax(self.attend(states), dim=1)\n",
    faulty=no_query,
    measure=_query_cost,
    task=TASK,
    exercise=_weights_exercise("no-query"),
)
