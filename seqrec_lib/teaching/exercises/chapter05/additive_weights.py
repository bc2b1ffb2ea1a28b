"""The weights of additive attention, where queries and keys differ in number and in width."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _weights(
    query: Tensor, key: Tensor, w_q: Tensor, w_k: Tensor, v: Tensor, score: Callable, axis: int = -1
) -> Tensor:
    """A softmax of ``score(q, k, v)``, where q is (B, T, 1, d) and k (B, 1, S, d)."""
    q, k = (query @ w_q).unsqueeze(2), (key @ w_k).unsqueeze(1)
    return score(q, k, v).softmax(axis)


def _additive(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.tanh(q + k) @ v


def additive_weights(query: Tensor, key: Tensor, w_q: Tensor, w_k: Tensor, v: Tensor) -> Tensor:
    """query: (B, T, D), key: (B, S, E), w_q: (D, d), w_k: (E, d), v: (d,). Returns (B, T, S)."""
    return _weights(query, key, w_q, w_k, v, _additive)


def _known(score: Callable, axis: int = -1) -> Callable:
    return lambda query, key, w_q, w_k, v: _weights(query, key, w_q, w_k, v, score, axis)


def turned(query, key, w_q, w_k, v):
    return additive_weights(query, key, w_q, w_k, v).transpose(1, 2)


def softmax_over_features(query, key, w_q, w_k, v):
    return torch.tanh((query @ w_q).unsqueeze(2) + (key @ w_k).unsqueeze(1)).softmax(-1) @ v


def scores_alone(query, key, w_q, w_k, v):
    return _additive((query @ w_q).unsqueeze(2), (key @ w_k).unsqueeze(1), v)


def _probes() -> list[Probe]:
    draw = torch.Generator().manual_seed(55)

    def case(about: str, b: int, t: int, s: int, dim: int, other: int, d: int, size: float = 1.0) -> Probe:
        shapes = ((b, t, dim), (b, s, other), (dim, d), (other, d), (d,))
        return Probe(about, tuple(torch.randn(shape, generator=draw) * size for shape in shapes))

    return [
        case("one query, three keys", 1, 1, 3, 2, 2, 2),
        case("more keys than queries", 2, 3, 5, 4, 6, 7),
        case("more queries than keys", 3, 4, 2, 5, 3, 6),
        case("as many rows as queries and as keys", 4, 4, 4, 3, 5, 2),
        case("large states, where tanh is flat", 2, 3, 4, 6, 2, 5, 3.0),
    ]


EXERCISE = Exercise(
    name="additive-weights",
    reference=additive_weights,
    probes=_probes,
    mutants=(
        Mutant(
            "tanh-around-everything",
            "v stands inside the tanh here, so no score leaves −1 to 1. First tanh for each feature, then v.",
            _known(lambda q, k, v: torch.tanh((q + k) @ v)),
        ),
        Mutant(
            "softmax-over-queries",
            "The softmax runs over the queries. For each query, the weights of the keys must sum to 1.",
            _known(_additive, axis=1),
        ),
        Mutant(
            "softmax-over-rows",
            "The softmax runs over the rows of the batch, so one user's weights depend on another's.",
            _known(_additive, axis=0),
        ),
        Mutant(
            "softmax-over-features",
            "The softmax runs over the d features. It belongs after v has turned them into one score.",
            softmax_over_features,
        ),
        Mutant(
            "tanh-of-each",
            "tanh(q) + tanh(k) lets q add the same to all keys, and the softmax takes it out again. The "
            "sum comes "
            "first.",
            _known(lambda q, k, v: (torch.tanh(q) + torch.tanh(k)) @ v),
        ),
        Mutant(
            "no-tanh",
            "Without tanh the query adds the same number to all keys, and the weights do not depend on it.",
            _known(lambda q, k, v: (q + k) @ v),
        ),
        Mutant(
            "product",
            "Query and key are multiplied. In this form they are added.",
            _known(lambda q, k, v: torch.tanh(q * k) @ v),
            _known(lambda q, k, v: (q * k) @ v),
        ),
        Mutant(
            "scaled",
            "The score is divided by √d. tanh keeps each feature within −1 to 1, and this form has no "
            "such scale.",
            _known(lambda q, k, v: _additive(q, k, v) / len(v) ** 0.5),
        ),
        Mutant(
            "turned",
            "The weights are (B, S, T). Row t must hold the weights of query t.",
            turned,
        ),
        Mutant("scores-alone", "These are the scores. A softmax makes weights of them.", scores_alone),
    ),
    hints=(
        "Write down the shape after each line: which axis belongs to queries, which to keys, which to "
        "features?",
        "Every query meets every key. Which shape must the sum have, and in which axis has each of the two "
        "a 1?",
    ),
)
