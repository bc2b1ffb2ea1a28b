"""Contracts of chapter 1: item vectors, LSTM, attention, head, scores.

Steps count from 1 in the book and from 0 here. Every transcription is a plain loop over NumPy
numbers, in double precision, written from the equation and not from the library.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from equation_contracts import contract

from seqrec_lib.attention import SelfAttention, causal_mask, dot_product, masked_softmax, scaled_dot_product
from seqrec_lib.data import Batch
from seqrec_lib.encoders import RecurrentEncoder
from seqrec_lib.heads.mlp import MLP
from seqrec_lib.heads.tied import dot_scores
from seqrec_lib.models import build, recipe_settings

LENGTHS = torch.tensor([4, 2, 3])


def numbers(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def module(make, seed: int = 0):
    """``make()`` in double precision, with weights that differ from zero everywhere."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = make().double().eval().requires_grad_(False)
        for parameter in made.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return made


def array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().numpy()


def close(mine, theirs) -> None:
    np.testing.assert_allclose(np.asarray(mine), np.asarray(theirs), rtol=1e-9, atol=1e-11)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(scores):
    odds = [math.exp(score - max(scores)) for score in scores]
    return [odd / sum(odds) for odd in odds]


@contract(
    "eq-embed",
    kind="definition",
    library=lambda model, items: model.embedding(items),
    perturb={
        "the row of the next item": lambda model, items: model.embedding((items + 1) % 10),
        "scaled by the root of D": lambda model, items: model.embedding(items) * 8**0.5,
    },
)
def embed(library) -> None:
    """The vector of step t is row x_t of E; the row of padding is zero."""
    model = build(recipe_settings("lstm-attention", n_items=9, dim=8)).eval()
    items = torch.tensor([[3, 9, 1], [5, 0, 0]])
    table, vectors = array(model.item_matrix()), array(library(model, items))
    assert not table[0].any()
    for b in range(2):
        for t in range(3):
            close(vectors[b, t], table[items[b, t]])


def _states(encoder, vectors, lengths):
    return encoder(vectors, Batch(torch.zeros(vectors.shape[:2], dtype=torch.int64), lengths))[0]


def _lstm_with(change):
    """The library's LSTM with its gate rows (input, forget, cell, output) moved about."""

    def run(encoder, vectors, lengths):
        other = module(lambda: RecurrentEncoder("lstm", 3))
        other.load_state_dict(encoder.state_dict())
        for parameter in other.parameters():
            gates = parameter.clone().chunk(4)
            parameter.copy_(torch.cat([gates[i] for i in change]))
        return _states(other, vectors, lengths)

    return run


@contract(
    "eq-lstm",
    kind="code",
    library=_states,
    perturb={
        "input and forget gate change places": _lstm_with((1, 0, 2, 3)),
        "cell and output gate change places": _lstm_with((0, 1, 3, 2)),
        "backwards in time": lambda e, vectors, lengths: _states(e, vectors.flip(1), lengths).flip(1),
        "a step late": lambda e, vectors, lengths: _states(e, vectors, lengths).roll(1, 1),
    },
)
def lstm(library) -> None:
    """i, f, o = sigmoid(...); g = tanh(...); c_t = f c_{t-1} + i g; h_t = o tanh(c_t)."""
    for packed in (False, True):
        encoder = module(lambda packed=packed: RecurrentEncoder("lstm", 3, packed=packed))
        vectors = numbers(1, 3, 4, 3)
        states = array(library(encoder, vectors, LENGTHS))
        cell = encoder.cell
        w, u = array(cell.weight_ih_l0), array(cell.weight_hh_l0)
        bias = array(cell.bias_ih_l0) + array(cell.bias_hh_l0)
        for b in range(3):
            h, c = np.zeros(3), np.zeros(3)
            for t in range(int(LENGTHS[b])):
                a = w @ array(vectors)[b, t] + u @ h + bias
                i, f, g, o = a[0:3], a[3:6], a[6:9], a[9:12]
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                h = sigmoid(o) * np.tanh(c)
                close(states[b, t], h)


def _attention_without(part: str):
    def weights(layer, states, mask):
        other = module(lambda: SelfAttention(6, 2, distance=4))
        other.load_state_dict(layer.state_dict())
        if part == "distance":
            other.distance.zero_()
        if part == "scale":
            other.key.weight.mul_(3**0.5)
            other.key.bias.mul_(3**0.5)
        if part == "keys":
            other.key = other.query
        return other(states, mask)[1]

    return weights


