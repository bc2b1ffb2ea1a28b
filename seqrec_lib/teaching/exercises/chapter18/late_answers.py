"""A percentile of latencies: from when a request was due, without the warm-up, by the nearest rank."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _late(due, sent, done, warm, share, *, start="due", skip=True, how="rank") -> float:
    spent = (done - {"due": due, "sent": sent}[start]).double()
    spent = spent[warm:] if skip else spent
    ordered = spent.sort().values
    n = len(ordered)
    if how == "mean":
        return float(spent.mean())
    if how == "between":
        return float(spent.quantile(share))
    if how == "descending":
        return float(ordered.flip(0)[math.ceil(share * n - 1e-9) - 1])
    if how == "below":
        return float(ordered[max(math.floor(share * n + 1e-9) - 1, 0)])
    return float(ordered[math.ceil(share * n - 1e-9) - 1])


def late_answers(due: Tensor, sent: Tensor, done: Tensor, warm: int, share: float) -> float:
    """due, sent, done: (N,), warm: int, share: float. Returns one number."""
    return _late(due, sent, done, warm, share)


def _known(**changes):
    return lambda due, sent, done, warm, share: _late(due, sent, done, warm, share, **changes)


def _sorted_first(due, sent, done, warm, share):
    spent = (done - due).double().sort().values[warm:]
    return float(spent[math.ceil(share * len(spent) - 1e-9) - 1])


def _times(count: int, seed: int, slow: int, size: float = 0.02) -> tuple[Tensor, Tensor, Tensor]:
    """A timetable, late questions, and answers of which the first ``slow`` take long."""
    luck = torch.Generator().manual_seed(seed)
    due = (torch.rand(count, generator=luck, dtype=torch.float64) * size).cumsum(0)
    held = (torch.rand(count, generator=luck, dtype=torch.float64) ** 3) * 3 * size
    takes = size * (0.2 + torch.rand(count, generator=luck, dtype=torch.float64) ** 4)
    takes[:slow] += 12 * size
    return due, due + held, due + held + takes


def _probes() -> list[Probe]:
    return [
        Probe("six requests, of which one warms up", (*_times(6, 1, 1), 1, 0.5)),
        Probe("forty requests, the 95th percentile", (*_times(40, 2, 3), 3, 0.95)),
        Probe("a share between two ranks", (*_times(23, 3, 2), 2, 0.9)),
        Probe("no warm-up", (*_times(17, 4, 0), 0, 0.75)),
        Probe("the slowest of all", (*_times(31, 5, 4), 4, 1.0)),
        Probe("minutes, not milliseconds", (*_times(29, 6, 5, 60.0), 5, 0.25)),
    ]


EXERCISE = Exercise(
    name="late-answers",
    reference=late_answers,
    probes=_probes,
    mutants=(
        Mutant(
            "from-sent",
            "This counts from when a request was sent. A client that waited hides the wait of others.",
            _known(start="sent"),
        ),
        Mutant(
            "warm-up-too",
            "The first requests are in it. They pay for what is loaded once.",
            _known(skip=False),
        ),
        Mutant(
            "fastest-left-out",
            "The requests were sorted before the warm-up was cut off, so the fastest were left out.",
            _sorted_first,
        ),
        Mutant("mean", "This is the mean. Half the users may be far from it.", _known(how="mean")),
        Mutant(
            "between-two",
            "This lies between two latencies. By the nearest rank it is one of them.",
            _known(how="between"),
        ),
        Mutant(
            "descending",
            "This is counted from the slowest request. Count from the fastest.",
            _known(how="descending"),
        ),
        Mutant(
            "rounded-down",
            "Fewer than the share are at or below this value. Round the rank up.",
            _known(how="below"),
        ),
    ),
    hints=(
        "Decide first what each request's latency is, then which requests count, and sort last.",
        "The rank is share times the number of requests that count, rounded up; ranks begin with 1.",
    ),
)
