"""Contracts of chapter 9: a causal Transformer over a history.

Steps count from 1 in the book and from 0 here. The transcriptions are loops over NumPy numbers in
double precision; they share small functions with each other and none with the library.
"""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import torch
from contracts_model import array, close, module, numbers, softmax
from equation_contracts import contract

from seqrec_lib.attention import SelfAttention, scaled_dot_product
from seqrec_lib.data import Batch
from seqrec_lib.encoders import Block, TransformerEncoder
from seqrec_lib.losses import LOSSES
from seqrec_lib.models import build, recipe_settings

X = numbers(11, 2, 4, 6)  # (B, T, D)
ITEMS, LENGTHS = torch.tensor([[3, 9, 1, 4], [5, 2, 0, 0]]), torch.tensor([4, 2])
TRIANGLE = torch.ones(4, 4, dtype=torch.bool).tril()


def linear(layer, x):
    return array(layer.weight) @ x + array(layer.bias)


def norm(layer, x):
    """(x - mean) / root of (variance + eps), times a gain, plus a shift, over one vector."""
    mean = sum(x) / len(x)
    variance = sum((value - mean) ** 2 for value in x) / len(x)
    return (x - mean) / math.sqrt(variance + 1e-5) * array(layer.weight) + array(layer.bias)


def attend(layer, queries, others):
    """All steps of one row: heads one after the other, then mixed. ``queries``, ``others``: (T, D)."""
    width = queries.shape[1] // layer.heads
    out = []
    for t in range(len(queries)):
        q = linear(layer.query, queries[t])
        found = []
        for head in range(layer.heads):
            part = slice(width * head, width * head + width)
            keys = [linear(layer.key, others[j])[part] for j in range(t + 1)]
            values = [linear(layer.value, others[j])[part] for j in range(t + 1)]
            w = softmax([q[part] @ key / math.sqrt(width) for key in keys])
            found.append(sum(w[j] * values[j] for j in range(t + 1)))
        out.append(linear(layer.mix, np.concatenate(found)))
    return np.stack(out)


def each(function, rows):
    return np.stack([function(row) for row in rows])


def feed_forward_by_hand(block, x):
    return linear(block.outer, np.maximum(0, linear(block.inner, x)))


def sasrec(**changes):
    return module(lambda: build(recipe_settings("sasrec", n_items=9, dim=6, max_len=5, **changes)))


def _entering(change=None):
    """What the first block reads."""

    def run(model, batch):
        seen = []
        hook = model.encoder.blocks[0].register_forward_pre_hook(lambda _, given: seen.append(given[0]))
        model.score(batch)
        hook.remove()
        return seen[0] if change is None else change(model, batch, seen[0])

    return run


def _with_places(order):
    def change(model, batch, x):
        table = model.encoder.positions.weight
        return x - table[FROM_THE_END] + table[order]

    return change


FROM_THE_END = torch.tensor([[3, 2, 1, 0], [1, 0, 0, 0]])  # the places of rows of 4 and 2 items; 0 at padding


@contract(
    "eq-sasrec-input",
    kind="code",
    library=_entering(),
    perturb={
        "not scaled": _entering(lambda m, b, x: x - (6**0.5 - 1) * m.embedding(b.items)),
        "scaled by D": _entering(lambda m, b, x: x + (6 - 6**0.5) * m.embedding(b.items)),
        "no places": _entering(lambda m, b, x: x - m.encoder.positions.weight[FROM_THE_END]),
        "places from the oldest item": _entering(_with_places(torch.arange(4).expand(2, 4))),
        "places from the end of the padded row": _entering(_with_places(torch.tensor([[3, 2, 1, 0]] * 2))),
        "places one late": _entering(_with_places(FROM_THE_END + 1)),
    },
)
def entering(library) -> None:
    """x_t = sqrt(D) e_{item at t} + p_{n-t+1} in a history of n items: place 1 is the newest."""
    model, batch = sasrec(), Batch(ITEMS, LENGTHS)
    found, table = array(library(model, batch)), array(model.item_matrix())
    places = array(model.encoder.positions.weight)
    for b in range(2):
        for t in range(int(LENGTHS[b])):
            close(found[b, t], math.sqrt(6) * table[ITEMS[b, t]] + places[int(LENGTHS[b]) - 1 - t])


def _one_head(mask=TRIANGLE, scale=1.0, values="value"):
    def run(layer, x):
        value = x if values is None else getattr(layer, values)(x)
        return scaled_dot_product(layer.query(x) * scale, layer.key(x), value, mask)[0]

    return run


