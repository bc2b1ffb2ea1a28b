"""Contracts of chapter 20: weighted gradients, the ring, bytes, operations, machines, answers, laws of size.

The transcriptions are loops over NumPy numbers in double precision, written from the equations.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from contracts_model import close
from equation_contracts import contract

from seqrec_lib.scale import (
    CostModel,
    Prices,
    fit_size_law,
    plan,
    ring_bytes,
    softmax_flops,
    table_bytes,
    weighted_gradient,
)
from seqrec_lib.scale.serving import ServingCost, fleet, serving_parts

RNG = np.random.default_rng(20)


@contract(
    "eq-weighted-gradient",
    kind="code",
    library=weighted_gradient,
    perturb={
        "mean of means": lambda g, n: g.mean(0),
        "a sum": lambda g, n: torch.tensordot(torch.tensor(n, dtype=g.dtype), g, dims=1),
        "by the largest": lambda g, n: torch.tensordot(torch.tensor(n, dtype=g.dtype) / max(n), g, dims=1),
    },
)
def weighted(library) -> None:
    """Each rank's gradient times its share of all targets, added up."""
    for counts in ([5, 1], [7, 0, 3], [100, 2, 40, 40]):
        gradients = RNG.normal(size=(len(counts), 3))
        wanted = np.zeros(3)
        for slope, count in zip(gradients, counts, strict=True):
            wanted += count / sum(counts) * slope
        close(library(torch.tensor(gradients), counts), wanted)


def _ring_walk(ranks: int, pieces: int) -> int:
    """Bytes that one rank sends: a sum goes round the ring piece by piece, then the results do."""
    parts = RNG.integers(1, 9, size=(ranks, ranks, pieces))
    wanted, sent = parts.sum(0), np.zeros(ranks, dtype=int)
    for turn in range(ranks - 1):
        moving = [parts[r, (r - turn) % ranks].copy() for r in range(ranks)]
        for r in range(ranks):
            parts[(r + 1) % ranks, (r - turn) % ranks] += moving[r]
            sent[r] += 4 * pieces
    for turn in range(ranks - 1):
        moving = [parts[r, (r + 1 - turn) % ranks].copy() for r in range(ranks)]
        for r in range(ranks):
            parts[(r + 1) % ranks, (r + 1 - turn) % ranks] = moving[r]
            sent[r] += 4 * pieces
    assert all((each == wanted).all() for each in parts) and len(set(sent.tolist())) == 1
    return int(sent[0])


@contract(
    "eq-ring-bytes",
    kind="code",
    library=ring_bytes,
    perturb={
        "one way": lambda b, n: (n - 1) / n * b,
        "to one and back": lambda b, n: 2 * (n - 1) * b,
        "all pieces": lambda b, n: 2 * b,
    },
)
def ring(library) -> None:
    """What each rank of a ring that is walked step by step has sent."""
    for ranks, pieces in ((2, 3), (3, 2), (5, 4)):
        close(library(4 * ranks * pieces, ranks), _ring_walk(ranks, pieces))


@contract(
    "eq-adam-bytes",
    kind="code",
    library=table_bytes,
    perturb={
        "no gradient": lambda v, d: 4 * 3 * (v + 1) * d,
        "one moment more": lambda v, d: 4 * 5 * (v + 1) * d,
        "no padding": lambda v, d: 16 * v * d,
        "weights alone": lambda v, d: table_bytes(v, d, "none"),
    },
)
def adam_bytes(library) -> None:
    """Bytes of every tensor that a step of Adam leaves behind."""
    for items, dim in ((3, 2), (17, 5)):
        weight = torch.nn.Parameter(torch.zeros(items + 1, dim))
        optimiser = torch.optim.Adam([weight])
        weight.sum().backward()
        optimiser.step()
        moments = [each for each in optimiser.state[weight].values() if each.shape == weight.shape]
        close(library(items, dim), sum(4 * each.numel() for each in (weight, weight.grad, *moments)))


@contract(
    "eq-softmax-flops",
    kind="code",
    library=softmax_flops,
    perturb={
        "forward alone": lambda n, v, d: 2.0 * n * v * d,
        "one factor": lambda n, v, d: 4.0 * n * v * d,
        "products alone": lambda n, v, d: 3.0 * n * v * d,
    },
)
def flops(library) -> None:
    """A product and a sum for each number of each score, forward, and for each factor backward."""
    for targets, items, dim in ((2, 3, 4), (5, 11, 2)):
        count = 0
        for _ in range(targets):
            for _ in range(items):
                for _ in range(dim):
                    count += 2 + 2 + 2  # the score, the gradient of the state, that of the item
        close(library(targets, items, dim), count)


@contract(
    "eq-step-seconds",
    kind="code",
    library=lambda costs, f, b: costs.seconds(f, b),
    perturb={
        "no start": lambda costs, f, b: costs.flop * f + costs.byte * b,
        "swapped": lambda costs, f, b: costs.seconds(b, f),
        "the dearer one": lambda costs, f, b: costs.step + max(costs.flop * f, costs.byte * b),
    },
)
def seconds(library) -> None:
    """Seconds of any step, and of its operations, and of its bytes; and the fit finds them again."""
    costs = CostModel(0.02, 3e-3, 7e-3)
    for f, b in ((1.0, 2.0), (5.0, 0.5)):
        close(library(costs, f, b), 0.02 + 3e-3 * f + 7e-3 * b)
    shapes = [(1.0, 4.0), (2.0, 1.0), (9.0, 3.0), (5.0, 8.0)]
    found = CostModel.fit(
        [{"flops": f, "moved": b, "seconds": 0.02 + 3e-3 * f + 7e-3 * b} for f, b in shapes]
    )
    close(np.array([found.step, found.flop, found.byte]), np.array([0.02, 3e-3, 7e-3]))


