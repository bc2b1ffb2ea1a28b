"""The GPU exercise: which form of sharing, and what it brings to users who had no part in the choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ....data.batch import Batch
from ....data.click_splits import split_clicks
from ....data.worlds import simulate
from ....evaluation.purchase_scores import model_chances
from ....experiments import train
from ..exercise import Exercise, Mutant, Probe
from ..larger import LargerRun
from ..paired import StandIn, error_mutants, error_of, paired_error, seed_mutants

Figures = tuple[Tensor, Tensor]
Gain = tuple[int, float, float]
CONTROL = "shared-bottom"


def shared_by(users: int = 20000, epochs: int = 8, clickbait: float = 1.5, device: str = "auto") -> Callable:
    """Return ``run(form, seed)``: the joint log-loss of each validation slate and of each fresh user's slate.

    ``form``: the name of a recipe that learns clicks and purchases.
    """
    split = split_clicks(simulate("shop", users=users, seed=4, clickbait=clickbait), purchases=True)
    other = simulate("shop", users=2000, seed=77, clickbait=clickbait)
    fresh = split_clicks(other, purchases=True)

    def run(form: str, seed: int) -> Figures:
        how: dict[str, Any] = {"epochs": epochs, "batch_size": 64, "lr": 1e-2, "patience": 0}
        model: Any = train(form, split, seed=seed, device=device, progress=False, **how).model
        return _costs(model, split.validation), _costs(model, fresh.train)

    return run


def _costs(model: Any, slates: Batch) -> Tensor:
    """``(M,)``: mean -log p of what happened to the items of each slate."""
    found = model_chances(model, slates)
    assert slates.labels is not None and slates.bought is not None  # the split has both
    happened = torch.where(
        slates.bought > 0,
        found.both,
        torch.where(slates.labels > 0, found.click - found.both, 1 - found.click),
    )
    return -happened.log().mean(1)


def _gain(forms, seeds, run, *, error=paired_error, part=0, other=1, sign=1.0, worst=False) -> Gain:
    found = {each: [run(each, seed) for seed in seeds] for each in (CONTROL, *forms)}

    def cost(form: str) -> float:
        value = float(torch.stack([figures[part].mean() for figures in found[form]]).mean())
        return -value if worst else value

    best = min(sorted(forms), key=cost)
    chosen, control = (
        torch.stack([figures[other] for figures in found[each]]).double() for each in (best, CONTROL)
    )
    return forms.index(best), sign * float((control - chosen).mean()), error(control, chosen)


def gain_of_sharing(forms: Sequence[str], seeds: Sequence[int], run: Callable) -> Gain:
    """forms: list of str, seeds: list of int, run: see above. Returns (place of the form, gain, error)."""
    return _gain(forms, seeds, run)


def _known(**changes) -> Callable:
    return lambda forms, seeds, run: _gain(forms, seeds, run, **changes)


def _no_control(forms, seeds, run):
    best, _, _ = gain_of_sharing(forms, seeds, run)
    figures = torch.stack([run(forms[best], seed)[1] for seed in seeds]).double()
    return best, float(figures.mean()), error_of(figures.mean(0))


@dataclass(repr=False)
class _StandIn(StandIn):
    """Stands for training: one form is best for validation, another for fresh users, seeds that differ."""

    users: int
    best: str
    truth: str
    seed: float = 0.03
    noise: float = 0.3

    def __call__(self, form: str, seed: int) -> Figures:
        names = sorted(("esmm", "mmoe", "ple", CONTROL))
        number = names.index(form)
        draw = torch.Generator().manual_seed(1000 * seed + number)
        user = torch.rand(self.users, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
        found = []
        for best in (self.best, self.truth):
            own = torch.rand(self.users, generator=draw, dtype=torch.float64) - 0.5
            level = 0.4 + 0.1 * abs(number - names.index(best)) + self.seed * (seed % 3) * (1 + number)
            found.append(level + 0.5 * (user - 0.5) + self.noise * own)
        return found[0], found[1]


def _probes() -> list[Probe]:
    every = ["ple", "esmm", "mmoe"]
    return [
        Probe("two forms, one seed", (["mmoe", "ple"], [1], _StandIn(30, "mmoe", "ple"))),
        Probe("three forms, three seeds", (every, [3, 1, 2], _StandIn(60, "esmm", "ple"))),
        Probe("the control is the best", (every, [2, 5], _StandIn(40, "ple", CONTROL))),
        Probe("seeds that differ", (every, [2, 1, 4, 6], _StandIn(50, "mmoe", "esmm", 0.02))),
        Probe("many users", (every, [1, 2, 7], _StandIn(400, "ple", "mmoe", 0.03, 0.5))),
    ]


EXERCISE = Exercise(
    name="gain-of-sharing",
    reference=gain_of_sharing,
    probes=_probes,
    larger=LargerRun(
        full='gain_of_sharing(["mmoe", "ple", "esmm"], [0, 1, 2], shared_by())',
        small='gain_of_sharing(["mmoe", "ple"], [0], shared_by(users=600, epochs=2))',
        names={"shared_by": shared_by},
    ),
    seconds=30.0,
    mutants=(
        Mutant(
            "chosen-by-fresh",
            "The form is chosen by the fresh users and praised by the same users. Validation chooses.",
            _known(part=1),
        ),
        Mutant(
            "gain-on-validation",
            "The gain is that on validation, which has chosen. Report the fresh users.",
            _known(other=0),
        ),
        Mutant(
            "no-control",
            "This is the loss of the chosen form itself. The gain is over the shared bottom, seed by seed.",
            _no_control,
        ),
        Mutant("turned-round", "Of a loss less is better: take the control's first.", _known(sign=-1.0)),
        Mutant("worst-chosen", "This is the form with the highest loss on validation.", _known(worst=True)),
        *error_mutants(lambda error: _known(error=error))[:3],
        *seed_mutants(gain_of_sharing),
    ),
    hints=(
        "Train the control and each form with every seed. Then choose, and only then look at the fresh.",
        "A fresh user's gain is the control's loss minus the form's over seeds; the error is over users.",
    ),
)
