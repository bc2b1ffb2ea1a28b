"""The larger exercise: how many sampled items does it take to keep the order of models?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np
import torch

from ....data.batch import Batch
from ....data.splits import leave_one_out
from ....data.worlds import OracleModel, simulate
from ....evaluation.protocols import Protocol, standings
from ....experiments import train as train_recipe
from ....models.baselines import Markov, Popularity
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun

RIVALS = ("gru4rec", "lstm-attention", "sasrec")


def rivals(users: int = 4000, device: str = "auto", seed: int = 0, **changes: Any) -> Callable:
    """Return ``prepare() -> (models, split, popularity)``, which trains three recipes on ``world:video``.

    ``changes``: settings instead of the recipes', such as ``epochs=2``.
    """

    @lru_cache(maxsize=1)
    def prepare():
        world = simulate("video", users=users)
        split = leave_one_out(world, max_len=world.max_length)
        models = {"popularity": Popularity(split.train_log), "Markov chain": Markov(split.train_log)}
        for name in RIVALS:
            run = train_recipe(name, split, seed=seed, device=device, progress=False, **changes)
            models[name] = run.model
        return models, split, _counts(split)

    return prepare


def _counts(split) -> torch.Tensor:
    return torch.bincount(torch.from_numpy(split.train_log.items), minlength=split.log.n_items + 1)


def _changes(
    sizes: Sequence[int], prepare: Callable, part="test", metric="NDCG@10", kind="uniform", seen="out",
    neighbours=False, against="all",
) -> np.ndarray:  # fmt: skip
    models, split, popularity = prepare()
    found = [standings(model, getattr(split, part), popularity) for model in models.values()]

    def means(protocol: Protocol) -> list[float]:
        return [float(one.measure(protocol)[metric].mean()) for one in found]

    full = means(Protocol("all" if against == "all" else "uniform", max(sizes), seen))
    pairs = list(combinations(range(len(found)), 2))
    if neighbours:
        order = np.argsort(full)
        pairs = list(zip(order, order[1:], strict=False))
    counts = []
    for n in sizes:
        mine = means(Protocol(kind, n, seen))
        counts.append(sum((mine[a] - mine[b]) * (full[a] - full[b]) < 0 for a, b in pairs))
    return np.array(counts)


def order_changes(sizes: Sequence[int], prepare: Callable) -> np.ndarray:
    """sizes: list of int, prepare: see above. Returns a list of counts, one an n."""
    return _changes(sizes, prepare)


def _known(**changes) -> Callable:
    return lambda sizes, prepare: _changes(sizes, prepare, **changes)


def ordered_pairs(sizes, prepare):
    return 2 * _changes(sizes, prepare)


def kept_pairs(sizes, prepare):
    models = len(prepare()[0])
    return models * (models - 1) // 2 - _changes(sizes, prepare)


def _with_equals(changed: Callable):
    """A pair that is equal in one of the two rankings counts as ``changed`` says."""

    def answer(sizes, prepare):
        models, split, popularity = prepare()
        found = [standings(model, split.test, popularity) for model in models.values()]

        def means(protocol: Protocol) -> list[float]:
            return [float(one.measure(protocol)["NDCG@10"].mean()) for one in found]

        full, pairs = means(Protocol()), list(combinations(range(len(found)), 2))
        drawn = [means(Protocol("uniform", n)) for n in sizes]
        return np.array([sum(changed(x[a] - x[b], full[a] - full[b]) for a, b in pairs) for x in drawn])

    return answer


def asked_again(sizes, prepare):
    """Every size asks the models anew, for the full protocol too."""
    return np.concatenate([_changes([n], prepare) for n in sizes])


class _AskedAgain(RuntimeError):
    """A model was asked a second time for the same cases."""


class _Once:
    """Hands what it is asked on to ``model``, but the same cases only once."""

    def __init__(self, model, asked: set) -> None:
        self.model, self.asked = model, asked

    def score(self, batch: Batch, candidates=None) -> torch.Tensor:
        users = b"" if batch.users is None else batch.users.numpy().tobytes()
        case = self.model, users, batch.items.numpy().tobytes()
        if case in self.asked:
            raise _AskedAgain("this model was asked for the same cases before")
        self.asked.add(case)
        return self.model.score(batch)


@dataclass(repr=False)
class _Prepare:
    """Stands for ``rivals(...)``. Each call of an answer gets a copy, which remembers what was asked.

    Attributes:
        make: returns models, split and popularity, the same ones each time.
        asked: which models were asked for which cases.
    """

    make: Callable
    asked: set = field(default_factory=set, compare=False)

    def __call__(self):
        models, split, popularity = self.make()
        return {name: _Once(model, self.asked) for name, model in models.items()}, split, popularity

    def __repr__(self) -> str:
        return "a stand-in for rivals()"


class _Mixed:
    """Stands for a trained model: it knows the best items, the middle or the worst better than others do."""

    def __init__(self, oracle: Callable, seed: int, sure: float, noise: float) -> None:
        self.oracle, self.seed, self.sure, self.noise = oracle, seed, sure, noise

    def score(self, batch: Batch, candidates=None) -> torch.Tensor:
        p = self.oracle(batch)
        generator = torch.Generator().manual_seed(self.seed)
        mess = torch.rand(p.shape, generator=generator, dtype=p.dtype)
        clear = mess > self.sure  # the rest is mixed up
        return torch.where(clear, p, self.noise * torch.rand(p.shape, generator=generator, dtype=p.dtype))


@lru_cache(maxsize=4)
def _quick(users: int):
    world = simulate("video", users=users)
    split = leave_one_out(world, max_len=world.max_length)
    exact, kept = OracleModel(world), {}

    def oracle(batch: Batch) -> torch.Tensor:
        """The same histories come again and again, and the oracle is slow."""
        key = batch.items.numpy().tobytes()
        if key not in kept:
            kept[key] = exact.score(batch)
        return kept[key]

    blurs = [(0.1, 1.0), (0.3, 0.03), (0.5, 0.01), (0.6, 0.004), (0.2, 0.1), (0.8, 0.002)]
    models: dict[str, Any] = {f"model {i}": _Mixed(oracle, i, *blur) for i, blur in enumerate(blurs)}
    models |= {"popularity": Popularity(split.train_log), "Markov chain": Markov(split.train_log)}
    return models, split, _counts(split)


class _Below:
    """Stands for a model with the oracle's first ten items, and the others the wrong way round."""

    def __init__(self, oracle: Callable) -> None:
        self.oracle = oracle

    def score(self, batch: Batch, candidates=None) -> torch.Tensor:
        p = self.oracle(batch)
        level = p.topk(10, dim=1).values[:, 9:]
        return torch.where(p >= level, p, -p)


