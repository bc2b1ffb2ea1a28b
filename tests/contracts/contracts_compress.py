"""Contracts of chapter 18: whole numbers, shared rows, product codes, soft targets, percentiles.

The transcriptions are loops over NumPy numbers in double precision, written from the equations.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from contracts_model import array, close, softmax
from equation_contracts import contract

from seqrec_lib.compress import percentile
from seqrec_lib.compress.tables import masked
from seqrec_lib.encoders.tables import (
    CodedTable,
    QuotientRemainderTable,
    dequantise,
    product_scores,
    quantile_codes,
    quantise,
)
from seqrec_lib.losses.distil import soft_targets_loss

DRAW = torch.Generator().manual_seed(11)
WEIGHT = torch.randn(7, 6, generator=DRAW, dtype=torch.float64) * torch.tensor(
    [[0.02], [3.0], [0.5], [1.0], [0.1], [2.0], [0.7]], dtype=torch.float64
)


def _round(x: float) -> int:
    """To the nearest whole number; halves go to the even one, as in IEEE 754."""
    low = math.floor(x)
    if x - low == 0.5:
        return low if low % 2 == 0 else low + 1
    return math.floor(x + 0.5)


@contract(
    "eq-quantise",
    kind="code",
    library=lambda w, bits: quantise(w, bits)[0],
    perturb={
        "cut off": lambda w, b: (w / quantise(w, b)[1]).trunc(),
        "one scale": lambda w, b: (w / (w.abs().max() / (2 ** (b - 1) - 1))).round(),
        "one too many": lambda w, b: (w / (w.abs().amax(1, keepdim=True) / 2 ** (b - 1))).round(),
    },
)
def quantised(library) -> None:
    """Each number divided by its row's scale, rounded to the nearest whole number."""
    for bits in (4, 8):
        top = 2 ** (bits - 1) - 1
        want = [[_round(x / (max(abs(y) for y in row) / top)) for x in row] for row in array(WEIGHT)]
        close(library(WEIGHT, bits).double(), np.array(want, dtype=float))


@contract(
    "eq-row-scale",
    kind="code",
    library=lambda w, bits: quantise(w, bits)[1],
    perturb={
        "of the table": lambda w, b: (w.abs().max() / (2 ** (b - 1) - 1)).expand(len(w), 1),
        "not absolute": lambda w, b: w.amax(1, keepdim=True) / (2 ** (b - 1) - 1),
        "all the numbers": lambda w, b: w.abs().amax(1, keepdim=True) / 2**b,
    },
)
def row_scale(library) -> None:
    """The number of the row that is farthest from 0, divided by the largest whole number."""
    for bits in (4, 8):
        want = [[max(abs(x) for x in row) / (2 ** (bits - 1) - 1)] for row in array(WEIGHT)]
        close(library(WEIGHT, bits), np.array(want))


@contract(
    "eq-rounding-error",
    kind="identity",
    library=lambda w, bits: (dequantise(*quantise(w, bits)), quantise(w, bits)[1]),
    perturb={
        "cut off": lambda w, b: ((w / quantise(w, b)[1]).trunc() * quantise(w, b)[1], quantise(w, b)[1]),
        "a bit less": lambda w, b: (dequantise(*quantise(w, b - 1)), quantise(w, b)[1]),
    },
)
def rounding_error(library) -> None:
    """No number is off by more than half a scale."""
    back, scale = library(WEIGHT, 6)
    assert bool(((back - WEIGHT).abs() <= scale / 2 + 1e-12).all())


def _qr(way=None):
    torch.manual_seed(4)
    table = QuotientRemainderTable(13, 3, 1.0, 4).double()
    items = torch.tensor([[1, 12, 5], [4, 8, 9]])
    with torch.no_grad():
        return (table(items) if way is None else way(table, items)), table, items


