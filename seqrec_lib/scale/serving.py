"""What serving costs: the work of one batch of requests, and the machines that a rush hour needs.

Sizes: ``R`` requests that are answered together, ``V`` items, ``D`` width, ``T`` steps of a history.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..messages import InputError
from .costs import FLOAT, Prices, encoder_flops, fit_parts


def serving_parts(requests: int, items: float, dim: int, layers: int, length: int) -> dict[str, float]:
    """What one batch of requests asks of a machine.

    ``items`` counts the items that are scored: all of them, or those that an index looks at.

    Returns:
        ``flops``: operations of the encoder, forward alone, and of the scores, D products and D sums each.
        ``read``: bytes of the item vectors, which are read once a batch. ``scores``: how many are made,
        written, and looked through for the best.
    """
    forward = encoder_flops(requests * length, dim, layers, length) / 3  # backward costs twice as much again
    return {
        "flops": forward + 2.0 * requests * items * dim,
        "read": FLOAT * items * dim,
        "scores": requests * items,
    }


@dataclass(frozen=True)
class ServingCost:
    """Seconds of one batch of requests as a sum of four parts; a machine has its own of each.

    Attributes:
        call: seconds that a batch takes, however small. flop: of one operation. read: of one byte of the
            item vectors. score: of keeping one score and looking at it in search of the best.
    """

    call: float
    flop: float
    read: float
    score: float

    def seconds(self, parts: Mapping[str, float]) -> float:
        """Seconds of one batch with these :func:`serving_parts`."""
        work = self.flop * parts["flops"] + self.read * parts["read"] + self.score * parts["scores"]
        return self.call + work

    @classmethod
    def fit(cls, runs: Sequence[Mapping[str, float]]) -> ServingCost:
        """Fit to batches, each with :func:`serving_parts` and ``seconds``; relative errors are made small.

        Raises:
            InputError: fewer than four batches, or one that took no time.
        """
        return cls(*fit_parts(runs, ("flops", "read", "scores")))


@dataclass(frozen=True)
class Fleet:
    """What serving needs.

    Attributes:
        shards: machines that hold one copy of the table together. copies: of the table. machines: both
            multiplied. answer: seconds of one batch on the machines of one copy. money: for a day.
    """

    shards: int
    copies: int
    machines: int
    answer: float
    money: float


def fleet(
    rate: float, requests: int, seconds: float, table: float, prices: Prices, busy: float = 0.5
) -> Fleet:
    """How many machines answer ``rate`` requests a second, ``requests`` of them in one batch.

    A table that one machine cannot hold is dealt out. Each machine of a copy then scores its part, so a batch
    takes a part of the time; what they send each other is left out.

    Args:
        seconds: of one batch on one machine that holds everything. table: bytes of the item vectors.
        busy: the share of its time that a machine may be at work; the rest keeps queues short.

    Raises:
        InputError: a share that is not above 0 and at most 1, or a rate, batch or time that is not above 0.
    """
    if not 0 < busy <= 1:
        raise InputError(f"busy is {busy}: it must be above 0 and at most 1")
    if not (rate > 0 and requests > 0 and seconds > 0):
        raise InputError(f"rate {rate}, requests {requests} and seconds {seconds} must all be above 0")
    shards = max(1, math.ceil(table / prices.memory))
    answer = seconds / shards
    copies = max(1, math.ceil(rate / requests * answer / busy - 1e-9))
    machines = shards * copies
    return Fleet(shards, copies, machines, answer, machines * prices.an_hour * 24)
