"""Contracts of chapter 14: games over events, gradients along a path, and what seeing and setting tell.

The transcriptions are loops over NumPy numbers in double precision; they share small functions with the
other contracts and none with the library.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import torch
from contracts_model import array, numbers
from equation_contracts import contract

from seqrec_lib.data import Batch, simulate
from seqrec_lib.data.worlds import oracle_do
from seqrec_lib.explain import (
    Change,
    Game,
    events_weighted,
    exact_shapley,
    interactions,
    kendall_tau,
    occlusion,
    one_row,
    shapley,
    smallest_set,
)
from seqrec_lib.explain.gradients import gradient_times_input, integrated_gradients, item_vectors, slopes
from seqrec_lib.explain.weights import rollout
from seqrec_lib.models import build, recipe_settings

T, V, ITEM = 4, 11, 6
HISTORY = one_row([3, 7, 1, 9])
EVERY = torch.tensor([[bool(n >> j & 1) for j in range(T)] for n in range(2**T)])


def small(name: str = "lstm-attention", **changes):
    torch.manual_seed(3)
    model = build(recipe_settings(name, V, dim=8, max_len=9, **changes)).double().eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight += 0.3 * torch.randn_like(weight)
        model.embedding.weight[0] = 0.0
    return model


MODEL = small()
GAME = Game(MODEL, HISTORY, ITEM, draws=2)


class Table:
    """A game given by its table: ``values[n]`` is v of the events whose bits n has."""

    def __init__(self, values):
        self.values, self.events = torch.as_tensor(values, dtype=torch.float64), T

    def __call__(self, keep):
        return self.values[(keep * 2 ** torch.arange(T)).sum(1)]


def close(mine, theirs, rtol=1e-9) -> None:
    np.testing.assert_allclose(np.asarray(mine), np.asarray(theirs), rtol=rtol, atol=1e-9)


def log_p(scores, item):
    """log of the softmax over the items, column 0 left out."""
    real = scores[1:]
    return real[item - 1] - (real.max() + math.log(np.exp(real - real.max()).sum()))


@contract(
    "eq-value",
    kind="code",
    library=lambda game, keep: game(keep),
    perturb={
        "what is kept is replaced": lambda game, keep: game(~keep),
        "the probability itself": lambda game, keep: game(keep).exp(),
        "the first draw alone": lambda game, keep: Game(MODEL, HISTORY, ITEM, draws=1)(keep),
        "events deleted": lambda game, keep: torch.cat(
            [Game(MODEL, HISTORY, ITEM, absent="delete")(k[None]) if k.any() else game(k[None]) for k in keep]
        ),
    },
)  # fmt: skip
def value(library) -> None:
    """v(S): mean over the draws of log p(i | the history with other items outside S)."""
    found = array(library(GAME, EVERY))
    for n, keep in enumerate(EVERY.tolist()):
        logs = []
        for other in GAME.filler.tolist():
            mixed = [x if k else y for x, y, k in zip(HISTORY.items[0].tolist(), other, keep, strict=True)]
            logs.append(log_p(array(MODEL.score(one_row(mixed)))[0], ITEM))
        close(found[n], np.mean(logs))


@contract(
    "eq-occlusion",
    kind="code",
    library=occlusion,
    perturb={
        "one event against none": lambda g: g(torch.eye(T, dtype=torch.bool)) - g.empty(),
        "the sign turned": lambda g: -occlusion(g),
    },
)
def one_taken_away(library) -> None:
    """phi_j = v(all) - v(all but j)."""
    found = array(library(GAME))
    for j in range(T):
        keep = torch.ones(1, T, dtype=torch.bool)
        whole = float(GAME(keep)[0])
        keep[0, j] = False
        close(found[j], whole - float(GAME(keep)[0]))


def _value_at(vectors):
    return float(slopes(MODEL, HISTORY, vectors[None], ITEM)[1][0])


@contract(
    "eq-gradient-input",
    kind="code",
    library=lambda: gradient_times_input(MODEL, HISTORY, ITEM),
    perturb={
        "the gradient alone": lambda: slopes(MODEL, HISTORY, item_vectors(MODEL, HISTORY), ITEM)[0][0].sum(1),
        "its length": lambda: slopes(MODEL, HISTORY, item_vectors(MODEL, HISTORY), ITEM)[0][0].norm(dim=1),
    },
)
def slope_times_vector(library) -> None:
    """The dot product of an event's vector with the gradient of log p there, by finite differences."""
    vectors, found = item_vectors(MODEL, HISTORY)[0], array(library())
    for j in range(T):
        step = torch.zeros_like(vectors)
        step[j] = 1e-5 * vectors[j]
        close(found[j], (_value_at(vectors + step) - _value_at(vectors - step)) / 2e-5, rtol=1e-4)


