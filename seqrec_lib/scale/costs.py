"""What training and serving cost: operations, bytes, seconds, machines, money.

Sizes: ``P`` numbers, ``W`` ranks, ``N`` targets, ``V`` items, ``D`` width, ``K`` drawn items a target.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..messages import InputError

FLOAT = 4  # bytes of a number in fp32


def ring_bytes(payload: float, ranks: int) -> float:
    """Bytes that each of ``W`` ranks sends in a ring all-reduce of ``payload`` bytes.

    A sum travels once round the ring in W - 1 pieces, and its result once more: 2 (W - 1) / W payloads
    (Patarasuk & Yuan 2009).
    """
    if ranks < 1:
        raise InputError(f"ranks is {ranks}: it must be at least 1")
    return 2 * (ranks - 1) / ranks * payload


def table_bytes(items: int, dim: int, optimiser: str = "adam") -> int:
    """Bytes of an item table in training: weights, gradient and what the optimiser keeps.

    ``adam``: two moments a number. ``row-wise``: one number a row (:class:`~.row_wise.RowWiseAdagrad`), and
    the gradient of the touched rows alone, which is left out. ``none``: to serve.

    Raises:
        InputError: an unknown optimiser.
    """
    numbers = (items + 1) * dim
    kept = {"adam": 4 * numbers, "row-wise": numbers + items + 1, "none": numbers}
    if optimiser not in kept:
        raise InputError(f"optimiser is {optimiser!r}: one of {', '.join(kept)}")
    return FLOAT * kept[optimiser]


def softmax_flops(targets: float, items: int, dim: int, sampled: int = 0) -> float:
    """Operations of the loss, forward and backward: 6 D for each score; ``sampled`` 0 scores every item.

    A score is D products and D sums forward, and each operand's gradient costs as much again.
    """
    scores = sampled + 1 if sampled else items
    return 6.0 * targets * scores * dim


def encoder_flops(targets: float, dim: int, layers: int, length: int) -> float:
    """Operations of a transformer's blocks, forward and backward, with feed-forward layers as wide as D.

    Each position meets 6 D^2 weights a layer, and each pair of positions 2 D products for scores and sums.
    """
    return 6.0 * targets * layers * (6 * dim * dim + 2 * length * dim)


@dataclass(frozen=True)
class CostModel:
    """Seconds of one training step as a sum: what every step costs, its operations, its memory traffic.

    Attributes:
        step: seconds that a step takes, however small. flop: seconds of one operation. byte: seconds of one
            byte of weights, gradients and optimiser state that the update passes over.
    """

    step: float
    flop: float
    byte: float

    def seconds(self, flops: float, moved: float, steps: float = 1.0) -> float:
        """Seconds of ``steps`` steps, each of ``flops`` operations and ``moved`` bytes."""
        return steps * (self.step + self.flop * flops + self.byte * moved)

    @classmethod
    def fit(cls, runs: Sequence[Mapping[str, float]]) -> CostModel:
        """Fit to small runs, each with ``seconds`` a step, ``flops`` and ``moved``; none costs less than 0.

        Relative errors are made small, so that the smallest run counts as much as the largest.

        Raises:
            InputError: fewer than three runs, or one that took no time.
        """
        return cls(*fit_parts(runs, ("flops", "moved")))


def fit_parts(runs: Sequence[Mapping[str, float]], parts: Sequence[str]) -> list[float]:
    """Seconds of any run, and of one unit of each of ``parts``: none below 0, relative errors made small.

    Raises:
        InputError: fewer runs than costs, or one that took no time.
    """
    if len(runs) <= len(parts):
        raise InputError(
            f"{len(runs)} runs cannot tell {len(parts) + 1} costs apart: give at least {len(parts) + 1}"
        )
    seconds = np.array([run["seconds"] for run in runs], dtype=float)
    if not (seconds > 0).all():
        raise InputError("a run that took no time cannot be fitted: each needs seconds above 0")
    columns = np.array([[1.0, *(run[part] for part in parts)] for run in runs]) / seconds[:, None]
    scale = columns.max(0)
    scale[scale == 0] = 1.0
    return [float(each) for each in _not_negative(columns / scale, np.ones(len(runs))) / scale]


def _not_negative(matrix: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Least squares with no part below 0: the best over all choices of parts that stay (three are few)."""
    n = matrix.shape[1]
    best, least = np.zeros(n), math.inf
    for kept in range(1, 2**n):
        chosen = [i for i in range(n) if kept >> i & 1]
        part = np.linalg.lstsq(matrix[:, chosen], wanted, rcond=None)[0]
        error = float(((matrix[:, chosen] @ part - wanted) ** 2).sum())
        if (part >= 0).all() and error < least:
            best, least = np.zeros(n), error
            best[chosen] = part
    return best


@dataclass(frozen=True)
class Prices:
    """What a reader's machine offers and costs: inputs, for no price stays true.

    Attributes:
        flops: operations a second that training reaches there, not what the data sheet says.
        memory: bytes that one machine has for the model. network: bytes a second between machines.
        an_hour: money for one machine for one hour.
    """

    flops: float
    memory: float
    network: float
    an_hour: float


@dataclass(frozen=True)
class Plan:
    """What a training run needs: ``machines``, ``hours`` on them, ``money``, and which need decided."""

    machines: int
    hours: float
    money: float
    decided_by: str


def plan(
    flops: float, state_bytes: float, dense_bytes: float, steps: float, hours: float, prices: Prices
) -> Plan:
    """How many machines train a model in ``hours``, and what that costs.

    Args:
        flops: operations of the whole training. state_bytes: of the table with its optimiser, which is
            dealt out. dense_bytes: of the gradients that a ring adds up in each of ``steps`` steps.

    Raises:
        InputError: what the network takes alone is longer than ``hours``, however many machines there are.
    """
    for_memory = max(1, math.ceil(state_bytes / prices.memory))
    work = flops / prices.flops / 3600
    ring = 2 * dense_bytes / prices.network * steps / 3600  # hours in the ring of very many machines
    machines = for_memory
    if _hours(machines, work, ring) > hours:
        # (work - ring) / machines + ring are the hours of any number of machines
        if ring >= hours:
            raise InputError(
                f"adding up gradients takes up to {ring:,.1f} hours and {hours:,.1f} are allowed: use larger "
                "batches, so that there are fewer steps, or a faster network"
            )
        machines = max(for_memory, math.ceil((work - ring) / (hours - ring) - 1e-9))
    taken = _hours(machines, work, ring)
    decided = "one machine is enough" if machines == 1 else "memory" if machines == for_memory else "time"
    return Plan(machines, taken, machines * taken * prices.an_hour, decided)


def _hours(machines: int, work: float, ring: float) -> float:
    return work / machines + ring_bytes(ring / 2, machines)
