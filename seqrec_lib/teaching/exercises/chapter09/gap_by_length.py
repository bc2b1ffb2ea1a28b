"""The error on both sides of the longest training row: a mean over all users hides a cliff."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _sides(lengths: Tensor, longest: int) -> tuple[Tensor, Tensor]:
    return lengths <= longest, lengths > longest


def _report(within: Tensor, beyond: Tensor) -> tuple[float, float, float]:
    error = (within.var() / len(within) + beyond.var() / len(beyond)).sqrt()
    return float(within.mean()), float(beyond.mean()), float(error)


def gap_by_length(lengths: Tensor, model: Tensor, oracle: Tensor, longest: int) -> tuple[float, float, float]:
    """lengths, model, oracle: (U,), longest: int. Returns (within, beyond, standard error)."""
    near, far = _sides(lengths, longest)
    return _report((oracle - model)[near], (oracle - model)[far])


def boundary(lengths, model, oracle, longest):
    return gap_by_length(lengths, model, oracle, longest - 1)


def model_minus_oracle(lengths, model, oracle, longest):
    return gap_by_length(lengths, oracle, model, longest)


def model_alone(lengths, model, oracle, longest):
    return gap_by_length(lengths, -model, torch.zeros_like(model), longest)


def sides_swapped(lengths, model, oracle, longest):
    within, beyond, error = gap_by_length(lengths, model, oracle, longest)
    return beyond, within, error


def everybody(lengths, model, oracle, longest):
    _, far = _sides(lengths, longest)
    return _report(oracle - model, (oracle - model)[far])


def _pooled(near: Tensor, far: Tensor) -> Tensor:
    """The squared error of the difference, if both groups had one variance."""
    n, m = len(near), len(far)
    return ((n - 1) * near.var() + (m - 1) * far.var()) / (n + m - 2) * (1 / n + 1 / m)


def _error(kind: str):
    """The right means, with another error of their difference."""

    def answer(lengths, model, oracle, longest):
        near, far = _sides(lengths, longest)
        gap = oracle - model
        within, beyond, _ = _report(gap[near], gap[far])
        parts = (gap[near], gap[far])
        error = {
            "unpaired": sum(x[s].var() / s.sum() for x in (model, oracle) for s in (near, far)) ** 0.5,
            "added": sum((x.var() / len(x)) ** 0.5 for x in parts),
            "far": (gap[far].var() / far.sum()) ** 0.5,
            "pooled": (gap.var() / len(gap)) ** 0.5,
            "deviation": sum(x.var() for x in parts) ** 0.5,
            "one variance": _pooled(*parts) ** 0.5,
            "population": sum(x.var(correction=0) / len(x) for x in parts) ** 0.5,
        }[kind]
        return within, beyond, float(error)

    return answer


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(11)

    def case(about: str, users: int, low: int, high: int, longest: int, fall: float) -> Probe:
        lengths = torch.randint(low, high + 1, (users,), generator=generator)
        lengths[:6] = longest + torch.tensor([-1, -1, 0, 0, 1, 1])
        oracle = torch.rand(users, generator=generator).double()
        lost = 0.1 * torch.randn(users, generator=generator).double() + 0.05
        model = (oracle - lost - fall * (lengths > longest)).clamp(0, 1)
        return Probe(about, (lengths, model, oracle, longest))

    return [
        case("a cliff", 60, 24, 49, 47, 0.3),
        case("no cliff", 40, 24, 49, 47, 0.0),
        case("better on long histories", 30, 3, 12, 6, -0.1),
        case("few users", 8, 8, 11, 9, 0.2),
    ]


EXERCISE = Exercise(
    name="gap-by-length",
    reference=gap_by_length,
    probes=_probes,
    mutants=(
        Mutant(
            "boundary",
            "Histories of exactly `longest` items stand on the wrong side: their last place was trained.",
            boundary,
        ),
        Mutant(
            "model-minus-oracle",
            "The sign is turned round: a gap is how far the model stays below the oracle.",
            model_minus_oracle,
        ),
        Mutant(
            "model-alone",
            "The oracle plays no part. Long histories may be easier or harder for everybody, so compare each "
            "user with the oracle.",
            model_alone,
        ),
        Mutant("sides-swapped", "The two sides have changed places: within comes first.", sides_swapped),
        Mutant(
            "everybody",
            "The first mean runs over all users. Those beyond belong to the second alone.",
            everybody,
        ),
        Mutant(
            "unpaired",
            "Model and oracle are treated as if they had been measured on different users. Take each user's "
            "gap first, and its variance then.",
            _error("unpaired"),
        ),
        Mutant(
            "errors-added",
            "The two standard errors are added. For a difference of two independent means their squares add.",
            _error("added"),
        ),
        Mutant(
            "one-side", "This is the standard error of one side. Both means are uncertain.", _error("far")
        ),
        Mutant(
            "pooled",
            "This is the standard error of the mean over all users. The difference has two groups.",
            _error("pooled"),
        ),
        Mutant(
            "deviation",
            "These are standard deviations of users. A mean over many users is more certain: divide by n.",
            _error("deviation"),
        ),
        Mutant(
            "one-variance",
            "One variance is taken for both groups. Long histories need not vary as short ones do: let each "
            "group have its own.",
            _error("one variance"),
        ),
        Mutant(
            "population",
            "The variance is divided by n. From a sample it is divided by n - 1.",
            _error("population"),
        ),
    ),
    hints=(
        "First the gap of each user, oracle minus model. Then split the users, and take two means.",
        "The error of a mean is the deviation over the root of n. How do errors of two groups combine?",
    ),
)