def _path(points, mean_of, times_distance=True):
    def run():
        vectors = item_vectors(MODEL, HISTORY)
        shares = mean_of(points)
        slope = torch.cat([slopes(MODEL, HISTORY, a * vectors, ITEM)[0] for a in shares]).mean(0)
        return (slope * vectors[0] if times_distance else slope).sum(1)

    return run


@contract(
    "eq-integrated",
    kind="code",
    library=lambda: integrated_gradients(MODEL, HISTORY, ITEM, points=400),
    perturb={
        "the right end alone": lambda: gradient_times_input(MODEL, HISTORY, ITEM),
        "the left end alone": _path(1, lambda n: [0.0]),
        "the distance left out": _path(50, lambda n: [(k + 0.5) / n for k in range(n)], times_distance=False),
        "another starting point": lambda: integrated_gradients(MODEL, HISTORY, ITEM, 400, "mean"),
    },
)
def along_the_path(library) -> None:
    """(x_j - x'_j) . integral of d log p / d x_j along x' + a (x - x'), by a fine trapezium rule from 0."""
    vectors, found = item_vectors(MODEL, HISTORY)[0], array(library())
    places = np.linspace(0, 1, 801)
    slope = np.stack([array(slopes(MODEL, HISTORY, a * vectors[None], ITEM)[0][0]) for a in places])
    integral = (slope[1:] + slope[:-1]).sum(0) / 2 / 800
    for j in range(T):
        close(found[j], integral[j] @ array(vectors)[j], rtol=2e-2)


@contract(
    "eq-integrated-sum",
    kind="identity",
    library=lambda: integrated_gradients(MODEL, HISTORY, ITEM, points=400),
    perturb={
        "gradient times input": lambda: gradient_times_input(MODEL, HISTORY, ITEM),
        "occlusion": lambda: occlusion(GAME),
    },
)
def path_adds_up(library) -> None:
    """The shares sum to log p at x less log p at x'."""
    vectors = item_vectors(MODEL, HISTORY)[0]
    close(array(library()).sum(), _value_at(vectors) - _value_at(0 * vectors), rtol=1e-3)


BLOCKS = small("sasrec", layers=3, heads=2, dropout=0.0)


def _layers(keep=lambda a: (a + torch.eye(T)) / 2, order=lambda each: each):
    def run():
        flow = torch.eye(T, dtype=torch.float64)
        for layer in order(range(3)):
            flow = keep(BLOCKS.attention_weights(HISTORY, layer)[0].mean(0).detach()) @ flow
        return flow[-1]

    return run


@contract(
    "eq-rollout",
    kind="code",
    library=lambda: rollout(BLOCKS, HISTORY)[0],
    perturb={
        "no residual": _layers(keep=lambda a: a),
        "not halved": _layers(keep=lambda a: a + torch.eye(T)),
        "layers in reverse": _layers(order=reversed),
        "the last layer alone": _layers(order=lambda each: list(each)[-1:]),
    },
)
def followed_down(library) -> None:
    """R = prod over layers of (A + I) / 2, the last layer to the left; its last row is read."""
    flow = np.eye(T)
    for layer in range(3):
        heads = array(BLOCKS.attention_weights(HISTORY, layer))[0]
        half = np.array([[(heads[:, t, j].mean() + (t == j)) / 2 for j in range(T)] for t in range(T)])
        flow = half @ flow
    close(array(library()), flow[-1], rtol=1e-6)


def _by_sets(weight):
    def run(game):
        values = game(EVERY)
        found = torch.zeros(T, dtype=torch.float64)
        for j in range(T):
            for n in range(2**T):
                if not n >> j & 1:
                    found[j] += weight(bin(n).count("1")) * (values[n | 1 << j] - values[n])
        return found

    return run


def shapley_weight(s: int) -> float:
    return math.factorial(s) * math.factorial(T - s - 1) / math.factorial(T)


@contract(
    "eq-shapley",
    kind="code",
    library=exact_shapley,
    perturb={
        "all sets alike": _by_sets(lambda s: 1 / 2 ** (T - 1)),
        "the last to join alone": occlusion,
        "the first to join alone": lambda g: g(torch.eye(T, dtype=torch.bool)) - g.empty(),
        "divided once more": _by_sets(lambda s: shapley_weight(s) / T),
    },
)
def over_all_sets(library) -> None:
    """phi_j = sum over S without j of |S|! (n - |S| - 1)! / n! times (v(S with j) - v(S))."""
    found = array(library(GAME))
    others = {j: [k for k in range(T) if k != j] for j in range(T)}
    for j in range(T):
        total = 0.0
        for size in range(T):
            for chosen in itertools.combinations(others[j], size):
                keep = torch.zeros(2, T, dtype=torch.bool)
                keep[:, list(chosen)] = True
                keep[1, j] = True
                without, joined = GAME(keep).tolist()
                total += shapley_weight(size) * (joined - without)
        close(found[j], total)