@contract(
    "eq-causal-head",
    kind="code",
    library=_one_head(),
    perturb={
        "no causal mask": _one_head(mask=None),
        "the mask upside down": _one_head(mask=TRIANGLE.T),
        "no 1 / root of d": _one_head(scale=4**0.5),
        "the root of the model's width": _one_head(scale=(4 / 6) ** 0.5),
        "the states as values": _one_head(values=None),
        "the keys as values": _one_head(values="key"),
    },
)
def causal_head(library) -> None:
    """o_t = sum over j <= t of softmax_j(q_t . k_j / sqrt(d)) v_j, where d is narrower than the states."""
    maps = (module(lambda: torch.nn.Linear(6, 4), seed) for seed in range(3))
    layer = SimpleNamespace(**dict(zip(("query", "key", "value"), maps, strict=True)))
    found = array(library(layer, X))
    for b in range(2):
        rows = array(X)[b]
        q, k, v = (each(lambda r, p=p: linear(p, r), rows) for p in (layer.query, layer.key, layer.value))
        for t in range(4):
            w = softmax([q[t] @ k[j] / math.sqrt(4) for j in range(t + 1)])
            close(found[b, t], sum(w[j] * v[j] for j in range(t + 1)))


def _matrix(change):
    """softmax(Q K^T / sqrt(d) + M) V with another M."""

    def run(q, k, v):
        return (q @ k.mT / 5**0.5 + change).softmax(-1) @ v

    return run


HIDDEN = torch.zeros(4, 4).masked_fill(~TRIANGLE, -math.inf)


@contract(
    "eq-causal-matrix",
    kind="identity",
    library=lambda q, k, v: torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True),
    perturb={
        "M is all zeros": _matrix(torch.zeros(4, 4)),
        "M hides the past": _matrix(HIDDEN.T),
        "M is minus one, not minus infinity": _matrix(-(~TRIANGLE).double()),
        "M hides the step itself, but for the first": _matrix(
            HIDDEN - torch.diag(torch.tensor([0.0, 1e9, 1e9, 1e9]))
        ),
    },
)
def causal_matrix(library) -> None:
    """softmax(Q K^T / sqrt(d) + M) V, M 0 on and below the diagonal and -infinity above: the fused kernel."""
    q, k, v = (numbers(seed, 2, 1, 4, 5) for seed in (12, 13, 14))
    found = array(library(q, k, v))
    for b in range(2):
        scores = array(q)[b, 0] @ array(k)[b, 0].T / math.sqrt(5)
        for t in range(4):
            scores[t, t + 1 :] = -math.inf
        weights = np.exp(scores - scores.max(1, keepdims=True))
        weights /= weights.sum(1, keepdims=True)
        close(found[b, 0], weights @ array(v)[b, 0])


def _attention_with(heads=2, order=None, mixed=True):
    def run(layer, x):
        other = module(lambda: SelfAttention(6, heads, project_values=True))
        other.load_state_dict(layer.state_dict())
        if order is not None:
            for part in (other.query, other.key, other.value):
                part.weight.copy_(part.weight[order].clone()), part.bias.copy_(part.bias[order].clone())
        if not mixed:
            other.mix = torch.nn.Identity()
        return other(x, None, need_weights=False)[0]

    return run


@contract(
    "eq-heads",
    kind="code",
    library=lambda layer, x: layer(x, None, need_weights=False)[0],
    perturb={
        "one wide head": _attention_with(heads=1),
        "three narrow heads": _attention_with(heads=3),
        "features dealt out like cards": _attention_with(order=[0, 2, 4, 1, 3, 5]),
        "not mixed": _attention_with(mixed=False),
        "not causal": lambda layer, x: layer(x, torch.ones(1, 4, 4, dtype=torch.bool))[0],
    },
)
def heads(library) -> None:
    """Each head attends with its own d = D / H features; the heads side by side, times W_o, plus b_o."""
    layer = module(lambda: SelfAttention(6, 2, project_values=True))
    found = array(library(layer, X))
    for b in range(2):
        close(found[b], attend(layer, array(X)[b], array(X)[b]))


def _block(kind):
    return module(lambda: Block(6, 2, 8, 0.0, kind))


