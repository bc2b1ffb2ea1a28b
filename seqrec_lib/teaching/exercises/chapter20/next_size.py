"""The GPU exercise: fit a law of size to small runs and say what the next size brings, before it is run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ....data.splits import leave_one_out
from ....data.worlds import simulate
from ....evaluation.ranking import evaluate
from ....models import build, recipe_settings
from ....scale import fit_size_law
from ....training import fit
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun
from ..paired import StandIn, error_mutants, error_of, paired_error, seed_mutants

Told = tuple[float, float, float]


def by_users(steps: int = 400, dim: int = 32, fresh_users: int = 1000, device: str = "auto") -> Callable:
    """Return ``run(users, seed)``: NDCG@10 of each fresh user, for a model of equally many steps."""
    fresh = leave_one_out(simulate("video", users=fresh_users, seed=77), max_len=50)

    def run(users: int, seed: int) -> Tensor:
        split = leave_one_out(simulate("video", users=users, seed=5), max_len=50)
        torch.manual_seed(seed)
        model = build(recipe_settings("sasrec", split.log.n_items, dim=dim, max_len=50, dropout=0.2))
        epochs = max(1, round(steps / -(-users // 32)))
        fit(
            model, split, epochs=epochs, batch_size=32, lr=4e-3, seed=seed, device=device, patience=0,
            evaluate_every=max(1, epochs // 8), progress=False,
        )  # fmt: skip
        return torch.from_numpy(evaluate(model, fresh.test, (10,), with_coverage=False).per_user["NDCG@10"])

    return run


def _told(sizes, seeds, run, *, error=paired_error, held=-1, law=fit_size_law, sign=1.0) -> Told:
    ordered = sorted(sizes)
    found = {size: torch.stack([run(size, seed) for seed in seeds]).double() for size in ordered}
    last = ordered[held]
    known = [size for size in ordered if size != last]
    foreseen = law(known, [float(found[size].mean()) for size in known]).at(last)
    miss = float(found[last].mean()) - foreseen
    return foreseen, sign * miss, error(found[last], torch.zeros_like(found[last]))


def next_size(sizes: Sequence[int], seeds: Sequence[int], run: Callable) -> Told:
    """sizes, seeds: list of int, run: see above. Returns (foreseen, miss, error)."""
    return _told(sizes, seeds, run)


def _known(**changes) -> Callable:
    return lambda sizes, seeds, run: _told(sizes, seeds, run, **changes)


def _with_the_last(sizes, seeds, run):
    ordered = sorted(sizes)
    found = {size: torch.stack([run(size, seed) for seed in seeds]).double() for size in ordered}
    foreseen = fit_size_law(ordered, [float(found[size].mean()) for size in ordered]).at(ordered[-1])
    _, _, error = next_size(sizes, seeds, run)
    return foreseen, float(found[ordered[-1]].mean()) - foreseen, error


def _in_given_order(sizes, seeds, run):
    found = {size: torch.stack([run(size, seed) for seed in seeds]).double() for size in sizes}
    *known, last = sizes
    foreseen = fit_size_law(known, [float(found[size].mean()) for size in known]).at(last)
    return foreseen, float(found[last].mean()) - foreseen, error_of(found[last].mean(0))


@dataclass
class _Same:
    value: float

    def at(self, size: float) -> float:
        return self.value


def _as_before(sizes: Sequence[float], values: Sequence[float]) -> _Same:
    return _Same(values[-1])


@dataclass(repr=False)
class _StandIn(StandIn):
    """Stands for training: a law of size, users who differ, seeds that differ."""

    users: int
    limit: float
    gap: float
    power: float
    seed: float = 0.02
    noise: float = 0.2

    def __call__(self, size: int, seed: int) -> Tensor:
        draw = torch.Generator().manual_seed(1000 * seed + size)
        own = torch.rand(self.users, generator=draw, dtype=torch.float64) - 0.5
        level = self.limit - self.gap * size**-self.power
        return level + self.seed * (seed % 3) * (1 + size / 1000) + self.noise * own


def _probes() -> list[Probe]:
    return [
        Probe("four sizes, two seeds", ([50, 100, 200, 400], [1, 3], _StandIn(40, 0.5, 1.5, 0.5))),
        Probe("sizes in no order", ([400, 50, 800, 100, 200], [2, 4], _StandIn(60, 0.45, 2.0, 0.6))),
        Probe("three seeds", ([25, 75, 225, 675], [1, 2, 3], _StandIn(50, 0.6, 1.0, 0.3, 0.04))),
        Probe("nearly at the limit", ([100, 300, 900, 2700], [5, 2], _StandIn(80, 0.4, 3.0, 0.9))),
        Probe("few users", ([30, 60, 120, 240, 480], [4, 1], _StandIn(12, 0.55, 1.2, 0.4, 0.03, 0.4))),
    ]


EXERCISE = Exercise(
    name="next-size",
    reference=next_size,
    probes=_probes,
    larger=LargerRun(
        full="next_size([100, 200, 400, 800, 1600], [0, 1, 2], by_users(steps=800))",
        small="next_size([50, 100, 200, 400], [0], by_users(steps=60, dim=16, fresh_users=300))",
        names={"by_users": by_users},
    ),
    seconds=30.0,
    mutants=(
        Mutant(
            "fitted-with-the-last",
            "The law was fitted to the largest size too. Then nothing is foreseen.",
            _with_the_last,
        ),
        Mutant(
            "in-the-given-order",
            "The last of the list is held out. It need not be the largest.",
            _in_given_order,
        ),
        Mutant("smallest-held-out", "The smallest size is held out here.", _known(held=0)),
        Mutant("as-before", "This says that nothing changes. Fit the law.", _known(law=_as_before)),
        Mutant("turned-round", "The miss is measured minus foreseen.", _known(sign=-1.0)),
        *error_mutants(lambda error: _known(error=error))[1:],
        Mutant(
            "error-by-seed",
            "This is the error of one seed, averaged. Average each user's figures over the seeds first.",
            _known(error=lambda a, b: sum(error_of(each) for each in a - b) / len(a)),
        ),
        *seed_mutants(next_size),
    ),
    hints=(
        "The law is fitted to the mean figures of all sizes but the largest, over users and seeds.",
        "What is foreseen comes from the law alone; the miss and the error need the largest size as well.",
    ),
)