@contract(
    "eq-quotient-remainder",
    kind="code",
    library=lambda: _qr(),
    perturb={
        "added": lambda: _qr(lambda t, i: t.remainders[i % 4] + t.quotients[i // 4]),
        "remainders twice": lambda: _qr(lambda t, i: t.remainders[i % 4] * t.quotients[i % 4]),
        "hashed": lambda: _qr(lambda t, i: t.remainders[i % 4]),
    },
)
def quotient_remainder(library) -> None:
    """A row of each table, multiplied number by number."""
    found, table, items = library()
    first, second = array(table.remainders), array(table.quotients)
    want = np.zeros((2, 3, 3))
    for b in range(2):
        for t in range(3):
            i = int(items[b, t])
            for d in range(3):
                want[b, t, d] = first[i - 4 * (i // 4)][d] * second[i // 4][d]
    close(found, want)


STATES = torch.randn(3, 6, generator=DRAW, dtype=torch.float64)
BOOKS = torch.randn(3, 5, 2, generator=DRAW, dtype=torch.float64)
CODES = torch.randint(0, 5, (8, 3), generator=DRAW)


@contract(
    "eq-product-score",
    kind="code",
    library=product_scores,
    perturb={
        "one book": lambda s, b, c: product_scores(s, b[:1].expand_as(b), c),
        "other codes": lambda s, b, c: product_scores(s, b, c.flip(1)),
        "a mean": lambda s, b, c: product_scores(s, b, c) / 3,
    },
)
def product_score(library) -> None:
    """The whole dot product with the vector that is put together from the codewords."""
    states, books = array(STATES), array(BOOKS)
    want = np.zeros((3, 8))
    for b in range(3):
        for i in range(8):
            vector = [x for k in range(3) for x in books[k][int(CODES[i, k])]]
            want[b, i] = sum(x * y for x, y in zip(states[b], vector, strict=True))
    close(library(STATES, BOOKS, CODES), want)


def _put_together(way=None):
    table = CodedTable(8, 6, 1.0, 3).double()
    table.codes.copy_(CODES)
    with torch.no_grad():
        table.books[:, :5] = BOOKS
        items = torch.tensor([1, 4, 7])
        return table(items) if way is None else way(table, items)


@contract(
    "eq-product-vector",
    kind="code",
    library=lambda: _put_together(),
    perturb={
        "one book": lambda: _put_together(lambda t, i: t.books[0][t.codes[i].long()].flatten(1)),
        "backwards": lambda: _put_together(lambda t, i: t(i).unflatten(1, (3, 2)).flip(1).flatten(1)),
    },
)
def product_vector(library) -> None:
    """The codewords that an item's codes name, one behind the other."""
    books = array(BOOKS)
    want = [[x for k in range(3) for x in books[k][int(CODES[i, k])]] for i in (1, 4, 7)]
    close(library(), np.array(want))


@contract(
    "eq-quantile-code",
    kind="code",
    library=lambda n, words: quantile_codes(*_met(n), n + 1, 2, words)[1:].long(),
    perturb={
        "bins of equal width": lambda n, w: (torch.arange(n)[:, None] ** 2 * w // n**2).expand(n, 2),
        "one bin too many": lambda n, w: quantile_codes(*_met(n), n + 1, 2, w + 1)[1:].long(),
    },
)
def quantile_code(library) -> None:
    """Ranks on an axis, cut into bins: every bin holds as many items as each other, give or take one."""
    for n, words in ((12, 4), (25, 6)):
        found = library(n, words).numpy()
        for axis in range(2):
            sizes = [int((found[:, axis] == word).sum()) for word in range(words)]
            assert sum(sizes) == n
            for word in range(words):  # ranks r with floor(r K / V) = word
                assert sizes[word] == sum(1 for rank in range(n) if rank * words // n == word)


def _met(n: int) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(n)
    return torch.randint(0, 9, (6 * n,), generator=draw), torch.randint(1, n + 1, (6 * n,), generator=draw)


STUDENT, TEACHER = (3 * torch.randn(4, 5, generator=DRAW, dtype=torch.float64) for _ in range(2))


@contract(
    "eq-soft-targets",
    kind="code",
    library=soft_targets_loss,
    perturb={
        "no square": lambda s, t, temp: soft_targets_loss(s, t, temp) / temp**2,
        "reversed": lambda s, t, temp: soft_targets_loss(t, s, temp),
        "teacher not softened": lambda s, t, temp: soft_targets_loss(s, t * temp, temp),
    },
)
def soft_targets(library) -> None:
    """T squared times the mean over steps of the divergence of two softened distributions."""
    for temperature in (0.5, 2.0, 3.0):
        total = 0.0
        for one, other in zip(array(TEACHER), array(STUDENT), strict=True):
            p, q = softmax(one / temperature), softmax(other / temperature)
            total += sum(a * (math.log(a) - math.log(b)) for a, b in zip(p, q, strict=True))
        close(library(STUDENT, TEACHER, temperature), temperature**2 * total / 4)


@contract(
    "eq-prune",
    kind="code",
    library=masked,
    perturb={
        "not absolute": lambda w, kept: w * (w >= w.flatten().sort().values[-round(kept * w.numel())]),
        "row by row": lambda w, kept: torch.stack([masked(row[None], kept)[0] for row in w]),
        "one more": lambda w, kept: masked(w, kept + 1 / w.numel()),
    },
)
def pruned(library) -> None:
    """The numbers that are farthest from 0 stay, the others become 0."""
    for kept in (0.5, 1 / 6):
        rows = array(WEIGHT)
        order = sorted((abs(x) for row in rows for x in row), reverse=True)
        least = order[round(kept * rows.size) - 1]
        want = [[x if abs(x) >= least else 0.0 for x in row] for row in rows]
        close(library(WEIGHT, kept), np.array(want))


TIMES = [
    2.1,
    9.0,
    2.4,
    2.2,
    3.0,
    2.3,
    2.0,
    2.6,
    2.5,
    2.8,
    2.7,
    2.9,
    3.1,
    8.0,
    2.05,
    2.15,
    2.25,
    2.35,
    2.45,
    2.55,
]


@contract(
    "eq-percentile",
    kind="definition",
    library=percentile,
    perturb={
        "a mean": lambda values, share: sum(values) / len(values),
        "from above": lambda values, share: percentile(values, 1 - share + 0.05),
        "not sorted": lambda values, share: values[math.ceil(round(share * len(values), 9)) - 1],
        "between": lambda values, share: float(np.quantile(values, share)),
    },
)
def nearest_rank(library) -> None:
    """The smallest of the values that at least the share of the values do not exceed."""
    for share in (0.5, 0.95, 0.33, 1.0):
        for n in (20, 13):
            values = TIMES[:n]
            need = share * n - 1e-9
            want = min(v for v in values if sum(other <= v for other in values) >= need)
            close(library(values, share), want)
