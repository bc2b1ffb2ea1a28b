"""The GPU exercise: what a budget of privacy costs fresh users, and what an attacker still sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ....data.splits import leave_one_out
from ....data.worlds import simulate
from ....evaluation.ranking import evaluate
from ....models import build, recipe_settings
from ....privacy import auc, private_objective, user_losses
from ....training import fit
from ....training.random_state import seeded
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun
from ..paired import StandIn, error_mutants, paired_error, seed_mutants

Seen = tuple[Tensor, Tensor, Tensor]
Price = tuple[float, float, float]


def private_runs(
    users: int = 4000, epochs: int = 30, fresh: int = 2000, dim: int = 16, device: str = "auto"
) -> Callable:
    """Return ``run(epsilon, seed)``: NDCG@10 of each fresh user, and the losses of members and of others.

    ``epsilon`` infinite: trained as usual, by the same loop, without noise.
    """
    split = leave_one_out(simulate("video", users=users, seed=4), max_len=50)
    others = leave_one_out(simulate("video", users=fresh, seed=77), max_len=50)
    batch = users // 10

    def run(epsilon: float, seed: int) -> Seen:
        sizes: dict[str, Any] = {"dim": dim, "layers": 1, "max_len": 50, "dropout": 0.0}
        with seeded(seed, torch.device("cpu")):
            model: Any = build(recipe_settings("sasrec", split.log.n_items, **sizes))
        how: dict[str, Any] = {"epochs": epochs, "evaluate_every": epochs, "weight_decay": 0.0, "patience": 0}
        if epsilon < float("inf"):
            objective = private_objective(users, batch, epochs, epsilon)
            how |= {"objective": objective, "batch_size": batch, "lr": 1e-2, "clip": 0.0}
        else:
            how |= {"batch_size": 32, "lr": 4e-3}
        fit(model, split, seed=seed, device=device, progress=False, **how)
        found = evaluate(model, others.test, (10,), with_coverage=False)
        model.cpu()
        return (
            torch.from_numpy(found.per_user["NDCG@10"]),
            user_losses(model, split.train),
            user_losses(model, others.train),
        )

    return run


def _area(members: Tensor, others: Tensor) -> float:
    scores = -torch.cat([members, others])
    return auc(scores, torch.arange(len(scores)) < len(members))


def _price(epsilon, seeds, run, *, error=paired_error, sign=1.0, area=_area, of=0) -> Price:
    plain, private = ([run(each, seed) for seed in seeds] for each in (float("inf"), epsilon))
    without, within = (torch.stack([found[0] for found in runs]).double() for runs in (plain, private))
    seen = (private, plain)[of]
    leak = sum(area(members, others) for _, members, others in seen) / len(seen)
    return sign * float((without - within).mean()), error(without, within), leak


def price_of_privacy(epsilon: float, seeds: Sequence[int], run: Callable) -> Price:
    """epsilon: float, seeds: list of int, run: see above. Returns (price, error, area)."""
    return _price(epsilon, seeds, run)


def _known(**changes) -> Callable:
    return lambda epsilon, seeds, run: _price(epsilon, seeds, run, **changes)


@dataclass(repr=False)
class _StandIn(StandIn):
    """Stands for training: privacy costs something, members have lower losses, seeds differ."""

    users: int
    cost: float
    away: float
    seed: float = 0.03

    def __call__(self, epsilon: float, seed: int) -> Seen:
        known = 0.0 if epsilon == float("inf") else 1.0 / epsilon
        draw = torch.Generator().manual_seed(1000 * seed + round(100 * known))
        user = torch.rand(self.users, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
        own = torch.rand(self.users, generator=draw, dtype=torch.float64) - 0.5
        figures = (
            0.3 - self.cost * known + 0.5 * (user - 0.5) + 0.1 * own + self.seed * (seed % 3) * (1 + known)
        )
        members, others = (torch.randn(n, generator=draw, dtype=torch.float64)
                           for n in (self.users + 7, self.users + 3))  # fmt: skip
        return figures, 3 + members - self.away / (1 + 2 * known), 3 + others


def _probes() -> list[Probe]:
    return [
        Probe("one seed", (4.0, [1], _StandIn(30, 0.3, 1.0))),
        Probe("three seeds", (1.0, [3, 1, 2], _StandIn(60, 0.1, 0.6))),
        Probe("privacy helps", (2.0, [2, 5], _StandIn(40, -0.2, 1.5))),
        Probe("seeds that differ", (8.0, [2, 1, 4, 6], _StandIn(50, 0.8, 0.8, 0.2))),
        Probe("many users", (0.5, [1, 2, 7], _StandIn(400, 0.05, 0.3, 0.05))),
    ]


EXERCISE = Exercise(
    name="price-of-privacy",
    reference=price_of_privacy,
    probes=_probes,
    larger=LargerRun(
        full="price_of_privacy(4.0, [0, 1, 2], private_runs(users=8000, epochs=30))",
        small="price_of_privacy(4.0, [0], private_runs(users=200, epochs=4, fresh=300))",
        names={"private_runs": private_runs},
    ),
    seconds=30.0,
    mutants=(
        Mutant("turned-round", "The sign is wrong. A price is plain minus private.", _known(sign=-1.0)),
        Mutant(
            "loss-as-score",
            "Members have low losses, so the loss itself ranks them last. A score is high for a member.",
            _known(area=lambda members, others: 1 - _area(members, others)),
        ),
        Mutant(
            "area-of-the-plain-model",
            "This is what the attacker sees of the plain model. Asked for is the private one.",
            _known(of=1),
        ),
        *(m for m in error_mutants(lambda error: _known(error=error)) if m.name != "over-seeds"),
        *seed_mutants(price_of_privacy),
    ),
    hints=(
        "Train both kinds with every seed. Only then take differences, user by user.",
        "A fresh user's price is plain minus private, averaged over seeds; the error is over users.",
    ),
)
