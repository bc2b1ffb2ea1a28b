"""What serving costs: the work of one batch of requests, and the machines that a rush hour needs.

Sizes: ``R`` requests that are answered together, ``V`` items, ``D`` width, ``T`` steps of a history.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..messages import InputError
from .costs import FLOAT, Prices, encoder_flops


def serving_flops(requests: int, items: float, dim: int, layers: int, length: int) -> float:
    """Operations of one batch of requests: the encoder forward, and D products and sums for each score.

    ``items`` counts the items that are scored: all of them, or those that an index looks at.
    """
    forward = encoder_flops(requests * length, dim, layers, length) / 3  # backward costs twice as much again
    return forward + 2.0 * requests * items * dim


def serving_bytes(requests: int, items: float, dim: int) -> float:
    """Bytes that pass through memory: the table is read once a batch, each score is written and read."""
    return FLOAT * items * (dim + 2.0 * requests)


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
