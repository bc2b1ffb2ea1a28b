"""Answers as readers write them: a right one passes in any form, a wrong one is known in other words too."""

from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn.functional import one_hot, scaled_dot_product_attention

from seqrec_lib.evaluation import evaluate
from seqrec_lib.evaluation.protocols import Protocol, standings
from seqrec_lib.messages import message
from seqrec_lib.teaching.exercises import EXERCISES, check
from seqrec_lib.teaching.exercises.values import same


def head(states, w_q, w_k, w_v):
    return scaled_dot_product_attention(states @ w_q, states @ w_k, states @ w_v, is_causal=True)


def numpy_head(states, w_q, w_k, w_v):
    q, k, v = ((states @ w).numpy() for w in (w_q, w_k, w_v))
    scores = q @ k.swapaxes(1, 2) / np.sqrt(w_q.shape[1])
    odds = np.tril(np.exp(scores - scores.max(-1, keepdims=True)))
    return [list(row) for row in odds / odds.sum(-1, keepdims=True) @ v]


def carried(by_scores):
    """A gradient by the scores, carried on to the item vectors."""
    return lambda states, vectors, targets: by_scores(states @ vectors.T, targets).T @ states


def gradient(scores, targets):
    hidden = scores.clone()
    hidden[:, 0] = -torch.inf
    return (hidden.softmax(1) - one_hot(targets, scores.shape[1])) / len(targets)


def gradient_item_by_item(states, vectors, targets):
    """In NumPy, one row after the other."""
    x, e = states.double().numpy(), vectors.double().numpy()
    scores = x @ e[1:].T
    odds = np.exp(scores - scores.max(1, keepdims=True))
    p = odds / odds.sum(1, keepdims=True)
    rows = [np.zeros(x.shape[1])]
    for item in range(1, len(e)):
        push = p[:, item - 1] - (targets.numpy() == item)
        rows.append((push[:, None] * x).mean(0))
    return rows


def changes(sizes, prepare, count=sum):
    models, split, popularity = prepare()
    asked = [standings(one, split.test, popularity) for one in models.values()]

    def means(protocol):
        return [float(one.measure(protocol)["NDCG@10"].mean()) for one in asked]

    full, pairs = means(Protocol()), list(combinations(range(len(asked)), 2))
    drawn = [means(Protocol("uniform", n)) for n in sizes]
    return [count((x[a] - x[b]) * (full[a] - full[b]) < 0 for a, b in pairs) for x in drawn]


