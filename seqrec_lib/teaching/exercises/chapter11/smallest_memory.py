"""The GPU exercise: the smallest memory that is as good as the best, over several seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

import torch
from torch import Tensor

from ....data.batch import Batch
from ....data.splits import leave_one_out
from ....data.worlds import simulate
from ....evaluation.every_step import ndcg_of_ranks, ranks_at_every_step
from ....experiments import train as train_recipe
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun
from ..paired import StandIn

# How the page on long histories trains its stored rows.
USUAL = {"batch_size": 8, "lr": 0.016, "schedule": "cosine", "patience": 0, "precision": "fp32", "layers": 1}


def memory_trainer(users: int = 60, epochs: int = 8, device: str = "auto") -> Callable:
    """Return ``train(memory, seed) -> (validation, test)``, NDCG@10 over every step of two other crowds."""
    split = leave_one_out(simulate("long", users=users, max_length=1280, seed=0), max_len=240, windows=True)
    crowds = [
        leave_one_out(simulate("long", users=max(users // 4, 4), max_length=1280, seed=seed), max_len=1280)
        for seed in (3, 2)
    ]

    def asked(model, batch: Batch) -> float:
        place = next(model.parameters()).device
        value = ndcg_of_ranks(ranks_at_every_step(model, batch.to(place)))
        late: Tensor = torch.arange(batch.items.shape[1]) >= 64
        assert batch.targets is not None  # training rows have them
        return float(value.cpu()[late & (batch.targets > 0)].double().mean())

    def train(memory: int, seed: int) -> tuple[float, float]:
        changes: dict[str, Any] = {**USUAL, "epochs": epochs, "evaluate_every": epochs}
        changes |= {"memory": memory, "max_len": 1280}
        run = train_recipe("transformer-xl", split, seed=seed, device=device, progress=False, **changes)
        validation, test = (asked(run.model, crowd.train) for crowd in crowds)
        return validation, test

    return train


def _pick(memories, seeds, train, chosen_by=0, told=1, over=mean, judges=None, tested=None, within=None):
    """The reference and its mutants: ``within(value, best)`` says whether a memory is good enough."""
    within = within or (lambda value, best: value >= best - 0.01)
    found = {memory: [train(memory, seed) for seed in seeds] for memory in memories}
    value = {memory: over([run[chosen_by] for run in runs[:judges]]) for memory, runs in found.items()}
    best = max(value.values())
    memory = min(memory for memory in memories if within(value[memory], best))
    return memory, mean(run[told] for run in found[memory][:tested])


def smallest_memory(memories: Sequence[int], seeds: Sequence[int], train: Callable) -> tuple[int, float]:
    """memories, seeds: list of int, train: see above. Returns (memory, test NDCG@10)."""
    return _pick(memories, seeds, train)


def _known(**changes) -> Callable:
    return lambda memories, seeds, train: _pick(memories, seeds, train, **changes)


def _first_that_is(memories, seeds, train):
    """The first in the list's order that is good enough."""
    found = {memory: [train(memory, seed) for seed in seeds] for memory in memories}
    value = {memory: mean(run[0] for run in runs) for memory, runs in found.items()}
    memory = next(m for m in memories if value[m] >= max(value.values()) - 0.01)
    return memory, mean(run[1] for run in found[memory])


@dataclass(repr=False)
class _StandIn(StandIn):
    """Figures from a table: memory to ``(validation, test)`` of each seed."""

    table: dict

    def __call__(self, memory: int, seed: int) -> tuple[float, float]:
        return self.table[memory][seed]


# 48 is best, 32 is within a hundredth of it, 16 has a lucky seed.
_FOUR = {
    0: ((0.210, 0.215), (0.205, 0.222), (0.208, 0.211)),
    16: ((0.250, 0.240), (0.384, 0.246), (0.240, 0.244)),
    32: ((0.361, 0.352), (0.366, 0.349), (0.359, 0.357)),
    40: ((0.365, 0.351), (0.366, 0.345), (0.364, 0.342)),
    48: ((0.364, 0.343), (0.372, 0.348), (0.367, 0.340)),
}
# By test another would win, and by the first seed alone another one still.
_THREE = {
    8: ((0.310, 0.335), (0.270, 0.330), (0.265, 0.345)),
    24: ((0.300, 0.290), (0.305, 0.285), (0.302, 0.280)),
    96: ((0.311, 0.312), (0.318, 0.301), (0.316, 0.305)),
}


def _probes() -> list[Probe]:
    def case(about: str, table: dict, memories: list[int], seeds: list[int]) -> Probe:
        return Probe(about, (memories, seeds, _StandIn(table)))

    return [
        case("two memories, one seed", _FOUR, [0, 48], [0]),
        case("five memories, three seeds", _FOUR, [0, 16, 32, 40, 48], [0, 1, 2]),
        case("not in order of size", _FOUR, [48, 0, 32, 16], [2, 1, 0]),
        case("three memories, the largest is needed", _THREE, [8, 24, 96], [0, 1, 2]),
        case("two seeds", _THREE, [96, 8], [1, 2]),
    ]


EXERCISE = Exercise(
    name="smallest-memory",
    reference=smallest_memory,
    probes=_probes,
    larger=LargerRun(
        full="smallest_memory([0, 24, 48, 96], [0, 1, 2], memory_trainer())",
        small="smallest_memory([0, 48], [0], memory_trainer())",
        names={"memory_trainer": memory_trainer},
    ),
    mutants=(
        Mutant(
            "best-and-not-smallest",
            "The best memory wins. Asked for is the smallest that is not more than 0.01 below it.",
            _known(within=lambda value, best: value == best),
        ),
        Mutant(
            "test-chooses",
            "The second figure of each run, the test, chooses. It may be read for the choice alone.",
            _known(chosen_by=1),
        ),
        Mutant(
            "reports-validation",
            "The number returned is a validation figure. It helped to choose, so it is too good.",
            _known(told=0),
        ),
        Mutant("one-seed-chooses", "The first seed alone chooses. Take the mean over all.", _known(judges=1)),
        Mutant("luckiest-seed", "The best run of each memory chooses. That rewards luck.", _known(over=max)),
        Mutant("one-seed-tested", "One seed of the choice is told. Take the mean.", _known(tested=1)),
        Mutant(
            "first-in-the-list",
            "The first memory of the list that is good enough is taken. The list need not be sorted.",
            _first_that_is,
        ),
        Mutant(
            "a-hundredth-of-the-best",
            "The margin is 1% of the best. Asked for is 0.01 of NDCG@10.",
            _known(within=lambda value, best: value >= 0.99 * best),
        ),
        Mutant(
            "smallest-of-all",
            "The smallest memory is taken, however poor it is.",
            _known(within=lambda value, best: True),
        ),
    ),
    hints=(
        "First the mean validation figure of each memory, over all seeds.",
        "Then all memories that are good enough, and of these the smallest. Only of that one read the test.",
    ),
)
