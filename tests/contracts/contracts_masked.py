"""Contracts of page 10b: hidden items, the request as a gap, filters across and along, dilated convolutions.

The transcriptions are loops over NumPy numbers in double precision, written from the equations.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from contracts_model import array, close, module, numbers, softmax
from equation_contracts import contract

from seqrec_lib.data import Batch
from seqrec_lib.losses import plain_cross_entropy
from seqrec_lib.losses.masked import MaskedObjective, draw_gaps, with_last_target
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.models.nextitnet import CausalConvolution, NextItNetSettings

V, MASK = 7, 8
ITEMS = torch.tensor([[3, 1, 7, 2, 5], [6, 2, 4, 0, 0], [1, 5, 5, 7, 0]])
LENGTHS = torch.tensor([5, 3, 4])
NEXT = torch.tensor([[1, 7, 2, 5, 4], [2, 4, 6, 0, 0], [5, 5, 7, 2, 0]])
ROWS = Batch(items=ITEMS, lengths=LENGTHS, targets=NEXT)


def _bert():
    sizes = {"max_len": 8, "dim": 6, "layers": 1, "heads": 2, "ff_width": 5, "dropout": 0.0}
    return module(lambda: build(recipe_settings("bert4rec", V, masked=0.4, mask_last=0.0, **sizes)))


def _chance() -> dict[str, torch.Generator]:
    return {name: torch.Generator().manual_seed(4) for name in ("masks", "negatives")}


def _objective(model, batch):
    return MaskedObjective(plain_cross_entropy)(model, batch, _chance())[0]


def _gaps(whole, model):
    return draw_gaps(whole.lengths, whole.items.shape[1], model.masked, 0.0, _chance()["masks"])


def _spoiled(steps=lambda gaps, real: gaps, shown=lambda gaps: gaps, mean=True, shift=0):
    """The loss at other ``steps``, with other items ``shown`` as gaps, or with the item one step on."""

    def run(model, batch):
        whole = with_last_target(batch)
        gaps = _gaps(whole, model)
        here = steps(gaps, whole.mask())
        target = torch.roll(whole.items, -shift, 1)[here].clamp(min=1)
        value = plain_cross_entropy(model.fill(whole, shown(gaps))[here], target, model.item_matrix())
        return value if mean else value * len(target)

    return run


@contract(
    "eq-cloze-loss",
    kind="code",
    library=_objective,
    perturb={
        "the items that can be seen": _spoiled(lambda gaps, real: real & ~gaps),
        "every real step": _spoiled(lambda gaps, real: real),
        "nothing is hidden": _spoiled(shown=torch.zeros_like),
        "a sum": _spoiled(mean=False),
        "the item after the gap": _spoiled(shift=1),
    },
)
def cloze_loss(library) -> None:
    """Minus the mean log probability of each hidden item, given its row without the hidden ones."""
    model = _bert()
    whole = with_last_target(ROWS)
    gaps = array(_gaps(whole, model))
    states, items = array(model.fill(whole, torch.from_numpy(gaps))), array(model.item_matrix())
    lost = []
    for b in range(3):
        for t in range(6):
            if gaps[b, t]:
                chances = softmax([float(states[b, t] @ items[i]) for i in range(1, V + 1)])
                lost.append(-math.log(chances[int(whole.items[b, t]) - 1]))
    close(float(library(model, ROWS)), sum(lost) / len(lost))


def _asked(rows=None, read=0, bias=True):
    """Scores of a request that is built in another way; ``rows(items, lengths)`` gives items and lengths."""

    def run(model, batch):
        items, lengths = (F.pad(batch.items, (0, 1)), batch.lengths + 1)
        if rows is not None:
            items, lengths = rows(batch.items, batch.lengths)
        gaps = torch.arange(items.shape[1]) == lengths[:, None] - 1
        last = model.attend(Batch(items=items, lengths=lengths), gaps)[0]
        state = model.head(last[torch.arange(len(items)), lengths - 1 + read])
        scores = state @ model.embedding.weight[: V + 1].T
        return scores + model.bias if bias else scores

    return run


@contract(
    "eq-gap-request",
    kind="code",
    library=lambda model, batch: model.score(batch),
    perturb={
        "the last item replaced": _asked(lambda items, lengths: (items, lengths)),
        "the gap behind the padding": _asked(
            lambda items, lengths: (F.pad(items, (0, 1)), torch.full_like(lengths, items.shape[1] + 1))
        ),
        "the last item's state": _asked(read=-1),
        "no bias": _asked(bias=False),
    },
)
def gap_request(library) -> None:
    """The state of a gap that stands after the last item, by each item's vector, and its bias."""
    model = _bert()
    found = array(library(model, replace(ROWS, targets=None)))[:, 1:]
    for b, length in enumerate(LENGTHS.tolist()):
        row = ITEMS[b, :length].tolist() + [MASK]
        vectors = model.norm(model.embedding(torch.tensor([row])))
        states = model.encoder(vectors, Batch(torch.tensor([row]), torch.tensor([length + 1])))[0]
        z = array(model.head(states[0, length]))
        for i in range(1, V + 1):
            close(found[b, i - 1], float(z @ array(model.embedding.weight[i]) + float(model.bias[i])))


