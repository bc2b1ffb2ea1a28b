"""The GPU exercise: the smallest table that loses little, chosen by validation, told of the test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ....compress import bytes_of
from ....data.splits import leave_one_out
from ....data.worlds import simulate
from ....evaluation.ranking import evaluate
from ....experiments import train
from ....models.recommender import Model
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun
from ..paired import StandIn

Figures = tuple[int, Tensor, Tensor]
Held = tuple[int, float, float]


def small_tables(series: int = 2000, users: int = 3000, epochs: int = 3, device: str = "auto") -> Callable:
    """Return ``run(name, seed)``: bytes, NDCG@10 of each validation case, and of each test case.

    ``name``: ``"full"``, ``"codes-8"``, ``"codes-16"``, ``"qr-1000"``, ``"hashed-3000"`` and the like.
    """
    world = simulate("large", users=users, seed=4, series=series, films=4 * series)
    split = leave_one_out(world, max_len=40)

    def run(name: str, seed: int) -> Figures:
        kind, _, size = name.partition("-")
        sizes: dict[str, Any] = {} if kind == "full" else {"table": kind}
        if kind != "full":
            sizes["pieces" if kind == "codes" else "shared_rows"] = int(size)
        how: dict[str, Any] = {"loss": "in-batch", "batch_size": 64, "lr": 0.02, "evaluate_every": epochs}
        made = train(
            "gru4rec",
            split,
            seed=seed,
            device=device,
            epochs=epochs,
            patience=0,
            progress=False,
            **sizes,
            **how,
        )
        assert isinstance(made.model, Model)
        found = [
            evaluate(made.model, part, (10,), with_coverage=False) for part in (split.validation, split.test)
        ]
        validation, test = (torch.from_numpy(each.per_user["NDCG@10"]) for each in found)
        return bytes_of(made.model), validation, test

    return run


def _held(names, seeds, lost, run, *, chooser=1, told=2, by="size", least=None, spare=False) -> Held:
    found = {name: [run(name, seed) for seed in seeds] for name in ("full", *names)}
    size = {name: figures[0][0] for name, figures in found.items()}

    def mean(name: str, part: int) -> float:
        return float(torch.stack([figures[part].mean() for figures in found[name]]).mean())

    floor = (1 - lost) * mean("full", chooser) if least is None else mean("full", chooser) - lost
    holding = [name for name in found if mean(name, chooser) >= floor]
    keys = {
        "size": lambda name: size[name],
        "largest": lambda name: -size[name],
        "best": lambda name: -mean(name, chooser),
        "first": holding.index,
    }
    pick = min((spare and holding[1:]) or holding, key=keys[by])
    return list(found).index(pick), size["full"] / size[pick], 1 - mean(pick, told) / mean("full", told)


def smallest_that_holds(names: Sequence[str], seeds: Sequence[int], lost: float, run: Callable) -> Held:
    """names: list of str, seeds: list of int, lost: float, run: see above. Returns (number, times, loss)."""
    return _held(names, seeds, lost, run)


def _known(**changes) -> Callable:
    return lambda names, seeds, lost, run: _held(names, seeds, lost, run, **changes)


def _one_seed(names, seeds, lost, run):
    return _held(names, seeds[:1], lost, run)


def _share_left(names, seeds, lost, run):
    name, times, loss = smallest_that_holds(names, seeds, lost, run)
    return name, 1 / times, loss


def _difference(names, seeds, lost, run):
    number, times, _ = smallest_that_holds(names, seeds, lost, run)
    pair = ("full" if number == 0 else names[number - 1], "full")
    one, full = (torch.stack([run(n, s)[2].mean() for s in seeds]).mean() for n in pair)
    return number, times, float(full - one)


def _from_names(names, seeds, lost, run):
    number, times, loss = smallest_that_holds(names, seeds, lost, run)
    return number - 1, times, loss


def _every_seed(names, seeds, lost, run):
    steady = [n for n in names if all(_held([n], [seed], lost, run)[0] for seed in seeds)]
    number, times, loss = _held(steady, seeds, lost, run)
    return names.index(steady[number - 1]) + 1 if number else 0, times, loss


def _turned(names, seeds, lost, run):
    name, times, loss = smallest_that_holds(names, seeds, lost, run)
    return name, times, -loss


@dataclass(repr=False)
class _StandIn(StandIn):
    """Stands for training: each table has bytes and levels of its own on validation and test."""

    levels: dict[str, tuple[int, float, float]]
    users: int
    noise: float = 0.02

    def __call__(self, name: str, seed: int) -> Figures:
        draw = torch.Generator().manual_seed(31 * seed + sum(map(ord, name)))
        size, *levels = self.levels[name]
        parts = [
            level + self.noise * (seed % 3 - 1) * (1 + len(name) % 4) / 4
            + 0.1 * (torch.rand(self.users, generator=draw, dtype=torch.float64) - 0.5)
            for level in levels
        ]  # fmt: skip
        return size, parts[0], parts[1]


def _probes() -> list[Probe]:
    def case(
        about: str, levels: dict, seeds: list[int], lost: float, users: int, noise: float = 0.004
    ) -> Probe:
        names = [name for name in levels if name != "full"]
        return Probe(about, (names, seeds, lost, _StandIn(levels, users, noise)))

    first = {"full": (800, 0.4, 0.36), "codes-8": (100, 0.38, 0.39), "qr-50": (50, 0.25, 0.35)}
    second = {
        "full": (9000, 0.30, 0.30),
        "hashed-30": (300, 0.2, 0.31),
        "codes-16": (900, 0.31, 0.27),
        "codes-8": (600, 0.27, 0.29),
        "qr-90": (1200, 0.292, 0.24),
    }
    third = {"full": (700, 0.5, 0.4), "qr-9": (90, 0.3, 0.2), "codes-4": (70, 0.35, 0.39)}
    third["codes-64"] = (760, 0.52, 0.41)
    fourth = {
        "full": (5000, 0.4, 0.4),
        "codes-8": (400, 0.371, 0.33),
        "codes-16": (800, 0.39, 0.42),
        "qr-7": (200, 0.33, 0.41),
    }
    fifth = {
        "full": (4000, 0.4, 0.38),
        "codes-32": (1500, 0.41, 0.35),
        "codes-16": (900, 0.42, 0.36),
        "codes-8": (500, 0.395, 0.37),
        "qr-9": (150, 0.3, 0.33),
    }
    return [
        case("two small tables", first, [1], 0.1, 400),
        case("four tables, two seeds", second, [2, 4], 0.05, 500),
        case("nothing small holds", third, [0, 1], 0.02, 300),
        case("seeds that differ", fourth, [3, 1, 2], 0.05, 400, 0.04),
        case("three that hold, the largest one first", fifth, [1, 3, 2], 0.05, 400, 0.04),
    ]


EXERCISE = Exercise(
    name="smallest-that-holds",
    reference=smallest_that_holds,
    probes=_probes,
    larger=LargerRun(
        full='smallest_that_holds(["codes-8", "codes-16", "qr-1000"], [0, 1, 2], 0.1, small_tables())',
        small='smallest_that_holds(["codes-8", "qr-100"], [0], 0.5, small_tables(60, 100, 1))',
        names={"small_tables": small_tables},
    ),
    seconds=30.0,
    mutants=(
        Mutant(
            "chosen-on-test",
            "The test users choose and judge. Validation chooses; the test users are asked once, at the end.",
            _known(chooser=2),
        ),
        Mutant("told-of-validation", "The loss is that of validation, which has chosen.", _known(told=1)),
        Mutant(
            "largest",
            "This is the largest table that holds. Which takes the fewest bytes?",
            _known(by="largest"),
        ),
        Mutant(
            "best",
            "This is the best table on validation. Asked for is the smallest that holds.",
            _known(by="best"),
        ),
        Mutant(
            "points-not-shares",
            "The allowed loss is taken off as points of NDCG. It is a share of the full model's figure.",
            _known(least=0),
        ),
        Mutant(
            "first",
            "This is the first that holds. Which of them takes the fewest bytes?",
            _known(by="first", spare=True),
        ),
        Mutant(
            "full-left-out",
            "The full model is taken only where nothing else holds. It is a candidate like the others.",
            _known(spare=True),
        ),
        Mutant(
            "every-seed",
            "A table is left out that falls below with one seed. It holds if its mean over seeds does.",
            _every_seed,
        ),
        Mutant("one-seed", "Only the first seed is used.", _one_seed),
        Mutant("without-full", "The full model is number 0, and the names follow.", _from_names),
        Mutant(
            "share-left",
            "This is the share of the bytes that is left. How many times smaller is it?",
            _share_left,
        ),
        Mutant(
            "difference",
            "The loss is in points of NDCG. It is a share of the full model's figure.",
            _difference,
        ),
        Mutant(
            "turned-round",
            "The sign of the loss is wrong: it is above 0 where the full model is better.",
            _turned,
        ),
    ),
    hints=(
        "Train the full model and each other one with every seed, and average validation over the seeds.",
        "Keep those with at least (1 - lost) of the full model's figure, itself included; take the smallest.",
    ),
)
