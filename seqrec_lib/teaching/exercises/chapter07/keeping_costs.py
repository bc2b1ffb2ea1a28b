"""The GPU exercise: what does it cost to train on a part of the rows without a click?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ....data.batching import batches
from ....data.click_splits import split_clicks, thin_out
from ....data.worlds import simulate
from ....device import pick_device
from ....losses.objectives import ClicksObjective
from ....models import build, recipe_settings
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun
from ..paired import StandIn, error_of, seed_mutants

Figures = tuple[Tensor, Tensor, Tensor]
USUAL: dict[str, Any] = {"dim": 16, "dropout": 0.1, "places": True}


def trained_clicks(
    model: str = "din", users: int = 10_000, epochs: int = 6, device: str = "auto", **world_changes: Any
) -> Callable:
    """Return ``train(kept, seed)``: a model of clicks learns from all clicks of ``world:ads`` and a share
    ``kept`` of the other rows, each time for the same number of slates.

    It gives three ``(N,)`` tensors about slates of users that trained nothing: whose slate a row stood in,
    whether it was clicked, and the probability that the model says. ``world_changes`` are settings of the
    world, such as fewer ``films``.
    """
    split = split_clicks(simulate("ads", users=users, seed=1, **world_changes))
    where = pick_device(device)

    def train(kept: float, seed: int) -> Figures:
        torch.manual_seed(seed)
        made = build(recipe_settings(model, split.log.n_items, max_len=split.max_len, **USUAL)).to(where)
        optimiser = torch.optim.AdamW(made.parameters(), 4e-3, weight_decay=1e-2)
        rows = thin_out(split.train, kept, seed)
        for epoch in range(epochs):
            for part in batches(rows, 32, generator=torch.Generator().manual_seed(1000 * seed + epoch)):
                loss, _ = ClicksObjective()(made, part.to(where), {})
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
        test = split.test
        assert test.users is not None and test.candidates is not None and test.labels is not None
        with torch.no_grad():
            parts = (test.rows(slice(n, n + 250)).to(where) for n in range(0, len(test), 250))
            logits = torch.cat([made.eval().score(part, part.candidates).cpu() for part in parts])
        shown = test.candidates > 0
        owner = test.users[:, None].expand(shown.shape)
        return owner[shown], test.labels[shown].double(), logits[shown].double().sigmoid()

    return train


def _loss(labels: Tensor, p: Tensor) -> Tensor:
    return -(labels * p.log() + (1 - labels) * (1 - p).log())


def _undone(p: Tensor, kept: float) -> Tensor:
    return p / (p + (1 - p) / kept)


def _by_user(users: Tensor, values: Tensor) -> Tensor:
    """``(U,)`` means."""
    _, user, count = users.unique(return_inverse=True, return_counts=True)
    return torch.zeros(len(count), dtype=values.dtype).index_add(0, user, values) / count


def _extras(kept, seeds, train, undo=_undone) -> tuple[Tensor, Tensor, Tensor]:
    """Users ``(N,)``, and what each row costs more, as said and undone, ``(seeds, N)`` each."""
    raw, mended, users = [], [], torch.zeros(0)
    for seed in seeds:
        users, labels, p = train(kept, seed)
        whole = _loss(labels, train(1.0, seed)[2])
        raw.append(_loss(labels, p) - whole)
        mended.append(_loss(labels, undo(p, kept)) - whole)
    return users, torch.stack(raw), torch.stack(mended)


def keeping_costs(kept: float, seeds: Sequence[int], train: Callable) -> tuple[float, float, float]:
    """kept: float, seeds: list of int, train: see above. Returns (cost as said, cost undone, error)."""
    users, raw, mended = _extras(kept, seeds, train)
    return float(raw.mean()), float(mended.mean()), error_of(_by_user(users, mended.mean(0)))


def _known(undo=_undone, error=None, sign=1):
    def run(kept, seeds, train):
        users, raw, mended = _extras(kept, seeds, train, undo)
        found = error_of(_by_user(users, mended.mean(0))) if error is None else error(users, mended)
        return sign * float(raw.mean()), sign * float(mended.mean()), found

    return run


def losses_themselves(kept, seeds, train):
    runs = [train(kept, seed) for seed in seeds]
    users, labels, _ = runs[0]
    raw = torch.stack([_loss(labels, p) for _, _, p in runs])
    mended = torch.stack([_loss(labels, _undone(p, kept)) for _, _, p in runs])
    return float(raw.mean()), float(mended.mean()), error_of(_by_user(users, mended.mean(0)))


@dataclass(repr=False)
class _StandIn(StandIn):
    """Stands for training: a log of slates, and a model that overstates as training on a part makes it."""

    slates: list[int]
    seed_shift: float = 0.2

    def __call__(self, kept: float, seed: int) -> Figures:
        users = torch.arange(len(self.slates)).repeat_interleave(torch.tensor(self.slates))
        drawn = torch.rand(3, len(users), generator=torch.Generator().manual_seed(7), dtype=torch.float64)
        logit = 2.5 * drawn[0] - 2.5
        labels = (drawn[1] < logit.sigmoid()).double()
        own = torch.Generator().manual_seed(31 * seed + round(1000 * kept))
        noise = torch.randn(len(users), generator=own, dtype=torch.float64) * (0.2 + 0.3 * (1 - kept))
        noise = noise + self.seed_shift * seed * (1 - kept)
        return users, labels, (logit + noise - torch.tensor(kept).log()).sigmoid()


def _probes() -> list[Probe]:
    return [
        Probe("a tenth is kept, two seeds", (0.1, [0, 1], _StandIn([4, 6, 3, 5]))),
        Probe("a quarter, three seeds", (0.25, [2, 0, 3], _StandIn([9, 2, 7, 5, 3, 8]))),
        Probe("two seeds that differ much", (0.05, [1, 4], _StandIn([3, 5, 4, 10, 2], 0.4))),
    ]


EXERCISE = Exercise(
    name="keeping-costs",
    reference=keeping_costs,
    probes=_probes,
    larger=LargerRun(
        full="keeping_costs(0.1, [0, 1], trained_clicks())",
        small='keeping_costs(0.1, [0, 1], trained_clicks("fm", users=1500, epochs=12))',
        names={"trained_clicks": trained_clicks},
    ),
    seconds=30.0,
    mutants=(
        Mutant(
            "multiplied",
            "The probabilities were multiplied by the share. The odds are.",
            _known(undo=lambda p, kept: p * kept),
        ),
        Mutant(
            "the-wrong-way",
            "The repair moves the probabilities further up.",
            _known(undo=lambda p, kept: p / (p + (1 - p) * kept)),
        ),
        Mutant(
            "not-undone",
            "The second figure is the first: the probabilities were not mended.",
            _known(undo=lambda p, kept: p),
        ),
        Mutant(
            "losses-themselves",
            "These are log-losses. Asked for is what they are above those of the model that saw all rows.",
            losses_themselves,
        ),
        Mutant(
            "rows-as-users",
            "The error counts rows as if they were independent. Rows of a user belong together.",
            _known(error=lambda users, each: error_of(each.mean(0))),
        ),
        Mutant(
            "seeds-as-users",
            "The error counts each seed of a user as another user. Average over the seeds first.",
            _known(error=lambda users, each: error_of(torch.cat([_by_user(users, one) for one in each]))),
        ),
        Mutant(
            "spread-of-users",
            "That is the spread over users. The error of their mean is smaller by the root of their number.",
            _known(error=lambda users, each: float(_by_user(users, each.mean(0)).std())),
        ),
        Mutant("gains", "The sign is turned: a cost is above 0 where the model of a part is worse.",
               _known(sign=-1)),
        *seed_mutants(keeping_costs),
    ),
    hints=(
        "For each seed train twice, and subtract the log-losses row by row before you average anything.",
        "For the error: mean over the seeds, then a mean for each user, then the spread of these means.",
    ),
)  # fmt: skip