@contract(
    "eq-orders",
    kind="identity",
    library=exact_shapley,
    perturb={
        "occlusion": occlusion,
        "two orders": lambda g: shapley(g, 2),
        "all sets alike": _by_sets(lambda s: 1 / 2 ** (T - 1)),
    },
)
def over_all_orders(library) -> None:
    """The mean over all orders of what v rises by as j joins those before it."""
    total = np.zeros(T)
    for order in itertools.permutations(range(T)):
        keep = torch.zeros(T + 1, T, dtype=torch.bool)
        for place, j in enumerate(order):
            keep[place + 1 :, j] = True
        rises = np.diff(array(GAME(keep)))
        for place, j in enumerate(order):
            total[j] += rises[place]
    close(array(library(GAME)), total / math.factorial(T))


OR = Table([float(n & 3 > 0) + 0.5 * (n >> 2 & 1) for n in range(2**T)])  # 0 or 1; half of 2; 3 does nothing


@contract(
    "eq-efficiency",
    kind="identity",
    library=lambda g: shapley(g, 3),
    perturb={"occlusion": occlusion, "divided once more": lambda g: shapley(g, 3) / T},
)
def efficiency(library) -> None:
    """The shares sum to v(all) - v(none), also over a few orders."""
    for game in (GAME, OR):
        close(array(library(game)).sum(), float(game(EVERY[-1:])[0] - game(EVERY[:1])[0]))


@contract(
    "eq-symmetry",
    kind="identity",
    library=exact_shapley,
    perturb={
        "one order": lambda g: shapley(g, 1, seed=1),
        "the older one takes all": lambda g: exact_shapley(g) * torch.tensor([2, 0, 1, 1]),
    },
)
def symmetry(library) -> None:
    """Events that may change places in every set have the same share."""
    found = array(library(OR))
    close(found[0], found[1])


@contract(
    "eq-null-event",
    kind="identity",
    library=exact_shapley,
    perturb={"a softmax over the shares": lambda g: exact_shapley(g).softmax(0)},
)
def null_event(library) -> None:
    """An event that changes no set has no share."""
    close(array(library(OR))[3], 0.0)


@contract(
    "eq-sum-of-games",
    kind="identity",
    library=exact_shapley,
    perturb={
        "shares of 1": lambda g: exact_shapley(g) / exact_shapley(g).sum(),
        "only what speaks for it": lambda g: exact_shapley(g).clamp(min=0),
    },
)
def additive(library) -> None:
    """The shares of a sum of games are the sums of their shares."""
    other = Table(array(numbers(140, 2**T)))
    both = Table(array(OR.values + 2 * other.values))
    close(array(library(both)), array(library(OR)) + 2 * array(library(other)))


@contract(
    "eq-interaction",
    kind="code",
    library=interactions,
    perturb={
        "the sign turned": lambda g: -interactions(g),
        "from the empty set": lambda g: interactions(Table(g.values.flip(0))) + 0.1,
        "the product of shares": lambda g: torch.outer(occlusion(g), occlusion(g)),
    },
)
def second_difference(library) -> None:
    """I_jk = v(all) - v(without j) - v(without k) + v(without both)."""
    other = Table(array(numbers(141, 2**T)))
    found, v, full = array(library(other)), array(other.values), 2**T - 1
    for j in range(T):
        for k in range(T):
            if j != k:
                without = full ^ (1 << j) ^ (1 << k)
                close(found[j, k], v[full] - v[full ^ (1 << j)] - v[full ^ (1 << k)] + v[without])


def _pairs(one, other):
    return [
        (np.sign(one[i] - one[j]), np.sign(other[i] - other[j]))
        for i, j in itertools.combinations(range(len(one)), 2)
    ]


@contract(
    "eq-tau",
    kind="code",
    library=kendall_tau,
    perturb={
        "ties count": lambda a, b: float(np.mean([x * y for x, y in _pairs(array(a), array(b))])),
        "Pearson's": lambda a, b: float(torch.corrcoef(torch.stack([a, b]))[0, 1]),
    },
)
def agreement(library) -> None:
    """Pairs in the same order less pairs turned round, over the root of both numbers of untied pairs."""
    one = torch.tensor([0.3, 0.3, -0.2, 0.9, 0.0])
    other = torch.tensor([0.1, 0.2, -0.5, 0.1, 0.15])
    signs = _pairs(array(one), array(other))
    untied = [sum(pair[side] != 0 for pair in signs) for side in (0, 1)]
    close(library(one, other), sum(x * y for x, y in signs) / math.sqrt(untied[0] * untied[1]), rtol=1e-6)


