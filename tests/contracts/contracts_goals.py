"""Contracts of chapter 16: losses of clicks and purchases, experts, combined gradients, lists and fronts.

The transcriptions are loops over NumPy numbers in double precision, written from the equations.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from contracts_model import array, close, softmax
from equation_contracts import contract

from seqrec_lib.data import simulate
from seqrec_lib.goals import Shelf, hypervolume, list_worth, marginal_relevance
from seqrec_lib.heads.experts import OwnAndShared, SharedExperts, mixed
from seqrec_lib.losses.conflicts import mgda_weight, pcgrad
from seqrec_lib.losses.several_goals import both_logits, clicked_space_loss, entire_space_loss

N = 12


def _rows() -> tuple[torch.Tensor, ...]:
    """Logits of the click and of the purchase after it, and what happened, of N rows."""
    draw = torch.Generator().manual_seed(3)
    click, bought = torch.randn(2, N, generator=draw, dtype=torch.float64) * 1.5
    clicked = (torch.rand(N, generator=draw) < 0.6).double()
    purchased = clicked * (torch.rand(N, generator=draw) < 0.5).double()
    return click, bought, clicked, purchased


def _chance(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def _bce(p: float, y: float) -> float:
    return -math.log(p if y else 1 - p)


def _bce_logits(logits, labels):
    return torch.nn.functional.binary_cross_entropy_with_logits(logits, labels)


@contract(
    "eq-esmm",
    kind="code",
    library=lambda *rows: entire_space_loss(*rows).sum(),
    perturb={
        "clicked rows alone": lambda *rows: clicked_space_loss(*rows).sum(),
        "logits added": lambda a, b, c, y: _bce_logits(a, c) + _bce_logits(a + b, y),
        "the purchase without the click": lambda a, b, c, y: _bce_logits(a, c) + _bce_logits(b, y),
        "no loss of the click": lambda a, b, c, y: _bce_logits(both_logits(a, b), y),
    },
)
def esmm(library) -> None:
    """The click's loss and that of p(click) p(purchase | click), both means over all rows."""
    rows = _rows()
    total = 0.0
    for a, b, c, y in zip(*map(array, rows), strict=True):
        total += _bce(_chance(a), c) + _bce(_chance(a) * _chance(b), y)
    close(float(library(*rows)), total / N)


@contract(
    "eq-clicked-space",
    kind="code",
    library=lambda *rows: clicked_space_loss(*rows).sum(),
    perturb={
        "all rows": lambda *rows: entire_space_loss(*rows).sum(),
        "divided by the clicks": lambda a, b, c, y: _bce_logits(a, c) + _bce_logits(b[c > 0], y[c > 0]),
        "rows without a click too": lambda a, b, c, y: _bce_logits(a, c) + _bce_logits(b, y),
    },
)
def clicked_space(library) -> None:
    """Minus the mean log-probability of nothing, a click alone, or a click and a purchase."""
    rows = _rows()
    total = 0.0
    for a, b, c, y in zip(*map(array, rows), strict=True):
        happened = _chance(a) * (_chance(b) if y else 1 - _chance(b)) if c else 1 - _chance(a)
        total -= math.log(happened)
    close(float(library(*rows)), total / N)


def _world():
    return simulate("shop", users=60, seed=2, clickbait=1.5, max_length=30)


def _gap(world, sign: float = 1.0, power: float = 1.0, centred: bool = True):
    """(share of purchases among expected clicks) and (mean, and covariance divided by the mean click)."""
    batch = world.click_batch
    told = (batch.items, batch.times, batch.lengths, batch.query_time, batch.candidates)
    click, both = array(world.click_oracle(*told)).ravel(), array(world.purchase_oracle(*told)).ravel()
    bought = both / click
    product = (click - (click.mean() if centred else 0)) * (bought - (bought.mean() if centred else 0))
    return both.sum() / click.sum(), bought.mean() + sign * product.mean() / click.mean() ** power


