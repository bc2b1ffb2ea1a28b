"""The GPU exercise: how much of the way from mean pooling to the oracle an encoder goes, by distance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from statistics import mean, median

import torch
from torch import Tensor

from ....data.splits import leave_one_out
from ....data.worlds import OracleModel, simulate
from ....evaluation.ranking import evaluate
from ....experiments import train as train_recipe
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun
from ..paired import StandIn, seed_mutants

Figures = tuple[Tensor, Tensor, Tensor]
SHARES = (0.5, 0.8, 1.0, 1.0, 1.0, 0.8, 0.5)  # of `video`'s kernel
USUAL = {"batch_size": 8, "lr": 0.008, "schedule": "cosine", "patience": 0, "precision": "fp32"}
WORLD = {"repeats": True, "series": 30, "films": 50, "entry": 20.0, "min_length": 80, "max_length": 100}


def trainer(users: int = 500, epochs: int = 8, lag: int = 8, device: str = "auto") -> Callable:
    """Return ``train(kind, seed)``: an encoder is trained where companions come ``lag`` to ``lag + 6`` later.

    It gives three ``(N,)`` tensors: NDCG@10 of the encoder ``kind``, of an encoder that weighs all states the
    same, and of the oracle, on the test cases in which an earlier item than the last one is the cause.
    """
    kernel = tuple((lag + n, share) for n, share in enumerate(SHARES))
    world = simulate("video", users=users, seed=1, lag_kernel=kernel, **WORLD)
    split = leave_one_out(world, max_len=100)
    cases = split.test
    earlier = world.cause_posterior(cases.batch, cases.target)[:, :-1].clone()
    earlier[torch.arange(len(cases)), cases.batch.lengths - 1] = 0.0
    far = cases.rows((earlier.sum(1) > 0.5).nonzero().flatten())

    def measured(model) -> Tensor:
        found = evaluate(model, far, (10,), with_coverage=False)
        return torch.from_numpy(found.per_user["NDCG@10"])

    def trained(recipe: str, seed: int, **changes) -> Tensor:
        how = {**USUAL, "epochs": epochs, "evaluate_every": epochs, "max_len": 100, **changes}
        return measured(train_recipe(recipe, split, seed=seed, device=device, progress=False, **how).model)

    @lru_cache
    def floor(seed: int) -> Tensor:
        return trained("lstm-mean", seed)

    def train(kind: str, seed: int) -> Figures:
        model = trained("gru4rec", seed, encoder=kind, head="mlp")
        return model, floor(seed), measured(OracleModel(world))

    return train


def _kept(kinds, seeds, train, over=mean, floor=True, ceiling=True, each=False) -> Tensor:
    """The reference and its mutants: what is averaged, and what is subtracted."""
    found = []
    for kind in kinds:
        runs = [train(kind, seed) for seed in seeds]
        means = [[float(part.mean()) for part in run] for run in runs]
        low = [m[1] if floor else 0.0 for m in means]
        if each:
            found.append(over([(m[0] - b) / (m[2] - b) for m, b in zip(means, low, strict=True)]))
            continue
        model, base, top = over([m[0] for m in means]), over(low), over([m[2] for m in means])
        found.append((model - base) / ((top - base) if ceiling else 1.0))
    return torch.tensor(found, dtype=torch.float64)


def memory_kept(kinds: Sequence[str], seeds: Sequence[int], train: Callable) -> Tensor:
    """kinds: list of str, seeds: list of int, train: see above. Returns one share a kind."""
    return _kept(kinds, seeds, train)


def _case_by_case(kinds, seeds, train):
    """The share of each case, and the mean of those that have one."""
    found = []
    for kind in kinds:
        model, base, top = (torch.cat(part) for part in zip(*(train(kind, s) for s in seeds), strict=True))
        share = (model - base) / (top - base)
        found.append(float(share[torch.isfinite(share)].mean()))
    return torch.tensor(found, dtype=torch.float64)


def _never_below_zero(kinds, seeds, train):
    return memory_kept(kinds, seeds, train).clamp(min=0)


def _from_the_ceiling(kinds, seeds, train):
    return 1 - memory_kept(kinds, seeds, train)


@dataclass(repr=False)
class _StandIn(StandIn):
    """Figures of cases from a table of means, one a kind and seed."""

    table: dict[str, tuple[float, ...]]
    base: tuple[float, ...]
    top: float
    cases: int

    def __call__(self, kind: str, seed: int) -> Figures:
        generator = torch.Generator().manual_seed(seed + 10 * len(kind))
        noise = torch.rand(self.cases, generator=generator, dtype=torch.float64)
        model, base = (0.2 * noise + value for value in (self.table[kind][seed], self.base[seed]))
        return model, 0.5 * base + 0.05, 0.1 * noise.flip(0) + self.top


def _probes() -> list[Probe]:
    two = _StandIn({"gru": (0.7, 0.3, 0.5), "lstm": (0.6, 0.25, 0.2)}, (0.2, 0.1, 0.3), 0.8, 7)
    three = _StandIn(
        {"rnn": (0.02, 0.01, 0.2), "gru": (0.6, 0.1, 0.3), "lstm": (0.5, 0.55, 0.1)},
        (0.2, 0.05, 0.5),
        0.7,
        12,
    )
    return [
        Probe("two encoders, two seeds", (["gru", "lstm"], [1, 2], two)),
        Probe("three encoders, three seeds, one below the mean", (["rnn", "gru", "lstm"], [0, 1, 2], three)),
        Probe("the seeds in another order", (["lstm", "rnn"], [2, 0, 1], three)),
    ]


EXERCISE = Exercise(
    name="memory-kept",
    reference=memory_kept,
    probes=_probes,
    larger=LargerRun(
        full='memory_kept(["rnn", "lstm"], [0, 1], trainer(lag=14))',
        small='memory_kept(["rnn", "lstm"], [0], trainer(users=100, epochs=1))',
        names={"trainer": trainer},
    ),
    seconds=30.0,
    mutants=(
        Mutant(
            "mean-of-shares",
            "A share is formed for each seed, and then averaged. Seeds with a small gap get too much weight: "
            "average the three figures first.",
            partial(_kept, each=True),
        ),
        Mutant(
            "share-of-each-case",
            "A share is formed for each case. There the gap is often near 0, or below it.",
            _case_by_case,
        ),
        Mutant(
            "no-floor",
            "Mean pooling plays no part. What it reaches needs no memory of the order.",
            partial(_kept, floor=False),
            partial(_kept, floor=False, each=True),
        ),
        Mutant(
            "no-ceiling",
            "This is a difference. Divide it by the whole way to the oracle.",
            partial(_kept, ceiling=False),
        ),
        Mutant("from-the-ceiling", "This is the part of the way that is still to go.", _from_the_ceiling),
        Mutant(
            "never-below-0",
            "A share below 0 has become 0. An encoder can stay behind mean pooling, and that must show.",
            _never_below_zero,
        ),
        *seed_mutants(memory_kept),
        Mutant("best-seed", "The best figures count. That rewards luck: average.", partial(_kept, over=max)),
        Mutant("median", "The median over the seeds is taken. Take the mean.", partial(_kept, over=median)),
    ),
    hints=(
        "For each kind there are three means over all seeds: of the model, of mean pooling and of the "
        "oracle.",
        "The whole way is oracle minus mean pooling. How much of it has the model gone?",
    ),
)
