"""Contracts of chapter 5: forms of a score, the softmax that makes weights of them, what a mask does to it.

Steps count from 1 in the book and from 0 here. The transcriptions are loops over NumPy numbers in double
precision.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from contracts_model import array, close, module, numbers, softmax
from equation_contracts import contract

from seqrec_lib.attention import (
    SelfAttention,
    additive,
    bilinear,
    dot_product,
    entropy,
    masked_softmax,
    scaled_dot_product,
)

STATES = numbers(51, 2, 4, 3)  # (B, T, D)
OTHERS = numbers(52, 2, 5, 3)  # (B, S, D): more keys than queries
FORM, OTHER_FORM = numbers(53, 3, 3), numbers(54, 3, 3)
TRIANGLE = torch.ones(4, 4, dtype=torch.bool).tril()


def each_pair(found, score) -> None:
    """``found`` (B, T, S) holds the softmax of ``score(q, k)`` over the keys of each query."""
    for b in range(2):
        keys = array(OTHERS)[b]
        for t in range(4):
            query = array(STATES)[b, t]
            close(array(found)[b, t], softmax([score(query, key) for key in keys]))


def _look(change=None, mask=TRIANGLE):
    def run(layer, states):
        if change == "previous":  # the query is the state before
            before = torch.cat([states[:, :1], states[:, :-1]], 1)
            return dot_product(before, states, states, mask)[0]
        if change == "queries":
            scores = (states @ states.mT).masked_fill(~TRIANGLE, -math.inf)
            return scores.nan_to_num(neginf=-1e9).softmax(-2) @ states
        if change == "unweighted":
            return (states @ states.mT * TRIANGLE) @ states
        return layer(states, mask[None])[0]

    return run


@contract(
    "eq-look-back",
    kind="code",
    library=_look(),
    perturb={
        "later states too": _look(mask=torch.ones(4, 4, dtype=torch.bool)),
        "the state before asks": _look("previous"),
        "weights sum to 1 over the queries": _look("queries"),
        "scores as weights": _look("unweighted"),
    },
)
def look_back(library) -> None:
    """h~_t = sum over j <= t of w_tj h_j, with w_tj a softmax over j <= t of a score of (h_t, h_j)."""
    found, states = array(library(SelfAttention(3, kind="bare"), STATES)), array(STATES)
    for b in range(2):
        for t in range(4):
            seen = states[b, : t + 1]
            w = softmax([states[b, t] @ h for h in seen])
            assert abs(sum(w) - 1) < 1e-12
            close(found[b, t], sum(w[j] * seen[j] for j in range(t + 1)))


@contract(
    "eq-bare",
    kind="code",
    library=lambda q, k: dot_product(q, k, k)[1],
    perturb={
        "scaled": lambda q, k: scaled_dot_product(q, k, k)[1],
        "cosines": lambda q, k: dot_product(q / q.norm(dim=-1, keepdim=True), k, k)[1],
        "distances": lambda q, k: (-torch.cdist(q, k)).softmax(-1),
    },
)
def bare(library) -> None:
    """s_tj = h_t . h_j."""
    each_pair(library(STATES, OTHERS), lambda q, k: sum(q[i] * k[i] for i in range(3)))


@contract(
    "eq-bilinear",
    kind="code",
    library=lambda q, k: bilinear(q, k, k, FORM)[1],
    perturb={
        "the matrix turned": lambda q, k: bilinear(q, k, k, FORM.T)[1],
        "the matrix on both sides": lambda q, k: dot_product(q @ FORM, k @ FORM, k)[1],
        "scaled": lambda q, k: bilinear(q, k, k, FORM / 3**0.5)[1],
    },
)
def bilinear_form(library) -> None:
    """s_tj = h_t . (W h_j)."""
    form = array(FORM)

    def score(q, k):
        return sum(q[i] * form[i, j] * k[j] for i in range(3) for j in range(3))

    each_pair(library(STATES, OTHERS), score)


@contract(
    "eq-two-maps",
    kind="identity",
    library=lambda q, k: bilinear(q, k, k, FORM.T @ OTHER_FORM)[1],
    perturb={
        "the second turned": lambda q, k: bilinear(q, k, k, FORM @ OTHER_FORM)[1],
        "the sum of both": lambda q, k: bilinear(q, k, k, FORM.T + OTHER_FORM)[1],
        "the other order": lambda q, k: bilinear(q, k, k, OTHER_FORM.T @ FORM)[1],
    },
)
def two_maps(library) -> None:
    """(W_q h_t) . (W_k h_j) = h_t . (W_q^T W_k) h_j: two maps are one matrix."""
    w_q, w_k = array(FORM), array(OTHER_FORM)
    each_pair(library(STATES, OTHERS), lambda q, k: (w_q @ q) @ (w_k @ k))


@contract(
    "eq-dot-variance",
    kind="montecarlo",
    library=lambda q, k: (q.unsqueeze(1) @ k.unsqueeze(2)).flatten(),
    perturb={
        "scaled": lambda q, k: (q * k).sum(-1) / q.shape[-1] ** 0.5,
        "a mean of products": lambda q, k: (q * k).mean(-1),
        "one product": lambda q, k: (q * k)[:, 0],
    },
)
def dot_variance(library) -> None:
    """Var(q . k) = d Var(q_i) Var(k_i) for independent entries of mean 0."""
    draw, n = torch.Generator().manual_seed(6), 40_000
    for d, sd_q, sd_k in ((4, 1.0, 1.0), (32, 1.0, 0.5), (16, 0.02, 0.02)):
        q, k = (torch.randn(n, d, generator=draw, dtype=torch.float64) * sd for sd in (sd_q, sd_k))
        scores = array(library(q, k))
        want = d * sd_q**2 * sd_k**2
        error = want * math.sqrt(
            (2 + 6 / d) / n
        )  # a product of normals has kurtosis 9, a sum of d: 3 + 6 / d
        assert abs(scores.var() - want) < 4 * error, (d, scores.var(), want)


@contract(
    "eq-scaled",
    kind="code",
    library=lambda q, k: scaled_dot_product(q, k, k)[1],
    perturb={
        "not scaled": lambda q, k: dot_product(q, k, k)[1],
        "divided by d": lambda q, k: dot_product(q / 3, k, k)[1],
        "by the root of the number of keys": lambda q, k: dot_product(q / 5**0.5, k, k)[1],
    },
)
def scaled(library) -> None:
    """s_tj = q_t . k_j / sqrt(d)."""
    each_pair(library(STATES, OTHERS), lambda q, k: q @ k / math.sqrt(3))


@contract(
    "eq-additive",
    kind="code",
    library=lambda layer, states: layer(states, TRIANGLE[None])[1][:, 0],
    perturb={
        "tanh around everything": lambda layer, states: masked_softmax(
            torch.tanh((layer.query(states).unsqueeze(2) + layer.key(states).unsqueeze(1)) @ layer.v),
            TRIANGLE,
        ),
        "no tanh": lambda layer, states: masked_softmax(
            (layer.query(states).unsqueeze(2) + layer.key(states).unsqueeze(1)) @ layer.v, TRIANGLE
        ),
        "query and key exchanged": lambda layer, states: additive(
            layer.key(states).flip(1), layer.query(states), states, layer.v, TRIANGLE
        )[1],
    },
)
def additive_score(library) -> None:
    """s_tj = u . tanh(W_q h_t + W_k h_j + b), b the sum of both biases."""
    layer = module(lambda: SelfAttention(3, kind="additive"))
    w_q, w_k, u = (array(x) for x in (layer.query.weight, layer.key.weight, layer.v))
    bias = array(layer.query.bias) + array(layer.key.bias)
    found, states = array(library(layer, STATES)), array(STATES)
    for b in range(2):
        for t in range(4):
            scores = [u @ np.tanh(w_q @ states[b, t] + w_k @ states[b, j] + bias) for j in range(t + 1)]
            close(found[b, t, : t + 1], softmax(scores))


@contract(
    "eq-temperature",
    kind="code",
    library=lambda scores, theta: masked_softmax(scores / theta, None),
    perturb={
        "multiplied": lambda scores, theta: masked_softmax(scores * theta, None),
        "after the softmax": lambda scores, theta: masked_softmax(scores, None) / theta,
        "its square": lambda scores, theta: masked_softmax(scores / theta**2, None),
    },
)
def temperature(library) -> None:
    """w_j = exp(s_j / theta) / sum over l of exp(s_l / theta)."""
    scores = numbers(55, 2, 4)
    for theta in (0.25, 1.0, 3.0):
        for b in range(2):
            odds = [math.exp(float(s) / theta) for s in scores[b]]
            close(array(library(scores, theta))[b], [odd / sum(odds) for odd in odds])


@contract(
    "eq-entropy",
    kind="definition",
    library=entropy,
    perturb={
        "base 2": lambda w: entropy(w) / math.log(2),
        "a mean over the keys": lambda w: entropy(w) / w.shape[-1],
        "NaN where a weight is 0": lambda w: -(w * w.log()).sum(-1),
    },
)
def entropy_of_weights(library) -> None:
    """entropy(w) = - sum over j of w_j log w_j, and n equal weights have log n."""
    weights = torch.tensor([[0.5, 0.25, 0.125, 0.125], [0.5, 0.5, 0.0, 0.0]], dtype=torch.float64)
    for row, value in zip(weights.tolist(), array(library(weights)), strict=True):
        close(value, -sum(w * math.log(w) for w in row if w))
    for n in (1, 3, 7):
        close(array(library(torch.full((n,), 1 / n, dtype=torch.float64))), math.log(n))


def _gradient(mix):
    """The derivative of ``mix(scores, states)`` (D,) by the scores: (T, D)."""

    def run(scores, states):
        return torch.autograd.functional.jacobian(lambda s: mix(s, states), scores).T

    return run


@contract(
    "eq-look-gradient",
    kind="identity",
    library=_gradient(lambda s, states: masked_softmax(s, None) @ states),
    perturb={
        "one weight alone": _gradient(lambda s, states: (masked_softmax(s, None).detach() * s) @ states),
        "temperature 2": _gradient(lambda s, states: masked_softmax(s / 2, None) @ states),
        "weights that need not sum to 1": _gradient(lambda s, states: s.sigmoid() @ states),
    },
)
def look_gradient(library) -> None:
    """The derivative of h~ by s_j is w_j (h_j - h~)."""
    scores, states = numbers(56, 5), numbers(57, 5, 3)
    w = softmax(array(scores))
    mixed = sum(w[j] * array(states)[j] for j in range(5))
    found = array(library(scores, states))
    for j in range(5):
        close(found[j], w[j] * (array(states)[j] - mixed))


ALLOWED = torch.tensor([[True, False, True, True], [False, True, False, False]])


@contract(
    "eq-masked-softmax",
    kind="code",
    library=masked_softmax,
    perturb={
        "True means blocked": lambda s, allowed: masked_softmax(s, ~allowed),
        "masked after the softmax": lambda s, allowed: s.softmax(-1) * allowed,
        "a score of 0": lambda s, allowed: s.masked_fill(~allowed, 0.0).softmax(-1),
        "minus 100": lambda s, allowed: s.masked_fill(~allowed, -100.0).softmax(-1),
        "masked twice, in 32 bits": lambda s, allowed: (
            (late := s.float().softmax(-1) * allowed) / late.sum(-1, keepdim=True).clamp(min=1e-30)
        ).double(),
    },
)
def masked(library) -> None:
    """w_j = m_j exp(s_j) / sum over l of m_l exp(s_l), also with low scores beside a hidden high one."""
    plain = numbers(58, 2, 4)
    low = plain - 120.0
    beside = plain.masked_fill(~ALLOWED, 400.0)
    for scores in (plain, low, beside):
        found = array(library(scores, ALLOWED))
        for b in range(2):
            top = max(float(s) for s, m in zip(scores[b], ALLOWED[b], strict=True) if m)
            odds = [
                math.exp(float(s) - top) if m else 0.0 for s, m in zip(scores[b], ALLOWED[b], strict=True)
            ]
            close(found[b], [odd / sum(odds) for odd in odds])