WINDOW, ACROSS, ALONG, DIM = 3, 2, 4, 5


def _caser():
    sizes = {"max_len": 8, "dim": DIM, "window": WINDOW, "across": ACROSS, "along": ALONG, "dropout": 0.0}
    return module(lambda: build(recipe_settings("caser", V, **sizes)))


def _answers(spoil=lambda model: None, batch_of=lambda batch: batch):
    """What reaches the dense layer, ``(B, T, n L + D n')``, after the model was spoiled."""

    def run(model, batch):
        kept = []
        spoil(model)
        hook = model.dense.register_forward_pre_hook(lambda _, given: kept.append(given[0]))
        model.attend(batch_of(batch))
        hook.remove()
        return kept[0]

    return run


def _flipped(model):
    for filters in [*model.horizontal, model.vertical]:
        filters.weight.copy_(filters.weight.flip(-1))


def _picture(t: int, row: int, vectors: np.ndarray) -> np.ndarray:
    picture = np.zeros((WINDOW, DIM))
    for place in range(WINDOW):
        if (step := t - WINDOW + 1 + place) >= 0:
            picture[place] = vectors[row, step]
    return picture


def _mean_pooled(model, batch):
    found = _answers()(model, batch).clone()
    vectors = F.pad(model.item_vectors(batch).mT, (WINDOW - 1, 0))
    for height, filters in enumerate(model.horizontal, 1):
        mean = F.avg_pool1d(filters(vectors).relu(), WINDOW - height + 1, stride=1).mT
        found[..., (height - 1) * ACROSS : height * ACROSS] = mean
    return found


def _no_relu(model, batch):
    found = _answers()(model, batch).clone()
    vectors = F.pad(model.item_vectors(batch).mT, (WINDOW - 1, 0))
    for height, filters in enumerate(model.horizontal, 1):
        best = F.max_pool1d(filters(vectors), WINDOW - height + 1, stride=1).mT
        found[..., (height - 1) * ACROSS : height * ACROSS] = best
    return found


@contract(
    "eq-caser-across",
    kind="code",
    library=_answers(),
    perturb={
        "the filters turned round": _answers(_flipped),
        "the mean of the answers": _mean_pooled,
        "no ReLU": _no_relu,
        "the window of the next step": lambda model, batch: torch.roll(_answers()(model, batch), -1, 1),
    },
)
def caser_across(library) -> None:
    """Of each filter the largest answer over the places where its h items can lie in the window."""
    model = _caser()
    found, vectors = array(library(model, ROWS)), array(model.item_vectors(ROWS))
    model = _caser()  # a perturbation may have changed the other
    for b, length in enumerate(LENGTHS.tolist()):
        for t in range(length):
            picture = _picture(t, b, vectors)
            for h, filters in enumerate(model.horizontal, 1):
                weight, bias = array(filters.weight), array(filters.bias)
                for n in range(ACROSS):
                    best = max(
                        max(0.0, float((picture[s : s + h].T * weight[n]).sum() + bias[n]))
                        for s in range(WINDOW - h + 1)
                    )
                    close(found[b, t, (h - 1) * ACROSS + n], best)