WORLD = simulate("video", users=1, series=1, parts=3, films=1, categories=2, types=3, min_length=4,
                 max_length=4, entry=2.0, lag_kernel=((2, 1.0), (3, 0.6)))  # fmt: skip
SEEN = Batch(torch.tensor([[2, 5, 1]]), torch.tensor([3]))
SET = torch.tensor([[2, 4, 1]])


def _told(history):
    """p(type | history) and, by type, p(item | history): walks of the oracle of a world of one type each."""
    from seqrec_lib.data.worlds.oracle import beliefs

    prior, by_type = array(WORLD.tables.prior), None
    width = len(history)
    likelihood = np.ones(len(prior))
    items = torch.tensor([history])
    zeros = torch.zeros(1, width).double()
    walk = beliefs(WORLD.settings, WORLD.tables, items, zeros, zeros[:, 0], torch.tensor([width]))
    for step, _, belief in walk:
        common, taste = array(belief.view.common)[0], array(WORLD.tables.taste) * array(belief.view.lean)[0]
        by_type = (common + taste) / (common + taste).sum(1, keepdims=True)  # (Z, V+1)
        if step < width:
            likelihood = likelihood * by_type[:, history[step]]
    return prior * likelihood / (prior * likelihood).sum(), by_type


@contract(
    "eq-see",
    kind="code",
    library=lambda: WORLD.oracle(SET, None, SEEN.lengths, None),
    perturb={
        "setting in place of seeing": lambda: oracle_do(WORLD, SEEN, SET),
        "the history unchanged": lambda: WORLD.oracle(SEEN.items, None, SEEN.lengths, None),
    },
)
def seeing(library) -> None:
    """p(i | h') = sum over z of p(z | h') p(i | h', z)."""
    types, by_type = _told(SET[0].tolist())
    close(array(library())[0], types @ by_type)


@contract(
    "eq-do",
    kind="code",
    library=lambda: oracle_do(WORLD, SEEN, SET),
    perturb={
        "seeing in place of setting": lambda: WORLD.oracle(SET, None, SEEN.lengths, None),
        "the other events tell": lambda: oracle_do(WORLD, SEEN, SET, "kept"),
        "the history unchanged": lambda: WORLD.oracle(SEEN.items, None, SEEN.lengths, None),
    },
)
def setting(library) -> None:
    """p(i | do(h'), h) = sum over z of p(z | h) p(i | h', z)."""
    (types, _), (_, by_type) = _told(SEEN.items[0].tolist()), _told(SET[0].tolist())
    close(array(library())[0], types @ by_type)


@contract(
    "eq-smallest-set",
    kind="definition",
    library=lambda change: smallest_set(change, T),
    perturb={
        "all but the last": lambda change: type("Found", (), {"events": tuple(range(T - 1))}),
        "the last event": lambda change: type("Found", (), {"events": (T - 1,)}),
    },
)
def smallest(library) -> None:
    """The fewest events without which another item stands first, over all sets."""
    sizes = []
    for seed in range(6):
        torch.manual_seed(seed)
        change = Change(build(recipe_settings("sasrec", V, dim=8, max_len=9)).double().eval(), HISTORY)
        moved = [
            T - int(keep.sum()) for keep in EVERY[1:] if int(change.firsts(keep[None])[0][0]) != change.before
        ]
        found = library(change)
        if moved:
            sizes.append(min(moved))
            keep = torch.ones(T, dtype=torch.bool)
            keep[list(found.events)] = False
            assert len(found.events) == min(moved)
            assert int(change.firsts(keep[None])[0][0]) != change.before
    assert sizes


ASKED = torch.tensor([[1.0, 0.25, 0.0, 1.0]])


def _weighted(weights):
    def run():
        with events_weighted(MODEL, weights):
            return MODEL.attention_weights(HISTORY)[0, 0, -1].detach()

    return run


@contract(
    "eq-weighted-attention",
    kind="code",
    library=_weighted(ASKED),
    perturb={
        "nothing asked": _weighted(torch.ones(1, T)),
        "not normalised again": lambda: MODEL.attention_weights(HISTORY)[0, 0, -1].detach() * ASKED[0],
        "the weights squared": _weighted(ASKED**2),
    },
)
def asked_for_less(library) -> None:
    """w'_j = eta_j w_j / sum over j' of eta_j' w_j'."""
    own = array(MODEL.attention_weights(HISTORY))[0, 0, -1]
    wanted = own * array(ASKED)[0]
    close(array(library()), wanted / wanted.sum(), rtol=1e-6)
