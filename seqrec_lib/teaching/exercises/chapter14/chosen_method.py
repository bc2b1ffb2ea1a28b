"""The GPU exercise: a method of explanation is chosen on some trained models and reported on others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ....data.splits import leave_one_out
from ....data.worlds import quiet_items, simulate
from ....experiments import train as train_recipe
from ....explain import cause_first, explain_all
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun
from ..paired import StandIn

OPTIONS = {"integrated": {"points": 32}, "shapley": {"permutations": 8}, "occlusion": {"draws": 4}}
QUIET = ("occlusion", "shapley")  # take events away, and put items in their places that call for nothing


def cause_namer(users: int = 4000, epochs: int = 8, cases: int = 200, device: str = "auto") -> Callable:
    """Return ``run(method, seed)``: for each case 1 where the method puts the true cause first, else 0.

    It gives a ``(cases,)`` tensor. Chapter 1's model is trained once for each seed; the cases are items of
    fresh users that came because of one event.
    """
    split = leave_one_out(simulate("video", users=users, seed=1), max_len=50)
    world = simulate("video", users=10 * cases, seed=12)
    test = leave_one_out(world, max_len=50).test
    share, event = world.cause_posterior(test.batch, test.target)[:, :-1].max(1)
    sure = (share >= 0.9).nonzero().squeeze(1)[:cases]
    known, cause = test.rows(sure), event[sure]
    made: dict[int, Any] = {}

    def run(method: str, seed: int) -> Tensor:
        if seed not in made:
            trained = train_recipe(
                "lstm-attention", split, seed=seed, epochs=epochs, evaluate_every=epochs, patience=0,
                device=device, progress=False,
            )  # fmt: skip
            model: Any = trained.model
            made[seed] = model.cpu()
        options = {**OPTIONS.get(method, {}), **({"pool": quiet_items(world)} if method in QUIET else {})}
        shares = explain_all(made[seed], known.batch, known.target, method, **options)
        return cause_first(shares, cause, known.batch.lengths)

    return run


def _rate(method: str, seeds: Sequence[int], run: Callable) -> float:
    return float(torch.stack([run(method, seed).double() for seed in seeds]).mean())


def _told(methods, choose, report, run, *, chosen_on=None, told_on=None, best=max, sign=1):
    on = {name: _rate(name, chosen_on or choose, run) for name in methods}
    place = list(on.values()).index(best(on.values()))
    there = _rate(methods[place], told_on or report, run)
    return place, there, sign * (_rate(methods[place], choose, run) - there)


def chosen_method(
    methods: Sequence[str], choose: Sequence[int], report: Sequence[int], run: Callable
) -> tuple[int, float, float]:
    """methods: list of str, choose, report: lists of int. Returns (place, rate, optimism)."""
    return _told(methods, choose, report, run)


def _known(**changes) -> Callable:
    return lambda methods, choose, report, run: _told(methods, choose, report, run, **changes)


def _chosen_on_report(methods, choose, report, run):
    return _told(methods, choose, report, run, chosen_on=report)


def _chosen_on_all(methods, choose, report, run):
    return _told(methods, choose, report, run, chosen_on=[*choose, *report])


def _reported_where_chosen(methods, choose, report, run):
    return _told(methods, choose, report, run, told_on=choose)


def _counted_from_one(methods, choose, report, run):
    place, rate, gap = chosen_method(methods, choose, report, run)
    return place + 1, rate, gap


def _first_seed(methods, choose, report, run):
    return _told(methods, choose[:1], report, run)


def _last_of_equal(methods, choose, report, run):
    place, rate, gap = chosen_method(methods[::-1], choose, report, run)
    return len(methods) - 1 - place, rate, gap


@dataclass(repr=False)
class _StandIn(StandIn):
    """Stands for models and their explanations: rates differ by method and by seed."""

    cases: int
    rates: dict[str, float]
    spread: float

    def __call__(self, method: str, seed: int) -> Tensor:
        draw = torch.Generator().manual_seed(1000 * seed + list(self.rates).index(method))
        luck = self.spread * (float(torch.rand(1, generator=draw)) - 0.5)
        return (torch.rand(self.cases, generator=draw) < self.rates[method] + luck).double()


@dataclass(repr=False)
class _Equal(StandIn):
    """Methods come out even on the runs where one is chosen, and apart on those where it is reported."""

    hits: dict[tuple[str, int], int]

    def __call__(self, method: str, seed: int) -> Tensor:
        return (torch.arange(4) < self.hits[method, seed]).double()


def _probes() -> list[Probe]:
    ways = ["rollout", "attention", "recent"]
    rows = ((1, 2, 2), (3, 1, 1), (2, 2, 3))  # cases of four, by method; the columns are seeds 0, 1 and 2
    hits = {(way, seed): rows[n][seed] for n, way in enumerate(ways) for seed in range(3)}
    few = _StandIn(40, {"attention": 0.5, "integrated": 0.8}, 0.1)
    near = _StandIn(30, {"recent": 0.5, "attention": 0.52, "rollout": 0.48, "shapley": 0.5}, 0.5)
    four = _StandIn(25, {"gradient": 0.6, "integrated": 0.62, "occlusion": 0.61, "uniform": 0.2}, 0.6)
    return [
        Probe("two that are even where one is chosen", (ways, [0, 1], [2], _Equal(hits))),
        Probe("two methods, a clear winner", (["attention", "integrated"], [0], [1], few)),
        Probe(
            "four methods that lie close", (["recent", "attention", "rollout", "shapley"], [3, 5], [8], near)
        ),
        Probe("other seeds", (["shapley", "rollout", "attention"], [2, 7, 11], [4, 9], near)),
        Probe(
            "one run to choose on", (["uniform", "gradient", "occlusion", "integrated"], [6], [1, 3], four)
        ),
        Probe("in another order", (["integrated", "occlusion", "gradient"], [12, 9], [5, 2, 14], four)),
    ]


EXERCISE = Exercise(
    name="chosen-method",
    reference=chosen_method,
    probes=_probes,
    seconds=30.0,
    mutants=(
        Mutant(
            "chosen-on-report",
            "The method is chosen on the runs that it is reported on. Then the report is too good.",
            _chosen_on_report,
        ),
        Mutant(
            "last-of-equal",
            "Two methods are even on the runs of `choose`. Take the one that stands first in `methods`.",
            _last_of_equal,
        ),
        Mutant("chosen-on-all", "All runs had a say in the choice, those of the report too.", _chosen_on_all),
        Mutant(
            "reported-where-chosen",
            "The rate is that of the runs on which the method was chosen.",
            _reported_where_chosen,
        ),
        Mutant("worst-chosen", "The method with the lowest rate is chosen.", _known(best=min)),
        Mutant(
            "turned-round", "The optimism has the wrong sign: take chosen minus reported.", _known(sign=-1)
        ),
        Mutant("counted-from-one", "Places are counted from 0.", _counted_from_one),
        Mutant("first-seed", "Only the first run of `choose` is used.", _first_seed),
    ),
    hints=(
        "First the mean of every method over the runs of `choose`. What do the runs of `report` decide?",
        "The optimism is one method's rate where it was chosen, minus its rate where it is reported.",
    ),
    larger=LargerRun(
        full='chosen_method(["attention", "integrated", "occlusion"], [0, 1], [2, 3], cause_namer())',
        small='chosen_method(["attention", "gradient"], [0], [1], cause_namer(400, 2, 40))',
        names={"cause_namer": cause_namer},
    ),
)