@contract(
    "eq-selection",
    kind="identity",
    library=_gap,
    perturb={
        "other sign": lambda world: _gap(world, sign=-1.0),
        "not divided": lambda world: _gap(world, power=0.0),
        "not centred": lambda world: _gap(world, centred=False),
        "no covariance": lambda world: _gap(world, sign=0.0),
    },
)
def selection(library) -> None:
    """Purchases per click are the mean chance plus its covariance with the click's, over the mean click's."""
    left, right = library(_world())
    close(left, right)


def _features() -> torch.Tensor:
    return torch.randn(3, 5, generator=torch.Generator().manual_seed(8), dtype=torch.float64)


def _shared() -> SharedExperts:
    torch.manual_seed(5)
    return SharedExperts(5, 4, 6).double()


def _linear(layer, x):
    return array(layer.weight) @ x + array(layer.bias)


def _one_gate(block, x):
    experts = block.experts(x)
    return [mixed(block.gates[0](x), experts) for _ in block.gates]


@contract(
    "eq-mmoe",
    kind="code",
    library=lambda block, x: block(x)[0],
    perturb={
        "one gate for both": _one_gate,
        "experts added": lambda block, x: [block.experts(x).sum(-2) for _ in block.gates],
        "no softmax": lambda block, x: [mixed(gate.inner(x), block.experts(x)) for gate in block.gates],
        "no ReLU": lambda block, x: [
            mixed(gate(x), block.experts.inner(x).unflatten(-1, (4, 6))) for gate in block.gates
        ],
    },
)
def mmoe(library) -> None:
    """Each task's own softmax over the experts, and the experts' states weighted by it."""
    block, features = _shared(), _features()
    with torch.no_grad():
        found = [array(each) for each in library(block, features)]
    for n, x in enumerate(array(features)):
        experts = np.maximum(_linear(block.experts.inner, x), 0).reshape(4, 6)
        for task, gate in enumerate(block.gates):
            share = softmax(_linear(gate.inner, x))
            close(found[task][n], sum(share[m] * experts[m] for m in range(4)))


def _ple(last: bool = True) -> OwnAndShared:
    torch.manual_seed(6)
    return OwnAndShared(5, 2, 6, last).double()


def _sees_all(block, inputs):
    """Each gate over its own experts and the other task's, in place of the shared ones."""
    own = [expert(x) for expert, x in zip(block.own, inputs, strict=False)]
    return [mixed(block.gates[k](inputs[k]), torch.cat([own[k], own[1 - k]], -2)) for k in range(2)]


@contract(
    "eq-ple",
    kind="code",
    library=lambda block, inputs: block(inputs)[0],
    perturb={
        "the other task's experts": _sees_all,
        "its own alone": lambda block, inputs: [block.own[k](inputs[k]).mean(-2) for k in range(2)],
        "shared first": lambda block, inputs: [
            mixed(
                block.gates[k](inputs[k]), torch.cat([block.shared(inputs[2]), block.own[k](inputs[k])], -2)
            )
            for k in range(2)
        ],
    },
)
def ple(library) -> None:
    """A softmax over a task's own experts and the shared ones, and these experts weighted by it."""
    block, features = _ple(), _features()
    inputs = [features, features.flip(1), features * 0.5]
    with torch.no_grad():
        found = [array(each) for each in library(block, inputs)]
    for n in range(3):
        xs = [array(x)[n] for x in inputs]
        shared = np.maximum(_linear(block.shared.inner, xs[2]), 0).reshape(2, 6)
        for task in range(2):
            own = np.maximum(_linear(block.own[task].inner, xs[task]), 0).reshape(2, 6)
            share = softmax(_linear(block.gates[task].inner, xs[task]))
            experts = [*own, *shared]
            close(found[task][n], sum(share[m] * experts[m] for m in range(4)))


