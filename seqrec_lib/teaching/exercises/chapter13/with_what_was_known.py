"""CUPED for two arms: the difference and its standard error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _slope(y: Tensor, x: Tensor, by: str = "x") -> Tensor:
    covariance = ((x - x.mean()) * (y - y.mean())).mean()
    spread = {"x": x, "y": y}[by]
    return covariance / (spread - spread.mean()).square().mean()


def _difference(
    old: Tensor, new: Tensor, before_old: Tensor, before_new: Tensor, *,
    by: str = "x", shared: bool = True, sign: float = 1.0, own_centre: bool = False, raw_error: bool = False,
    one: bool = False,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    both = _slope(torch.cat([old, new]), torch.cat([before_old, before_new]), by)
    slopes = [_slope(y, x, by) for y, x in ((old, before_old), (new, before_new))]
    slopes = [both, both] if shared else slopes
    if one:
        slopes = [torch.ones(()).double()] * 2
    centre = torch.cat([before_old, before_new]).mean()
    centres = [before_old.mean(), before_new.mean()] if own_centre else [centre, centre]
    arms = [
        y - sign * s * (x - c)
        for y, x, s, c in zip((old, new), (before_old, before_new), slopes, centres, strict=True)
    ]
    spread = (old, new) if raw_error else arms
    error = sum(arm.var() / len(arm) for arm in spread) ** 0.5
    return arms[1].mean() - arms[0].mean(), error


def with_what_was_known(
    old: Tensor, new: Tensor, before_old: Tensor, before_new: Tensor
) -> tuple[Tensor, Tensor]:
    """old, before_old: (n,), new, before_new: (m,). Returns (difference, standard error)."""
    return _difference(old, new, before_old, before_new)


def _known(**changes: Any) -> Callable:
    return lambda old, new, before_old, before_new: _difference(old, new, before_old, before_new, **changes)


def _two_lines(old: Tensor, new: Tensor, before_old: Tensor, before_new: Tensor) -> tuple[Tensor, Tensor]:
    """A line through each arm, and nothing centred."""
    arms = [y - _slope(y, x) * x for y, x in ((old, before_old), (new, before_new))]
    return arms[1].mean() - arms[0].mean(), (arms[0].var() / len(old) + arms[1].var() / len(new)) ** 0.5


def _turned(old: Tensor, new: Tensor, before_old: Tensor, before_new: Tensor) -> tuple[Tensor, Tensor]:
    difference, error = _difference(old, new, before_old, before_new)
    return -difference, error


def _probes() -> list[Probe]:
    chance = torch.Generator().manual_seed(135)

    def case(about: str, n: int, m: int, slope: float, noise: float, lift: float) -> Probe:
        x = [3 + 2 * torch.randn(k, generator=chance, dtype=torch.float64) for k in (n, m)]
        x[1] = x[1] + 0.7  # chance gave the new arm the busier users
        y = [
            slope * each + noise * torch.randn(len(each), generator=chance, dtype=torch.float64) for each in x
        ]
        return Probe(about, (y[0], y[1] + lift, x[0], x[1]))

    return [
        case("four users and five", 4, 5, 0.6, 0.8, 1.0),
        case("a new arm that loses", 30, 22, 0.9, 1.5, -0.6),
        case("busy users who come less", 17, 40, -0.5, 0.7, 0.3),
    ]


EXERCISE = Exercise(
    name="with-what-was-known",
    reference=with_what_was_known,
    probes=_probes,
    mutants=(
        Mutant(
            "two-slopes",
            "Each arm has a slope of its own. One line, from all users, must serve both arms.",
            _known(shared=False),
            _two_lines,
        ),
        Mutant("wrong-variance", "The covariance is divided by the variance of the outcome.", _known(by="y")),
        Mutant("added", "What was known is added instead of taken out.", _known(sign=-1.0)),
        Mutant(
            "own-centre",
            "Each arm is centred at its own mean, so the means stay what they were.",
            _known(own_centre=True),
        ),
        Mutant(
            "raw-error",
            "The error is that of the raw numbers: what was taken out no longer varies.",
            _known(raw_error=True),
        ),
        Mutant("old-minus-new", "The sign is turned: asked for is new minus old.", _turned),
        Mutant(
            "slope-one", "The number before is taken off whole, as if the slope were 1.", _known(one=True)
        ),
    ),
    hints=(
        "Put both arms into one long list and fit a line to it, then come back to the arms.",
        "Take slope times (before minus the mean of all) from every user, and compare the two arms as ever.",
    ),
)