def changes_asking_again(sizes, prepare):
    """Every protocol asks the models anew."""
    models, split, popularity = prepare()

    def means(protocol):
        asked = [standings(one, split.test, popularity) for one in models.values()]
        return np.array([one.measure(protocol)["NDCG@10"].mean() for one in asked])

    full = np.subtract.outer(means(Protocol()), means(Protocol()))
    drawn = [means(Protocol("uniform", n)) for n in sizes]
    return [int((np.subtract.outer(x, x) * full < 0).sum() // 2) for x in drawn]


def changes_of_place(sizes, prepare):
    """By how many places the models move, all together."""
    models, split, popularity = prepare()
    asked = [standings(one, split.test, popularity) for one in models.values()]

    def places(protocol):
        values = [-float(one.measure(protocol)["NDCG@10"].mean()) for one in asked]
        return np.argsort(np.argsort(values))

    return [int(abs(places(Protocol("uniform", n)) - places(Protocol())).sum()) for n in sizes]


def moves(n, step, appended, positions):
    return [positions == "end" if appended else t >= step for t in range(1, n + 1)]


def slices(lengths, model, oracle, longest):
    """As pandas does it."""
    users = pd.DataFrame({"gap": (oracle - model).numpy(), "far": (lengths > longest).numpy()})
    by_side = users.groupby("far").gap.agg(["mean", "sem"])
    return by_side["mean"][False], by_side["mean"][True], np.hypot(*by_side["sem"])


def by_autograd(states, vectors, targets):
    own = vectors.clone().requires_grad_()
    torch.nn.functional.cross_entropy((states @ own.T)[:, 1:], targets - 1).backward()
    return own.grad


def by_autograd_switched_on(states, vectors, targets):
    with torch.enable_grad():
        return by_autograd(states, vectors, targets)


def finite_mask(states, w_q, w_k, w_v, low=-50.0):
    scores = (states @ w_q) @ (states @ w_k).mT / w_q.shape[1] ** 0.5
    later = torch.ones(scores.shape[1:], dtype=torch.bool).triu(1)
    return scores.masked_fill(later, low).softmax(-1) @ (states @ w_v)


def picked(kind):
    def answer(choices, seeds, train):
        return tuple(map(kind, EXERCISES["pick-on-validation"].reference(choices, seeds, train)))

    return answer


def chance(rank, rivals, n, k):
    ways = sum(comb(rank - 1, j) * comb(rivals - rank + 1, n - j) for j in range(k))
    return ways, comb(rivals, n)


RIGHT = [
    ("causal-head", lambda *inputs: list(head(*inputs))),
    ("causal-head", lambda *inputs: head(*inputs).tolist()),
    ("causal-head", numpy_head),
    ("loss-gradient", carried(gradient)),
    ("loss-gradient", lambda *inputs: tuple(carried(gradient)(*inputs))),
    ("loss-gradient", lambda *inputs: carried(gradient)(*inputs).tolist()),
    ("loss-gradient", gradient_item_by_item),
    ("causal-head", lambda *inputs: finite_mask(*inputs, low=-1e9)),
    ("states-that-move", moves),
    ("states-that-move", lambda *inputs: np.array(moves(*inputs))),
    ("states-that-move", lambda *inputs: torch.tensor(moves(*inputs)).long()),
    ("gap-by-length", slices),
    ("gap-by-length", lambda *inputs: list(slices(*inputs))),
    ("gap-by-length", lambda *inputs: torch.tensor(slices(*inputs))),
    ("gap-by-length", lambda *inputs: tuple(map(np.array, slices(*inputs)))),
    ("pick-on-validation", picked(torch.tensor)),
    ("pick-on-validation", picked(np.array)),
    ("order-changes", changes),
    ("sampled-hit-rate", lambda *inputs: np.divide(*chance(*inputs))),
]


@pytest.mark.parametrize(("name", "answer"), RIGHT, ids=[f"{i}-{name}" for i, (name, _) in enumerate(RIGHT)])
def test_a_right_answer_passes_in_any_form(name, answer):
    result = check(name, answer)
    assert result.passed, result.message


def upside_down(states, w_q, w_k, w_v, low=-torch.inf):
    scores = (states @ w_q) @ (states @ w_k).mT / w_q.shape[1] ** 0.5
    steps = scores.shape[1]
    scores[:, torch.tril(torch.ones(steps, steps)) == 1] = low
    return scores.softmax(-1) @ (states @ w_v)


def padding_column_emptied(scores, targets):
    g = (scores.softmax(1) - one_hot(targets, scores.shape[1])) / len(targets)
    g[:, 0] = 0
    return g


def less_the_largest(scores, targets):
    odds = torch.exp(scores - scores.amax(1, keepdim=True))
    p = odds[:, 1:] / odds[:, 1:].sum(1, keepdim=True)
    return (torch.nn.functional.pad(p, (1, 0)) - one_hot(targets, scores.shape[1])) / len(targets)


def first_seed_only(choices, seeds, train):
    runs = [train(choice, seeds[0]) for choice in choices]
    values = [evaluate(model, split.validation, (10,))["NDCG@10"] for model, split in runs]
    model, split = runs[int(np.argmax(values))]
    return int(np.argmax(values)), evaluate(model, split.test, (10,))["NDCG@10"]


def percentiles(values, users, drawn):
    means = [np.concatenate([values[users == user] for user in row]).mean() for row in drawn]
    return np.percentile(means, [0.025, 0.975])


WRONG = [
    ("bootstrap-over-users", "percentile-for-quantile", percentiles),
    ("causal-head", "mask-upside-down", upside_down),
    ("causal-head", "mask-upside-down", lambda *inputs: upside_down(*inputs, -1e9)),
    ("loss-gradient", "padding-in-the-sum", carried(padding_column_emptied)),
    ("loss-gradient", "shifted-by-padding", carried(less_the_largest)),
    ("order-changes", "asked-again", changes_asking_again),
    ("pick-on-validation", "one-seed-chooses", first_seed_only),
    (
        "states-that-move",
        "itself-left-out",
        lambda n, s, a, p: [p == "end" if a else t > s - 1 for t in range(n)],
    ),
    ("sampled-hit-rate", "whole-numbers", lambda *inputs: np.floor_divide(*chance(*inputs))),
]


@pytest.mark.parametrize(
    ("name", "mistake", "answer"), WRONG, ids=[f"{i}-{mistake}" for i, (_, mistake, _) in enumerate(WRONG)]
)
def test_a_wrong_answer_is_known_in_other_words(name, mistake, answer):
    result = check(name, answer)
    (hint,) = [mutant.hint for mutant in EXERCISES[name].mutants if mutant.name == mistake]
    assert result.mistake == mistake and result.message == message(hint)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("sampled-hit-rate", lambda rank, rivals, n, k: 0.0),
        ("order-changes", lambda *inputs: changes(*inputs, count=any)),
        ("order-changes", changes_of_place),
    ],
    ids=["always-0", "any-change", "moves"],
)
def test_no_other_mistake_is_named_for_one_that_nobody_foresaw(name, answer):
    result = check(name, answer)
    assert not result.passed and result.mistake in ("value", "constant"), result.message


@pytest.mark.parametrize("name", ["causal-head", "loss-gradient", "states-that-move"])
@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([[1, 2], [3]], "2 parts: (2,), (1,)"),
        ([[[1, 2], [3]], [[1, 2], [3]]], "2 parts: 2 parts"),
        ([["a", "b"], ["c", "d"]], "2 parts: 2 parts: str, str"),
        ([[1, 2], None], "2 parts: (2,), None"),
        ([], "0 parts"),
        ("rows", "str"),
    ],
)
def test_rows_of_nonsense_are_called_what_they_are(name, value, words):
    result = check(name, lambda *inputs: value)
    assert result.mistake == "type" and f"it returns {words}" in result.message, result.message


@pytest.mark.parametrize("answer", [by_autograd, by_autograd_switched_on])
def test_a_gradient_by_autograd_is_turned_down_in_words(answer):
    result = check("loss-gradient", answer)
    assert result.mistake == "error" and "autograd is switched off here" in result.message


def test_another_error_in_a_gradient_names_the_readers_own_line():
    result = check("loss-gradient", lambda states, vectors, targets: states @ states)
    assert "“result = check" in result.message and "cannot be multiplied" in result.message


def test_a_finite_mask_fails_where_real_scores_are_lower():
    assert not check("causal-head", finite_mask).passed


def test_the_message_for_one_head_shows_shapes_not_pages_of_digits():
    text = check("causal-head", lambda states, w_q, w_k, w_v: states @ w_q).message
    assert "states = (1, 5, 4) float32 on cpu" in text and len(text) < 400


def test_a_small_difference_is_forgiven_where_the_right_value_is_zero():
    zero, nearly = np.zeros(2), np.full(2, 1e-9)
    assert same(zero, nearly, rtol=0.0, atol=1e-6) and not same(zero, nearly, rtol=0.0, atol=1e-12)
