"""How long a request waits for its turn. Times are in seconds; ``N`` requests, in the order of arrival.

A request that comes while every worker is busy waits, first come, first served. Nothing here knows a model:
a service time is a number.
"""

from __future__ import annotations

import heapq
import math

import numpy as np

from ..messages import InputError


def arrival_times(rate: float, count: int, seed: int = 0) -> np.ndarray:
    """``(N,)``: when ``count`` requests come that know nothing of each other, ``rate`` a second on average.

    Raises:
        InputError: the rate is not above 0.
    """
    if not rate > 0:
        raise InputError(f"rate is {rate}: it must be above 0 requests a second")
    gaps: np.ndarray = np.random.default_rng(seed).exponential(1 / rate, count)
    return gaps.cumsum()


def waits(arrival: np.ndarray, service: np.ndarray, workers: int = 1) -> np.ndarray:
    """``(N,)``: how long each request waits before a worker turns to it.

    With one worker this is Lindley's recursion (1952): W_n = max(0, W_{n-1} + S_{n-1} - A_n), where A_n is
    the gap to the arrival before. With several, a request takes the worker that is free first.

    Args:
        arrival: ``(N,)``, never falling. service: ``(N,)``, how long each takes. workers: at least 1.

    Raises:
        InputError: no worker, arrivals that fall, or arrays that do not fit.
    """
    if workers < 1:
        raise InputError(f"workers is {workers}: it must be at least 1")
    if len(arrival) != len(service):
        raise InputError(f"{len(arrival)} arrivals and {len(service)} service times: give one each")
    if bool((np.diff(arrival) < 0).any()):
        raise InputError("arrivals must be in order of time")
    free = [-math.inf] * workers  # when each worker is free again
    found = np.empty(len(arrival))
    for n, (came, takes) in enumerate(zip(arrival, service, strict=True)):
        begins = max(came, free[0])
        found[n] = begins - came
        heapq.heapreplace(free, begins + takes)
    return found


def mean_wait(rate: float, mean: float, spread: float = 0.0) -> float:
    """Mean wait before one worker, of arrivals that know nothing of each other (Pollaczek and Khinchine).

    ``rate (mean^2 + spread^2) / (2 (1 - rate mean))``; infinite where more comes than can be done.

    Args:
        rate: requests a second. mean, spread: of a service time, its mean and its standard deviation.
    """
    busy = rate * mean
    return math.inf if busy >= 1 else rate * (mean**2 + spread**2) / (2 * (1 - busy))


def in_system(came: np.ndarray, gone: np.ndarray) -> float:
    """How many requests are there at a moment, on average over the time from the first to the last event.

    The count rises by 1 where one comes and falls by 1 where one goes; it is added up over time.

    Raises:
        InputError: no request, or one that goes before it comes.
    """
    if not len(came) or bool((gone < came).any()):
        raise InputError("give at least one request, and let each go after it came")
    moments = np.concatenate([came, gone])
    change = np.concatenate([np.ones(len(came)), -np.ones(len(gone))])
    order = np.argsort(moments, kind="stable")
    there = change[order].cumsum()[:-1]  # between each event and the next
    length = np.diff(moments[order])
    total = float(length.sum())
    return float((there * length).sum()) / total if total else 0.0


def nearest_rank(sample: np.ndarray, share: float) -> float:
    """The percentile: the smallest value that at least ``share`` of the sample do not exceed.

    It is one of the sample, number ceil(share N) in order of size. Nothing is interpolated: between the last
    two values of a long tail there may be nothing.

    Raises:
        InputError: an empty sample, or a share that is not above 0 and at most 1.
    """
    if not len(sample) or not 0 < share <= 1:
        raise InputError(f"share is {share} of {len(sample)} values: it must be above 0 and at most 1")
    place = math.ceil(share * len(sample) - 1e-9)  # .95 * 20 is 19 and not a little more
    return float(np.sort(sample)[max(place, 1) - 1])