def _pairs() -> list[tuple[torch.Tensor, torch.Tensor]]:
    draw = torch.Generator().manual_seed(4)
    one, other = torch.randn(2, 6, generator=draw, dtype=torch.float64)
    return [(one, other), (one, 0.2 * one + 0.05 * other), (3 * other + one, other)]


@contract(
    "eq-mgda",
    kind="code",
    library=mgda_weight,
    perturb={
        "not clipped": lambda a, b: ((b - a) @ b) / ((a - b) @ (a - b)),
        "of the second": lambda a, b: 1 - mgda_weight(a, b),
        "by lengths": lambda a, b: b.norm() / (a.norm() + b.norm()),
        "a half": lambda a, b: torch.tensor(0.5),
    },
)
def mgda(library) -> None:
    """The closed form, cut to 0 to 1: within it, at both ends, and beyond."""
    for a, b in _pairs():
        first, second = array(a), array(b)
        top = sum((second[i] - first[i]) * second[i] for i in range(6))
        bottom = sum((first[i] - second[i]) ** 2 for i in range(6))
        close(float(library(a, b)), min(max(top / bottom, 0.0), 1.0))


def _gradients() -> torch.Tensor:
    return torch.randn(2, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64) + torch.tensor(
        [[1.5], [-1.5]]
    )


def _projected(gradients, altered=False, always=False):
    found = gradients.clone()
    for k, other in ((0, 1), (1, 0)):
        against = found[other] if altered else gradients[other]
        along = found[k] @ against
        if along < 0 or always:
            found[k] = found[k] - along / (against @ against) * against
    return found.sum(0)


@contract(
    "eq-pcgrad",
    kind="code",
    library=pcgrad,
    perturb={
        "onto the altered": lambda g: _projected(g, altered=True),
        "agreement too": lambda g: _projected(g, always=True),
        "the plain sum": lambda g: g.sum(0),
        "added, not taken away": lambda g: 2 * g.sum(0) - _projected(g),
    },
)
def pcgrad_contract(library) -> None:
    """Where two gradients conflict each loses its part along the other, and what is left is added."""
    conflict = _gradients()
    assert float(conflict[0] @ conflict[1]) < 0
    for gradients in (conflict, conflict.abs()):
        first, second = array(gradients)
        product = sum(a * b for a, b in zip(first, second, strict=True))
        if product < 0:
            along_second = product / sum(b * b for b in second)
            along_first = product / sum(a * a for a in first)
            first, second = first - along_second * second, second - along_first * first
        close(array(library(gradients)), first + second)


def _shelf() -> Shelf:
    draw = torch.Generator().manual_seed(9)
    click, after = torch.rand(2, 3, 9, generator=draw, dtype=torch.float64) * 0.5
    click[:, 0] = 0
    look = torch.arange(1, 5).double() ** -0.5
    price = 10 * torch.rand(9, generator=draw, dtype=torch.float64)
    return Shelf(click, click * after, price, torch.arange(9) % 3, torch.full((9,), 1 / 8).double(), look)


LISTS = torch.tensor([[3, 1, 8, 2], [5, 6, 7, 1], [8, 4, 2, 3]])


def _worth(shelf, look=None, bought=False):
    look = shelf.look if look is None else look
    click = shelf.purchase / shelf.click.clamp(min=1e-9) if bought else shelf.click
    money = shelf.purchase * shelf.price
    return [(look * each.gather(1, LISTS)).sum(1) for each in (click, shelf.purchase, money)]


