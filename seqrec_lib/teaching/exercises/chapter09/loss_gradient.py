"""The gradient of full cross-entropy by the item vectors: one step beyond that by the scores."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..by_hand import by_hand
from ..exercise import Exercise, Mutant, Probe


def _target(scores: Tensor, targets: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(targets, scores.shape[1]).to(scores.dtype)  # (N, V+1)


def _p(scores: Tensor, axis: int = 1) -> Tensor:
    items = scores[:, 1:].softmax(axis)
    return torch.cat([torch.zeros_like(scores[:, :1]), items], 1)


def by_scores(scores: Tensor, targets: Tensor) -> Tensor:
    """scores: (N, V+1), targets: (N,) int64, 1 to V. Returns (N, V+1)."""
    return (_p(scores) - _target(scores, targets)) / len(targets)


def item_gradient(states: Tensor, vectors: Tensor, targets: Tensor) -> Tensor:
    """states: (N, D), vectors: (V+1, D), targets: (N,) int64, 1 to V. Returns (V+1, D)."""
    return by_scores(states @ vectors.T, targets).T @ states


def _carried(gradient: Callable) -> Callable:
    """``gradient`` by the scores, carried on to the item vectors."""
    return lambda states, vectors, targets: gradient(states @ vectors.T, targets).T @ states


def stops_at_the_scores(states, vectors, targets):
    return by_scores(states @ vectors.T, targets)


def by_states(states, vectors, targets):
    return by_scores(states @ vectors.T, targets) @ vectors


def transposed(states, vectors, targets):
    return item_gradient(states, vectors, targets).T


def rows_of_targets(states, vectors, targets):
    """Only the rows of items that are a target move."""
    hit = torch.zeros(len(vectors), 1).index_fill(0, targets, 1.0)
    return item_gradient(states, vectors, targets) * hit


def overwritten(states, vectors, targets):
    """Steps with one target overwrite each other's share of its row."""
    g = _p(states @ vectors.T).T @ states
    for n, target in enumerate(targets.tolist()):
        g[target] = (_p(states @ vectors.T)[:, target, None] * states).sum(0) - states[n]
    return g / len(targets)


def a_sum(scores, targets):
    return _p(scores) - _target(scores, targets)


def mean_over_everything(scores, targets):
    return by_scores(scores, targets) / (scores.shape[1] - 1)


def uphill(scores, targets):
    return -by_scores(scores, targets)


def no_target(scores, targets):
    return _p(scores) / len(targets)


def target_only(scores, targets):
    return (_p(scores) - 1) * _target(scores, targets) / len(targets)


def sigmoid(scores, targets):
    p = scores.sigmoid()
    p[:, 0] = 0
    return (p - _target(scores, targets)) / len(targets)


def padding_competes(scores, targets):
    return (scores.softmax(1) - _target(scores, targets)) / len(targets)


def padding_in_the_sum(scores, targets):
    p = scores.softmax(1)
    p[:, 0] = 0
    return (p - _target(scores, targets)) / len(targets)


def padding_scores_zero(scores, targets):
    s = scores.clone()
    s[:, 0] = 0
    return padding_in_the_sum(s, targets)


def shifted_by_padding(scores, targets):
    odds = (scores - scores.max(1, keepdim=True).values).exp()
    odds[:, 0] = 0
    return (odds / odds.sum(1, keepdim=True) - _target(scores, targets)) / len(targets)


def shifted_then_cut(scores, targets):
    odds = (scores - scores.max(1, keepdim=True).values).exp()[:, 1:]
    p = torch.nn.functional.pad(odds / odds.sum(1, keepdim=True), (1, 0))
    return (p - _target(scores, targets)) / len(targets)


def one_item_off(scores, targets):
    return (_p(scores) - _target(scores, targets - 1)) / len(targets)


def over_the_batch(scores, targets):
    return (_p(scores, 0) - _target(scores, targets)) / len(targets)


def raw_exponentials(scores, targets):
    odds = scores.exp()
    odds[:, 0] = 0
    return (odds / odds.sum(1, keepdim=True) - _target(scores, targets)) / len(targets)


def scores_for_probabilities(scores, targets):
    s = scores.clone()
    s[:, 0] = 0
    return (s - _target(scores, targets)) / len(targets)