class _Exact(_Below):
    """Stands for a model that is as good as can be."""

    def score(self, batch: Batch, candidates=None) -> torch.Tensor:
        return self.oracle(batch)


def _equal_in_full():
    """Three models with the same first ten items: equal in full, and one of them not in a sample."""
    models, split, popularity = _quick(60)
    oracle = models["model 0"].oracle
    few = {name: models[name] for name in ("model 1", "model 4", "popularity")}
    models = {"below": _Below(oracle), **few, "exact": _Exact(oracle), "below again": _Below(oracle)}
    return models, split, popularity


def _small():
    return _quick(60)


def _other():
    models, split, popularity = _quick(80)
    return dict(list(models.items())[1:]), split, popularity


EXERCISE = Exercise(
    name="order-changes",
    reference=order_changes,
    probes=lambda: [
        Probe("eight models, four sizes", ([1, 5, 20, 100], _Prepare(_small))),
        Probe("seven models, sizes not in order", ([60, 12, 30, 2], _Prepare(_other))),
        Probe("models that are equal in full", ([1, 4, 9], _Prepare(_equal_in_full))),
    ],
    larger=LargerRun(
        full="order_changes([10, 50, 100], rivals(epochs=8))",
        small="order_changes([10, 50, 100], rivals(users=300, epochs=2))",
        names={"rivals": rivals},
    ),
    seconds=60.0,
    mutants=(
        Mutant(
            "validation",
            "These are the validation cases. The test cases are wanted.",
            _known(part="validation"),
        ),
        Mutant("hit-rate", "This compares HR@10, not NDCG@10.", _known(metric="HR@10")),
        Mutant("reciprocal-rank", "This compares MRR, not NDCG@10.", _known(metric="MRR")),
        Mutant(
            "by-popularity",
            "The items are drawn by popularity here. Draw them uniformly.",
            _known(kind="popularity"),
        ),
        Mutant(
            "seen-in", "The seen items take part here. Leave them out, as Protocol() does.", _known(seen="in")
        ),
        Mutant(
            "against-a-sample",
            "The order is compared with that of the largest sample. Compare with the full ranking.",
            _known(against="largest"),
        ),
        Mutant(
            "neighbours-only",
            "Only neighbours are compared. Count every pair of models.",
            _known(neighbours=True),
        ),
        Mutant(
            "equal-counts",
            "A pair that is equal in one of the two rankings is counted here. It has no order there, so it "
            "cannot change it.",
            _with_equals(lambda x, y: (x > 0) != (y > 0)),
            _with_equals(lambda x, y: (x < 0) != (y < 0)),
            _with_equals(lambda x, y: np.sign(x) != np.sign(y)),
            _with_equals(lambda x, y: x * y <= 0),
        ),
        Mutant("pairs-twice", "Each pair is counted twice.", ordered_pairs),
        Mutant(
            "kept-pairs", "These are the pairs that keep their order. Count those that change.", kept_pairs
        ),
        Mutant(
            "asked-again",
            "A model was asked more than once for the same cases. Keep what standings returns: it measures "
            "under every protocol.",
            asked_again,
        ),
    ),
    hints=(
        "Write down the order of three models under both protocols. Which pairs have changed places?",
        "A pair has changed when the difference of the two means has another sign than in the full ranking. "
        "Ask each model once with standings and keep the result: measure is then quick for every protocol.",
    ),
)
