"""Contracts of page 18b: agreement of runtimes, percentiles, waits, and the laws of queues.

The transcriptions are loops over Python numbers; they share nothing with the library.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from contracts_model import close
from equation_contracts import contract

from seqrec_lib.deploy import arrival_times, in_system, mean_wait, nearest_rank, relative_error, waits

RNG = np.random.default_rng(18)


@contract(
    "eq-runtime-error",
    kind="code",
    library=relative_error,
    perturb={
        "the largest entry": lambda got, want: float(
            (got - want)[:, 1:].abs().max() / want[:, 1:].abs().max()
        ),
        "a share of its own length": lambda got, want: float((got - want)[:, 1:].norm() / got[:, 1:].norm()),
        "squares": lambda got, want: relative_error(got, want) ** 2,
        "entry by entry": lambda got, want: float(((got - want) / want)[:, 1:].abs().mean()),
    },
)
def runtime_error(library) -> None:
    """The root of the sum of squared differences, over that of squared scores; padding's column apart."""
    want = torch.from_numpy(RNG.normal(0, 2, (4, 7)))
    got = want + torch.from_numpy(RNG.normal(0, 0.3, (4, 7)))
    for scores in (want, got):
        scores[:, 0] = -torch.inf
    apart = size = 0.0
    for mine, theirs in zip(got[:, 1:].tolist(), want[:, 1:].tolist(), strict=True):
        for a, b in zip(mine, theirs, strict=True):
            apart += (a - b) ** 2
            size += b**2
    close(library(got, want), math.sqrt(apart / size))


@contract(
    "eq-nearest-rank",
    kind="code",
    library=nearest_rank,
    perturb={
        "between two": lambda sample, share: float(np.quantile(sample, share)),
        "rounded down": lambda sample, share: float(
            np.sort(sample)[max(math.floor(share * len(sample) + 1e-9) - 1, 0)]
        ),
        "slowest first": lambda sample, share: nearest_rank(-sample, share) * -1,
        "mean": lambda sample, share: float(sample.mean()),
    },
)
def percentile(library) -> None:
    """The first value, from the fastest on, that at least the share of the sample do not exceed."""
    for size in (1, 7, 20, 33):
        sample = RNG.gamma(1.0, 3.0, size)
        for share in (0.05, 0.5, 0.9, 0.95, 1.0):
            for value in sorted(sample.tolist()):
                if sum(other <= value for other in sample.tolist()) >= share * size - 1e-9:
                    break
            close(library(sample, share), value)


def _lindley(floor=True, before=True, later=False):
    def run(arrival, service):
        wait = [0.0]
        for n in range(1, len(arrival)):
            gap = (
                arrival[n] - arrival[n - 1]
                if not later
                else arrival[min(n + 1, len(arrival) - 1)] - arrival[n]
            )
            value = wait[-1] + service[n - 1 if before else n] - gap
            wait.append(max(0.0, value) if floor else value)
        return np.array(wait)

    return run


@contract(
    "eq-lindley",
    kind="code",
    library=waits,
    perturb={
        "no floor": _lindley(floor=False),
        "its own service": _lindley(before=False),
        "the gap after it": _lindley(later=True),
        "with its service": lambda arrival, service: waits(arrival, service) + service,
        "two workers": lambda arrival, service: waits(arrival, service, 2),
    },
)
def lindley(library) -> None:
    """Walk through the day: the worker turns to each request when it is there and all before it are done."""
    for scale in (1.0, 0.004):
        arrival = RNG.exponential(scale, 60).cumsum()
        service = RNG.gamma(2.0, 0.45 * scale, 60)
        free, found = 0.0, []
        for came, takes in zip(arrival.tolist(), service.tolist(), strict=True):
            begins = came if came > free else free
            found.append(begins - came)
            free = begins + takes
        np.testing.assert_allclose(library(arrival, service), found, rtol=1e-9, atol=1e-12)


@contract(
    "eq-mean-wait",
    kind="montecarlo",
    library=mean_wait,
    perturb={
        "no variance": lambda rate, mean, spread: mean_wait(rate, mean, 0.0),
        "exponential services": lambda rate, mean, spread: mean_wait(rate, mean, mean),
        "without the half": lambda rate, mean, spread: 2 * mean_wait(rate, mean, spread),
        "the load forgotten": lambda rate, mean, spread: mean_wait(rate, mean, spread) * (1 - rate * mean),
        "with the service": lambda rate, mean, spread: mean_wait(rate, mean, spread) + mean,
    },
)
def pollaczek_khinchine(library) -> None:
    """Half a million requests, walked through one by one: the mean of their waits."""
    draw = np.random.default_rng(3)
    for rate, shape in ((0.6, 4.0), (1.6, 0.5)):
        service = draw.gamma(shape, 0.5 / shape, 500_000)
        gaps = draw.exponential(1 / rate, len(service))
        left, total = 0.0, 0.0
        for gap, takes in zip(gaps.tolist(), service.tolist(), strict=True):
            left = max(0.0, left - gap)
            total += left
            left += takes
        want = total / len(service)
        got = library(rate, 0.5, 0.5 / shape**0.5)
        assert abs(got - want) < 0.06 * want, (got, want)


def _law(came, gone):
    """The right side: the rate times the mean stay."""
    return len(came) / float(gone.max() - came.min()) * float((gone - came).mean())


@contract(
    "eq-little",
    kind="identity",
    library=_law,
    perturb={
        "waits alone": lambda came, gone: _law(came, came + waits(came, np.full(len(came), 0.3))),
        "the time of arrivals alone": lambda came, gone: (
            len(came) / float(came.max() - came.min()) * float((gone - came).mean())
        ),
        "the median stay": lambda came, gone: (
            _law(came, gone) * float(np.median(gone - came) / (gone - came).mean())
        ),
    },
)
def little(library) -> None:
    """Counting along the clock, moment by moment, gives what counting request by request gives."""
    came = arrival_times(2.5, 400, seed=2)
    gone = came + waits(came, RNG.gamma(2.0, 0.16, 400)) + 0.05
    moments = sorted([*came.tolist(), *gone.tolist()])
    along = 0.0
    for begin, end in zip(moments, moments[1:], strict=False):
        middle = (begin + end) / 2
        along += (end - begin) * int(((came <= middle) & (gone > middle)).sum())
    along /= moments[-1] - moments[0]
    assert abs(library(came, gone) - along) < 1e-6 * along
    close(in_system(came, gone), along)