@contract(
    "eq-list-worth",
    kind="code",
    library=lambda shelf: [
        getattr(list_worth(shelf, LISTS), name) for name in ("clicks", "purchases", "revenue")
    ],
    perturb={
        "places alike": lambda shelf: _worth(shelf, torch.ones(4).double()),
        "places turned round": lambda shelf: _worth(shelf, shelf.look.flip(0)),
        "p(purchase | click) for clicks": lambda shelf: _worth(shelf, bought=True),
    },
)
def worth(library) -> None:
    """Over the places: how likely each is looked at, times what its item is worth to who looks."""
    shelf = _shelf()
    found = [array(each) for each in library(shelf)]
    for n, row in enumerate(LISTS.tolist()):
        totals = [0.0, 0.0, 0.0]
        for place, item in enumerate(row, start=1):
            looked = place**-0.5
            totals[0] += looked * float(shelf.click[n, item])
            totals[1] += looked * float(shelf.purchase[n, item])
            totals[2] += looked * float(shelf.purchase[n, item]) * float(shelf.price[item])
        close([each[n] for each in found], totals)


POINTS = torch.tensor([[1.0, 6.0], [3.0, 5.0], [2.0, 5.5], [3.0, 4.0], [5.0, 2.0], [7.0, -1.0]]).double()


def _boxes(points, reference):
    return float((points - reference).clamp(min=0).prod(1).sum())


@contract(
    "eq-hypervolume",
    kind="montecarlo",
    library=hypervolume,
    perturb={
        "boxes added": _boxes,
        "the largest box": lambda p, r: float((p - r).clamp(min=0).prod(1).max()),
        "up to the best of each": lambda p, r: float((p.amax(0) - r).prod()),
        "reference left out": lambda p, r: hypervolume(p, torch.zeros(2).double()),
    },
)
def area(library) -> None:
    """The share of random points below some compromise, times the box that they are drawn in."""
    reference = torch.tensor([0.5, 1.0]).double()
    draws = 200_000
    chance = np.random.default_rng(0).random((draws, 2))
    low, high = array(reference), array(POINTS).max(0)
    places = low + chance * (high - low)
    below = np.zeros(draws, dtype=bool)
    for point in array(POINTS):
        below |= (places <= point).all(1)
    box = float(np.prod(high - low))
    error = box * math.sqrt(below.mean() * (1 - below.mean()) / draws)
    assert abs(library(POINTS, reference) - box * below.mean()) < 4 * error


def _values() -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(12)
    values, half = torch.rand(4, 9, generator=draw).double(), torch.rand(9, 9, generator=draw).double()
    return values, (half + half.T) / 2


def _greedy(values, alike, k, weight, mean=False, turned=False):
    lists = []
    for row in values:
        chosen = [int(row[1:].argmax()) + 1]
        while len(chosen) < k:
            near = alike[chosen].mean(0) if mean else alike[chosen].amax(0)
            gain = weight * row + (near if turned else -near) * (1 - weight)
            gain[0] = -9.0
            gain[chosen] = -9.0
            chosen.append(int(gain.argmax()))
        lists.append(chosen)
    return torch.tensor(lists)


@contract(
    "eq-mmr",
    kind="code",
    library=marginal_relevance,
    perturb={
        "the mean likeness": lambda v, a, k, w: _greedy(v, a, k, w, mean=True),
        "the more alike the better": lambda v, a, k, w: _greedy(v, a, k, w, turned=True),
        "relevance alone": lambda v, a, k, w: 1 + v[:, 1:].topk(k, 1).indices,
        "weights exchanged": lambda v, a, k, w: marginal_relevance(v, a, k, 1 - w),
    },
)
def relevance(library) -> None:
    """Place by place: relevance against the likeness to the nearest item that stands there already."""
    values, alike = _values()
    found = library(values, alike, 5, 0.4).tolist()
    for row, lists in zip(array(values), found, strict=True):
        chosen: list[int] = []
        while len(chosen) < 5:
            best, top = 0, -math.inf
            for item in range(1, 9):
                if item in chosen:
                    continue
                near = max((float(alike[item, other]) for other in chosen), default=None)
                gain = row[item] if near is None else 0.4 * row[item] - 0.6 * near
                if gain > top:
                    best, top = item, gain
            chosen.append(best)
        assert lists == chosen