def log_probabilities(scores, targets):
    logp = torch.cat([torch.zeros_like(scores[:, :1]), scores[:, 1:].log_softmax(1)], 1)
    return (logp - _target(scores, targets)) / len(targets)


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(2)

    def case(
        about: str, targets: list[int], v: int, d: int, size: float = 1.0, padding: float = 0.0
    ) -> Probe:
        states = torch.randn(len(targets), d, generator=generator) * size
        vectors = torch.randn(v + 1, d, generator=generator) * size
        vectors[0] = padding * states.mean(0)  # padding scores high where the states point
        return Probe(about, (states, vectors, torch.tensor(targets)))

    return [
        case("two steps, three items", [3, 1], 3, 2),
        case("one step", [3], 4, 3),
        case("four steps, two of them with one target", [1, 5, 2, 2], 5, 3),
        case("something stands in the row of padding", [2, 3, 1], 3, 4, padding=2.0),
        case("huge scores", [2, 1, 4, 1, 3], 4, 3, size=25.0),
        case("padding scores hugely", [2, 1], 3, 4, size=12.0, padding=9.0),
    ]


EXERCISE = Exercise(
    name="loss-gradient",
    reference=item_gradient,
    probes=_probes,
    prepare=by_hand,
    mutants=(
        Mutant(
            "stops-at-the-scores",
            "This is the gradient by the scores. How does a score depend on an item's vector?",
            stops_at_the_scores,
        ),
        Mutant(
            "by-the-states", "This is the gradient by the states. The item vectors are asked for.", by_states
        ),
        Mutant("transposed", "Rows and columns have changed places: one row for each item.", transposed),
        Mutant(
            "targets-alone",
            "Only the vectors of targets move here. Every item's score is pushed down, so every vector "
            "moves.",
            rows_of_targets,
        ),
        Mutant(
            "overwritten",
            "Where two steps have one target, only the last of them pushes its vector up. g[targets] -= … "
            "takes a number that comes twice once.",
            overwritten,
        ),
        Mutant("a-sum", "This is the gradient of the sum over steps. The loss is a mean.", _carried(a_sum)),
        Mutant(
            "mean-over-everything",
            "It is divided by the number of items too. The loss is a mean over steps alone.",
            _carried(mean_over_everything),
        ),
        Mutant(
            "uphill",
            "The sign is wrong: stepping against this gradient would push the target's score down.",
            _carried(uphill),
        ),
        Mutant(
            "no-target", "The target plays no part here. Its score must be pushed up.", _carried(no_target)
        ),
        Mutant(
            "target-only",
            "Only the target of each step gets a gradient. Every other item's score must be pushed down too.",
            _carried(target_only),
        ),
        Mutant(
            "sigmoid",
            "A sigmoid treats each item alone. In full cross-entropy items compete: their shares sum to 1.",
            _carried(sigmoid),
        ),
        Mutant(
            "padding-competes",
            "Padding takes part in the softmax and gets a gradient. It is no item.",
            _carried(padding_competes),
        ),
        Mutant(
            "padding-in-the-sum",
            "Padding's row is 0, but its score still stands in the sum of the softmax: over all items the "
            "pushes of a step must sum to 0.",
            _carried(padding_in_the_sum),
            _carried(padding_scores_zero),
        ),
        Mutant(
            "shifted-by-padding",
            "The largest score that is subtracted may be padding's: then every item's exp is 0. Take the "
            "largest of the items.",
            _carried(shifted_by_padding),
            _carried(shifted_then_cut),
        ),
        Mutant(
            "one-item-off", "The target's row is one too low. Item i stands in row i.", _carried(one_item_off)
        ),
        Mutant(
            "over-the-batch",
            "The softmax runs over the steps. It runs over the items of one step.",
            _carried(over_the_batch),
        ),
        Mutant(
            "raw-exponentials",
            "exp of a large score overflows. Subtract the row's largest score first, or use softmax.",
            _carried(raw_exponentials),
        ),
        Mutant(
            "scores-for-probabilities",
            "Scores are no probabilities: the softmax is missing.",
            _carried(scores_for_probabilities),
        ),
        Mutant(
            "log-probabilities",
            "These are log-probabilities. The gradient holds the probabilities.",
            _carried(log_probabilities),
        ),
    ),
    hints=(
        "Take one step and one item: how does the loss change with that item's score, and the score with "
        "each number of its vector?",
        "Every step pushes every item's vector along its own state. By how much, and how do the pushes of "
        "all steps come together in one product?",
    ),
)