@contract(
    "eq-layer-norm",
    kind="code",
    library=lambda block, x: block.norm_attention(x),
    perturb={
        "over the steps": lambda block, x: block.norm_attention(x.mT.reshape(x.shape)),
        "no gain": lambda block, x: torch.nn.functional.layer_norm(x, (6,), bias=block.norm_attention.bias),
        "no shift": lambda block, x: block.norm_attention(x) - block.norm_attention.bias,
        "the mean stays": lambda block, x: (
            x / x.std(-1, correction=0, keepdim=True) * block.norm_attention.weight
            + block.norm_attention.bias
        ),
        "variance over D - 1": lambda block, x: (
            (x - x.mean(-1, keepdim=True)) / x.std(-1, keepdim=True) * block.norm_attention.weight
            + block.norm_attention.bias
        ),
    },
)
def layer_norm(library) -> None:
    """(x - mean) / sqrt(variance + eps), times gain, plus shift, over the D numbers of one step."""
    block = _block("pre")
    found = array(library(block, X))
    for b in range(2):
        for t in range(4):
            close(found[b, t], norm(block.norm_attention, array(X)[b, t]))


@contract(
    "eq-feed-forward",
    kind="code",
    library=lambda block, x: block._feed_forward(x),
    perturb={
        "no ReLU": lambda block, x: block.outer(block.inner(x)),
        "ReLU at the end": lambda block, x: block._feed_forward(x).relu(),
        "the residual inside": lambda block, x: x + block._feed_forward(x),
        "steps mixed": lambda block, x: block._feed_forward(x.roll(1, 1)),
    },
)
def feed_forward(library) -> None:
    """W_2 max(0, W_1 x + b_1) + b_2, the same for every step."""
    block = _block("pre")
    found = array(library(block, X))
    for b in range(2):
        close(found[b], each(lambda row: feed_forward_by_hand(block, row), array(X)[b]))


def _run(block, x):
    return block(x, None, False)[0]


def _as(kind):
    """The same weights, connected as ``kind``."""

    def run(block, x):
        other = _block(kind)
        other.load_state_dict(block.state_dict())
        return _run(other, x)

    return run


def _halves(block, x, first, second):
    """``first`` and ``second`` say what each half adds its result to: its input or nothing."""
    normed = block.norm_attention(x)
    x = first * x + block.attention(normed, None, False)[0]
    return second * x + block._feed_forward(block.norm_ff(x))


@contract(
    "eq-pre-norm",
    kind="code",
    library=_run,
    perturb={
        "post": _as("post"),
        "query": _as("query"),
        "nothing added to attention": lambda block, x: _halves(block, x, 0, 1),
        "nothing added to the feed-forward layer": lambda block, x: _halves(block, x, 1, 0),
    },
)
def pre(library) -> None:
    """y = x + attention(norm(x)); z = y + ff(norm(y))."""
    block = _block("pre")
    found = array(library(block, X))
    for b in range(2):
        x = array(X)[b]
        normed = each(lambda r: norm(block.norm_attention, r), x)
        y = x + attend(block.attention, normed, normed)
        close(found[b], y + each(lambda r: feed_forward_by_hand(block, norm(block.norm_ff, r)), y))


@contract(
    "eq-post-norm",
    kind="code",
    library=_run,
    perturb={
        "pre": _as("pre"),
        "query": _as("query"),
        "a third norm": lambda block, x: block.norm_ff(_run(block, x)),
        "a norm before it too": lambda block, x: _run(block, block.norm_attention(x)),
    },
)
def post(library) -> None:
    """y = norm(x + attention(x)); z = norm(y + ff(y))."""
    block = _block("post")
    found = array(library(block, X))
    for b in range(2):
        x = array(X)[b]
        y = each(lambda r: norm(block.norm_attention, r), x + attend(block.attention, x, x))
        z = y + each(lambda r: feed_forward_by_hand(block, r), y)
        close(found[b], each(lambda r: norm(block.norm_ff, r), z))


@contract(
    "eq-query-norm",
    kind="code",
    library=_run,
    perturb={
        "pre": _as("pre"),
        "post": _as("post"),
        "the input itself is added": lambda block, x: _query_norm(block, x, added="input"),
        "the keys normalised too": lambda block, x: _query_norm(block, x, keys="normed"),
    },
)
def query(library) -> None:
    """u = norm(x); y = u + attention(queries u, keys and values x); w = norm(y); z = w + ff(w)."""
    block = _block("query")
    found = array(library(block, X))
    for b in range(2):
        x = array(X)[b]
        u = each(lambda r: norm(block.norm_attention, r), x)
        y = u + attend(block.attention, u, x)
        w = each(lambda r: norm(block.norm_ff, r), y)
        close(found[b], w + each(lambda r: feed_forward_by_hand(block, r), w))