@contract(
    "eq-score",
    kind="code",
    library=lambda layer, states, mask: layer(states, mask)[1],
    perturb={
        "no 1 / root of d": _attention_without("scale"),
        "no number for the distance": _attention_without("distance"),
        "the query's projection for the keys too": _attention_without("keys"),
    },
)
def score(library) -> None:
    """s_tj = q_t . k_j / sqrt(d) + b_{t-j}: weights are its softmax, so log w_tj - log w_t0 = s_tj - s_t0."""
    layer, states = module(lambda: SelfAttention(6, 2, distance=4)), numbers(2, 3, 4, 6)
    weights = array(library(layer, states, causal_mask(LENGTHS, 4)))  # (B, H, T, T)
    x = array(states)
    query = x @ array(layer.query.weight).T + array(layer.query.bias)
    key = x @ array(layer.key.weight).T + array(layer.key.bias)
    away = array(layer.distance)
    for b in range(3):
        for head in range(2):
            part = slice(3 * head, 3 * head + 3)
            for t in range(int(LENGTHS[b])):
                s = [
                    query[b, t, part] @ key[b, j, part] / math.sqrt(3) + away[head, t - j]
                    for j in range(t + 1)
                ]
                for j in range(t + 1):
                    close(math.log(weights[b, head, t, j] / weights[b, head, t, 0]), s[j] - s[0])


@contract(
    "eq-weights",
    kind="code",
    library=lambda scores, lengths: masked_softmax(scores, causal_mask(lengths, 4)),
    perturb={
        "no causal mask": lambda s, n: masked_softmax(
            s, (torch.arange(4) < n[:, None])[:, None, :].expand(s.shape)
        ),
        "padding as a key": lambda s, n: masked_softmax(
            s, torch.ones(4, 4, dtype=torch.bool).tril().expand(s.shape)
        ),
        "over the queries": lambda s, n: masked_softmax(s.mT, causal_mask(n, 4).mT).mT,
        "a mask of zeros": lambda s, n: (s * causal_mask(n, 4)).softmax(-1),
        "masked after the softmax": lambda s, n: s.softmax(-1) * causal_mask(n, 4),
        "itself left out": lambda s, n: masked_softmax(s, causal_mask(n, 4).tril(-1)),
    },
)
def weights(library) -> None:
    """w_tj = exp(s_tj) / sum of exp(s_tm) over m <= t that are real; 0 elsewhere."""
    scores = numbers(3, 3, 4, 4) * 2
    found = array(library(scores, LENGTHS))
    for b in range(3):
        for t in range(4):
            seen = [j for j in range(4) if j <= t and j < LENGTHS[b]]
            row = dict(zip(seen, softmax([float(scores[b, t, j]) for j in seen]), strict=True))
            close(found[b, t], [row.get(j, 0.0) for j in range(4)])


@contract(
    "eq-context",
    kind="code",
    library=lambda q, k, v, mask: scaled_dot_product(q, k, v, mask)[0],
    perturb={
        "the keys are summed": lambda q, k, v, mask: scaled_dot_product(q, k, k, mask)[0],
        "a plain mean": lambda q, k, v, mask: (mask / mask.sum(-1, keepdim=True)).double() @ v,
        "future values": lambda q, k, v, mask: scaled_dot_product(q, k, v)[0],
        "unscaled scores": lambda q, k, v, mask: dot_product(q, k, v, mask)[0],
    },
)
def context(library) -> None:
    """The output at t is the sum over j <= t of w_tj v_j, j real."""
    q, k, v = (numbers(seed, 3, 4, 5) for seed in (4, 5, 6))
    found = array(library(q, k, v, causal_mask(LENGTHS, 4)))
    for b in range(3):
        for t in range(4):
            seen = range(min(t + 1, int(LENGTHS[b])))
            w = softmax([array(q)[b, t] @ array(k)[b, j] / math.sqrt(5) for j in seen])
            close(found[b, t], sum(w[j] * array(v)[b, j] for j in seen))


@contract(
    "eq-mlp",
    kind="code",
    library=lambda head, states: head(states),
    perturb={
        "no ReLU": lambda head, states: head.outer(head.inner(states)),
        "ReLU at the end too": lambda head, states: head(states).relu(),
        "a skip connection": lambda head, states: states + head(states),
        "no inner bias": lambda head, s: head.outer((s @ head.inner.weight.T).relu()),
    },
)
def mlp(library) -> None:
    """W_2 max(0, W_1 x + b_1) + b_2."""
    head, states = module(lambda: MLP(4, 7)), numbers(7, 2, 3, 4)
    w1, b1 = array(head.inner.weight), array(head.inner.bias)
    w2, b2 = array(head.outer.weight), array(head.outer.bias)
    found = array(library(head, states))
    for b in range(2):
        for t in range(3):
            close(found[b, t], w2 @ np.maximum(0, w1 @ array(states)[b, t] + b1) + b2)


@contract(
    "eq-logits",
    kind="code",
    library=dot_scores,
    perturb={
        "cosine": lambda s, e: dot_scores(torch.nn.functional.normalize(s, dim=-1), e),
        "padding may win": lambda s, e: s @ e.T,
        "a step of the table": lambda s, e: dot_scores(s, e.roll(1, 0)),
        "scaled": lambda s, e: dot_scores(s / 2, e),
    },
)
def logits(library) -> None:
    """The score of item i is h . e_i; padding's is minus infinity."""
    states, table = numbers(8, 3, 4), numbers(9, 6, 4)
    found = array(library(states, table))
    for b in range(3):
        close(found[b, 1:], [array(states)[b] @ array(table)[i] for i in range(1, 6)])
        assert found[b, 0] == -math.inf