def _softened(model):
    model.vertical.weight.copy_(model.vertical.weight.softmax(-1))


def _summed(model, batch):
    found = _answers()(model, batch).clone()
    along = found[..., WINDOW * ACROSS :].unflatten(-1, (DIM, ALONG))
    found[..., WINDOW * ACROSS :] = along.sum(2, keepdim=True).expand_as(along).flatten(2)
    return found


@contract(
    "eq-caser-along",
    kind="code",
    library=_answers(),
    perturb={
        "the filters turned round": _answers(_flipped),
        "a softmax over the places": _answers(_softened),
        "the features added up": _summed,
        "the window of the next step": lambda model, batch: torch.roll(_answers()(model, batch), -1, 1),
    },
)
def caser_along(library) -> None:
    """Each feature of the window, weighed place by place with one filter's numbers."""
    model = _caser()
    found, vectors = array(library(model, ROWS)), array(model.item_vectors(ROWS))
    model = _caser()
    weight, bias = array(model.vertical.weight), array(model.vertical.bias)
    for b, length in enumerate(LENGTHS.tolist()):
        for t in range(length):
            picture = _picture(t, b, vectors)
            for d in range(DIM):
                for n in range(ALONG):
                    value = sum(weight[n, 0, place] * picture[place, d] for place in range(WINDOW))
                    close(found[b, t, WINDOW * ACROSS + d * ALONG + n], value + bias[n])


KERNEL, DILATION = 3, 2


def _convolution(before: int = (KERNEL - 1) * DILATION, dilation: int = DILATION, flip: bool = False):
    def run(layer, x):
        weight = layer.filters.weight.flip(-1) if flip else layer.filters.weight
        span = (KERNEL - 1) * dilation
        padded = F.pad(x.mT, (before, span - before))
        return F.conv1d(padded, weight, layer.filters.bias, dilation=dilation).mT

    return run


@contract(
    "eq-causal-convolution",
    kind="code",
    library=lambda layer, x: layer(x),
    perturb={
        "padding on both sides": _convolution(before=DILATION),
        "padding at the end": _convolution(before=0),
        "no holes": _convolution(before=KERNEL - 1, dilation=1),
        "the filter turned round": _convolution(flip=True),
    },
)
def causal_convolution(library) -> None:
    """The sum over taps m of W_m x at step t - m times the dilation; in front of the first step zeros."""
    layer = module(lambda: CausalConvolution(4, KERNEL, DILATION))
    x = numbers(91, 2, 7, 4)
    found = array(library(layer, x))
    weight, bias, given = array(layer.filters.weight), array(layer.filters.bias), array(x)
    for b in range(2):
        for t in range(7):
            total = bias.copy()
            for m in range(KERNEL):
                if t - m * DILATION >= 0:
                    total = total + weight[:, :, KERNEL - 1 - m] @ given[b, t - m * DILATION]
            close(found[b, t], total)


@contract(
    "eq-reach",
    kind="identity",
    library=lambda settings: settings.reach(),
    perturb={
        "the kernel times the dilations": lambda s: 1 + s.kernel * sum(s.dilations()),
        "the step itself forgotten": lambda s: (s.kernel - 1) * sum(s.dilations()),
        "the last convolution alone": lambda s: 1 + (s.kernel - 1) * s.dilations()[-1],
        "one convolution a block": lambda s: 1 + (s.kernel - 1) * sum(s.dilations()[::2]),
    },
)
def reach(library) -> None:
    """1 + (k - 1) times the sum of the dilations is the oldest step with a gradient."""
    for layers, kernel, cycle in ((1, 2, 1), (2, 3, 2), (3, 2, 3)):
        settings = NextItNetSettings("nextitnet", V, layers=layers, kernel=kernel, cycle=cycle, dim=6)
        model = module(settings.build)
        x = numbers(92, 1, 48, 6).requires_grad_()
        states = x
        for block in model.blocks:
            states = block(states)
        (slope,) = torch.autograd.grad(states[:, -1].square().sum(), x)
        oldest = int(slope.abs().sum((0, 2)).gt(0).nonzero()[0])
        assert library(settings) == 48 - oldest