def _query_norm(block, x, keys="input", added="normed"):
    u = block.norm_attention(x)
    mixed = block.attention(u, None, False, u if keys == "normed" else x)[0]
    w = block.norm_ff((x if added == "input" else u) + mixed)
    return w + block._feed_forward(w)


def _score_with(change):
    def run(model, batch):
        other = sasrec()
        other.load_state_dict(model.state_dict())
        return change(other, batch)

    return run


def _without_last_norm(model, batch):
    model.encoder.last_norm = torch.nn.Identity()
    return model.score(batch)


def _other_table(model, batch):
    states = batch.last(model.hidden(batch))
    return states @ module(lambda: torch.nn.Embedding(10, 6), seed=5).weight.T


@contract(
    "eq-sasrec-output",
    kind="code",
    library=lambda model, batch: model.score(batch),
    perturb={
        "no last norm": _score_with(_without_last_norm),
        "a table of its own": _score_with(_other_table),
        "the scaled item vectors": _score_with(lambda m, b: m.score(b) * 6**0.5),
        "the last column, padded or not": _score_with(lambda m, b: m.hidden(b)[:, -1] @ m.item_matrix().T),
    },
)
def output(library) -> None:
    """s_i = norm(x_n) . e_i: the last real state, the same E as at the input, not scaled."""
    model, batch = sasrec(), Batch(ITEMS, LENGTHS)
    found, table = array(library(model, batch)), array(model.item_matrix())
    places = array(model.encoder.positions.weight)
    for b in range(2):
        n = int(LENGTHS[b])
        x = np.stack([math.sqrt(6) * table[ITEMS[b, t]] + places[n - 1 - t] for t in range(n)])
        for block in model.encoder.blocks:
            normed = each(lambda r, k=block: norm(k.norm_attention, r), x)
            x = x + attend(block.attention, normed, normed)
            x = x + each(lambda r, k=block: feed_forward_by_hand(k, norm(k.norm_ff, r)), x)
        state = norm(model.encoder.last_norm, x[-1])
        close(found[b, 1:], [state @ table[i] for i in range(1, 10)])


def _slope(loss):
    """The gradient by the scores that autograd finds: with E the unit matrix, states are scores."""

    def run(scores, targets):
        hidden = scores.clone().requires_grad_()
        unit = torch.cat([torch.zeros(1, 5), torch.eye(5)]).double()
        return torch.autograd.grad(loss(hidden, targets, unit), hidden)[0]

    return run


@contract(
    "eq-loss-gradient",
    kind="identity",
    library=_slope(LOSSES["ce"]),
    perturb={
        "a sum": _slope(lambda h, y, e: LOSSES["ce"](h, y, e) * len(y)),
        "the next target": _slope(lambda h, y, e: LOSSES["ce"](h, y % 5 + 1, e)),
        "BCE": _slope(lambda h, y, e: LOSSES["bce"](h, y, e, torch.Generator().manual_seed(0), 1)),
        "uphill": _slope(lambda h, y, e: -LOSSES["ce"](h, y, e)),
    },
)
def loss_gradient(library) -> None:
    """dL / ds_{n,i} = (softmax(s_n)_i - 1[i = y_n]) / N."""
    scores, targets = numbers(15, 7, 5), torch.tensor([1, 5, 2, 2, 4, 3, 5])
    found = array(library(scores, targets))
    for n in range(7):
        p = softmax(list(array(scores)[n]))
        close(found[n], [(p[i] - (i + 1 == int(targets[n]))) / 7 for i in range(5)])


def _last_state(blocks=1, places=False):
    def run(x):
        encoder = module(lambda: TransformerEncoder(6, blocks, 2, 6, 4, 0.0))
        if not places:
            encoder.positions.weight.zero_()
        batch = Batch(torch.ones(2, 4, dtype=torch.int64), torch.tensor([4, 4]))
        return encoder(x, batch)[0][:, -1]

    return run


@contract(
    "eq-order-blind",
    kind="identity",
    library=_last_state(),
    perturb={
        "with places": _last_state(places=True),
        "two blocks": _last_state(blocks=2),
        "the last item's neighbour answers": lambda x: _last_state()(x[:, [0, 1, 3, 2]]),
    },
)
def order_blind(library) -> None:
    """One block, no places: the last state is the same for every order of the earlier items."""
    first = array(library(X))
    for order in ([1, 0, 2, 3], [2, 1, 0, 3], [2, 0, 1, 3]):
        close(array(library(X[:, order])), first)