def _machines(state: float, work: float, ring: float, hours: float) -> int:
    machine = Prices(flops=1.0, memory=50.0, network=1.0, an_hour=1.0)
    return plan(work * 3600, state, ring * 3600 / 2, 1.0, hours, machine).machines


@contract(
    "eq-machines",
    kind="code",
    library=_machines,
    perturb={
        "memory alone": lambda s, w, r, h: math.ceil(s / 50),
        "time alone": lambda s, w, r, h: math.ceil((w - r) / (h - r)),
        "no ring": lambda s, w, r, h: max(math.ceil(s / 50), math.ceil(w / h)),
        "added": lambda s, w, r, h: math.ceil(s / 50) + math.ceil((w - r) / (h - r)),
    },
)
def machines(library) -> None:
    """The fewest that hold the table and are done in time, found by trying one number after another."""
    for state, work, ring_hours, hours in (
        (120, 100, 1, 9),
        (900, 20, 0.5, 10),
        (10, 30, 4, 6),
        (49, 3, 1, 8),
    ):
        count = 1
        while 50 * count < state or work / count + (count - 1) / count * ring_hours > hours + 1e-9:
            count += 1
        close(library(state, work, ring_hours, hours), count)


@contract(
    "eq-serving-seconds",
    kind="code",
    library=lambda costs, f, b, n: costs.seconds({"flops": f, "read": b, "scores": n}),
    perturb={
        "no call": lambda costs, f, b, n: costs.flop * f + costs.read * b + costs.score * n,
        "no scores": lambda costs, f, b, n: costs.call + costs.flop * f + costs.read * b,
        "swapped": lambda costs, f, b, n: costs.seconds({"flops": b, "read": f, "scores": n}),
        "the dearest": lambda costs, f, b, n: (
            costs.call + max(costs.flop * f, costs.read * b, costs.score * n)
        ),
    },
)
def serving_seconds(library) -> None:
    """Four parts added up, each with its own seconds; the fit finds them, and loops find what is counted."""
    costs = ServingCost(0.02, 3e-3, 7e-3, 5e-4)
    seconds = lambda f, b, n: 0.02 + 3e-3 * f + 7e-3 * b + 5e-4 * n  # noqa: E731
    shapes = [(1.0, 4.0, 30.0), (2.0, 1.0, 5.0), (9.0, 3.0, 60.0), (5.0, 8.0, 2.0), (4.0, 4.0, 4.0)]
    for f, b, n in shapes:
        close(library(costs, f, b, n), seconds(f, b, n))
    runs = [{"flops": f, "read": b, "scores": n, "seconds": seconds(f, b, n)} for f, b, n in shapes]
    found = ServingCost.fit(runs)
    close(np.array([found.call, found.flop, found.read, found.score]), np.array([0.02, 3e-3, 7e-3, 5e-4]))
    for requests, items, dim in ((2, 3, 4), (5, 7, 3)):
        flops = scores = 0
        for _request in range(requests):
            for _item in range(items):
                scores += 1
                flops += 2 * dim
        read = sum(4 for _ in range(items * dim))
        assert serving_parts(requests, items, dim, 0, 9) == {"flops": flops, "read": read, "scores": scores}


def _fleet(table: float, rate: float, seconds: float, busy: float) -> int:
    machine = Prices(flops=1.0, memory=50.0, network=1.0, an_hour=1.0)
    return fleet(rate, 8, seconds, table, machine, busy).machines


@contract(
    "eq-fleet",
    kind="code",
    library=_fleet,
    perturb={
        "one copy": lambda b, r, t, p: math.ceil(b / 50),
        "copies alone": lambda b, r, t, p: math.ceil(r * t / (8 * p)),
        "always at work": lambda b, r, t, p: _fleet(b, r, t, 1.0),
        "parts do not share": lambda b, r, t, p: math.ceil(b / 50) * math.ceil(r * t / (8 * p)),
    },
)
def serving_machines(library) -> None:
    """Whole copies, as few as leave each machine the rest that it may have, found by trying."""
    for table, rate, seconds, busy in ((120, 1000, 0.6, 0.5), (49, 77, 0.9, 0.6), (260, 500, 1.1, 0.7)):
        parts = next(n for n in range(1, 99) if n * 50 >= table)
        copies = 1
        while rate / 8 / copies * (seconds / parts) > busy + 1e-9:
            copies += 1
        close(library(table, rate, seconds, busy), parts * copies)


@contract(
    "eq-size-law",
    kind="code",
    library=lambda law, size: law.at(size),
    perturb={
        "rising gap": lambda law, size: law.limit - law.gap * size**law.power,
        "no gap": lambda law, size: law.limit - size**-law.power,
        "added": lambda law, size: law.limit + law.gap * size**-law.power,
        "logarithm": lambda law, size: law.limit - law.gap * law.power / math.log(size),
    },
)
def size_law(library) -> None:
    """What is missing to the limit falls by the same share at each doubling."""
    sizes = [8.0, 16.0, 32.0, 64.0, 128.0]
    for limit, gap, power in ((0.6, 1.1, 0.5), (0.4, 0.7, 0.9)):
        law = fit_size_law(sizes, [limit - gap * size**-power for size in sizes])
        missing = gap * 8.0**-power
        for size in (8, 16, 32, 64, 128, 256):
            assert abs(float(library(law, size)) - (limit - missing)) < 2e-3
            missing *= 2**-power
