"""Contracts of chapter 10: what each loss looks at, what it wants, and what sampling adds to a score.

The transcriptions are loops over NumPy numbers in double precision; they share small functions with the
other contracts and none with the library.
"""

from __future__ import annotations

import numpy as np
import torch
from contracts_model import array, close, numbers, sigmoid, softmax
from equation_contracts import contract

from seqrec_lib.heads import UnitLength
from seqrec_lib.losses import LOSSES, draw_negatives, draw_shared

N, D, V, K = 6, 4, 11, 3
HIDDEN, ITEMS = numbers(101, N, D), numbers(102, V + 1, D)
TARGETS = torch.tensor([3, 7, 3, 11, 1, 3])
Q = torch.tensor([0, 8, 1, 9, 2, 1, 3, 5, 1, 2, 4, 6]).double()
Q = Q / Q.sum()
SCORES = array(HIDDEN) @ array(ITEMS).T  # (N, V+1)


def seeded(seed: int = 4) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def drawn(count: int) -> list[list[int]]:
    """The negatives of each step that the losses draw from the same seed."""
    return draw_negatives(TARGETS, V, count, seeded()).tolist()


def call(name, **more):
    return lambda k: float(LOSSES[name](HIDDEN, TARGETS, ITEMS, seeded(), k, **more))


def _bce(k, of_negatives):
    told = []
    for n, target in enumerate(TARGETS.tolist()):
        others = [np.log(1 - sigmoid(SCORES[n, j])) for j in drawn(k)[n]]
        told.append(-np.log(sigmoid(SCORES[n, target])) - of_negatives(others))
    return np.mean(told)


@contract(
    "eq-bce-k",
    kind="code",
    library=(call("bce"), call("bce", reduce="sum")),
    perturb={
        "both the mean": (call("bce"), call("bce")),
        "both the sum": (call("bce", reduce="sum"), call("bce", reduce="sum")),
        "BPR": (call("bpr"), call("bce", reduce="sum")),
    },
)
def bce_k(library) -> None:
    """-log sigmoid(s_y) - the mean, or the sum, over K negatives of log(1 - sigmoid(s_j))."""
    for k in (1, K):
        close(library[0](k), _bce(k, np.mean))
        close(library[1](k), _bce(k, np.sum))


@contract(
    "eq-bpr",
    kind="code",
    library=call("bpr"),
    perturb={
        "no logarithm": lambda k: -np.exp(-call("bpr")(k)),
        "BCE": call("bce"),
        "a sum over the negatives": lambda k: k * call("bpr")(k),
    },
)
def bpr(library) -> None:
    """The mean over pairs of -log sigmoid(s_y - s_j)."""
    for k in (1, K):
        told = [
            -np.log(sigmoid(SCORES[n, y] - SCORES[n, j]))
            for n, y in enumerate(TARGETS.tolist())
            for j in drawn(k)[n]
        ]
        close(library(k), np.mean(told))


def _gbce(k, chi, beta=None):
    rate = min(1.0, k / (V - 1))
    power = 1 - chi * (1 - rate) if beta is None else beta
    return LOSSES["gbce"](HIDDEN, TARGETS, ITEMS, seeded(), k, (1 - power) / (1 - rate) if rate < 1 else chi)


@contract(
    "eq-gbce",
    kind="code",
    library=_gbce,
    perturb={
        "t reversed": lambda k, chi: _gbce(k, 1 - chi),
        "padding counted in V": lambda k, chi: _gbce(k, chi, 1 - chi * (1 - k / V)),
        "plain BCE": lambda k, chi: _gbce(k, 0.0),
        "the rate for the power": lambda k, chi: _gbce(k, 1.0),
    },
)
def gbce(library) -> None:
    """The sigmoid of the target to the power zeta; at chi = 0 it is BCE, and with all V - 1 zeta is 1."""
    for k, chi in ((1, 0.0), (1, 1.0), (K, 0.75), (K, 0.3), (V - 1, 0.6)):
        rate = k / (V - 1)
        zeta = rate * (chi * (1 - 1 / rate) + 1 / rate)  # as the paper writes it
        told = [
            -np.log(sigmoid(SCORES[n, y]) ** zeta)
            - sum(np.log(1 - sigmoid(SCORES[n, j])) for j in drawn(k)[n])
            for n, y in enumerate(TARGETS.tolist())
        ]
        close(float(library(k, chi)), np.mean(told) / (k + 1))
    for k in (1, K):
        close(float(library(k, 0.0)) * (k + 1), _bce(k, np.sum))
    for chi in (0.0, 0.5, 1.0):  # nothing is left to calibrate
        close(float(library(V - 1, chi)) * V, _bce(V - 1, np.sum))


def _sampled(k, **more):
    return float(LOSSES["sampled"](HIDDEN, TARGETS, ITEMS, seeded(), k, **more))


@contract(
    "eq-sampled-softmax",
    kind="code",
    library=_sampled,
    perturb={
        "with replacement": lambda k: _sampled(k, replace=True),
        "weighed": lambda k: _sampled(k, weigh=True),
        "always full": lambda k: _sampled(V),
    },
)
def sampled_softmax(library) -> None:
    """-s_y + log of the target's exp(score) and those of the K drawn but the target; with all, full CE."""
    for k in (1, K, 8):
        shared, told = draw_shared(V, k, seeded()).tolist(), []
        for n, y in enumerate(TARGETS.tolist()):
            below = np.exp(SCORES[n, y]) + sum(np.exp(SCORES[n, j]) for j in shared if j != y)
            told.append(np.log(below) - SCORES[n, y])
        close(library(k), np.mean(told))
    full = [np.log(np.exp(SCORES[n, 1:]).sum()) - SCORES[n, y] for n, y in enumerate(TARGETS.tolist())]
    away = [np.mean([abs(_sampled_by(library, k, s) - np.mean(full)) for s in range(20)]) for k in (2, 5, 9)]
    assert away[0] > away[1] > away[2]  # the more are drawn, the nearer
    close(library(V), np.mean(full))


def _sampled_by(library, k, seed):
    del library  # the draw of ``library`` is fixed: here it must change
    return float(LOSSES["sampled"](HIDDEN, TARGETS, ITEMS, seeded(seed), k))


def _mean_weight(power):
    def run(scores, q, items):
        return (scores[items].exp() / q[items] ** power).mean()

    return run


@contract(
    "eq-importance",
    kind="montecarlo",
    library=_mean_weight(1),
    perturb={"as they come": _mean_weight(0), "times q": _mean_weight(-1)},
)
def importance(library) -> None:
    """The mean over j drawn by q of exp(s_j) / q_j is the sum over all items; 5 standard errors."""
    scores, chance = torch.from_numpy(SCORES[0].copy()), seeded(7)
    items = torch.multinomial(Q, 40_000, replacement=True, generator=chance)
    each = scores[items].exp() / Q[items]
    error = float(each.std()) / len(each) ** 0.5
    assert abs(float(library(scores, Q, items)) - float(scores[1:].exp().sum())) < 5 * error


def _log_q(sign=-1.0, own=True, hits=True):
    """In-batch softmax as a matrix; the arguments say what is wrong in it."""

    def run(q):
        move = sign * q[TARGETS].log()
        scores, same = HIDDEN @ ITEMS[TARGETS].T, TARGETS[:, None] == TARGETS  # (N, N)
        itself = torch.eye(N, dtype=torch.bool)
        moved = scores + move
        positive = scores.diag() + (move if own else 0.0)
        if not hits:
            moved = moved.masked_fill(same & ~itself, -torch.inf)
        moved = torch.where(itself, positive.diag_embed(), moved)
        return float((moved.logsumexp(1) - positive).mean())

    return run


def _of_library(q):
    """The library corrects the sum alone: the target's own log q has no gradient, nor has log N."""
    found = LOSSES["in-batch"](HIDDEN, TARGETS, ITEMS, popularity=q)
    return float(found + q[TARGETS].log().mean()) + np.log(N)


@contract(
    "eq-log-q-softmax",
    kind="code",
    library=_of_library,
    perturb={
        "added": _log_q(sign=1.0),
        "not corrected": _log_q(sign=0.0),
        "negatives alone": _log_q(own=False),
        "hits left out": _log_q(hits=False),
    },
)
def log_q_softmax(library) -> None:
    """log q is subtracted from every score of the batch, the target's too; a constant q cancels."""
    for q in (Q, Q.flip(0).roll(1).clamp(min=0.01)):
        told = []
        for n, y in enumerate(TARGETS.tolist()):
            among = [SCORES[n, j] - np.log(float(q[j])) for j in TARGETS.tolist()]
            told.append(np.log(np.exp(among).sum()) - (SCORES[n, y] - np.log(float(q[y]))))
        close(library(q), np.mean(told))
    even = torch.full((V + 1,), 1 / V, dtype=torch.float64)
    plain = LOSSES["in-batch"](HIDDEN, TARGETS, ITEMS, correct=False)
    close(library(even), float(plain))
    close(library(3 * even), float(plain))


def _mixed(expected=None):
    def run(seed, k=5):
        if expected is None:
            return float(
                LOSSES["in-batch"](
                    HIDDEN, TARGETS, ITEMS, seeded(seed), popularity=Q, mask_hits=True, uniform=k
                )
            )
        told = []
        pool = [*TARGETS.tolist(), *draw_shared(V, k, seeded(seed), replace=True).tolist()]
        for n, y in enumerate(TARGETS.tolist()):
            others = sum(np.exp(SCORES[n, j]) / expected(float(Q[j]), k) for j in pool if j != y)
            told.append(np.log(np.exp(SCORES[n, y]) + others) - SCORES[n, y])
        return np.mean(told)

    return run


@contract(
    "eq-mixed",
    kind="code",
    library=_mixed(),
    perturb={
        "the batch's proposal alone": _mixed(lambda q, k: (N - 1) * q),
        "the uniform one alone": _mixed(lambda q, k: k / V),
        "both multiplied": _mixed(lambda q, k: (N - 1) * q * k / V),
        "q for each": _mixed(lambda q, k: (N - 1 + k) * q),
    },
)
def mixed(library) -> None:
    """An item is to be expected (N - 1) q + K / V times; that divides its exp(score)."""
    for seed in range(3):
        close(library(seed), _mixed(lambda q, k: (N - 1) * q + k / V)(seed))


def _best_sigmoid(rate_of=lambda k, v: k / (v - 1), power=lambda chi, rate: 1 - chi * (1 - rate)):
    def run(p, k, v, chi):
        rate = rate_of(k, v)
        zeta = power(chi, rate)
        return zeta * p / (zeta * p + rate * (1 - p))

    return run


@contract(
    "eq-best-sigmoid",
    kind="identity",
    library=_best_sigmoid(),
    perturb={
        "padding counted": _best_sigmoid(rate_of=lambda k, v: k / v),
        "no power": _best_sigmoid(power=lambda chi, rate: 1.0),
        "the truth": lambda p, k, v, chi: p,
    },
)
def best_sigmoid(library) -> None:
    """There every score's share of the expected loss of gBCE is flat; at chi = 1 the sigmoid is p."""
    for p in softmax([2.0, 0.3, -1.0, 0.0, -2.0]):
        for k, chi in ((1, 0.0), (2, 0.75), (4, 0.5), (2, 1.0)):
            rate = k / 4  # five items
            zeta = 1 - chi * (1 - rate)
            best = library(p, k, 5, chi)
            s = torch.tensor(np.log(best / (1 - best)), requires_grad=True)
            # It is the target with chance p; else it is drawn as a negative at the rate.
            up, down = (torch.nn.functional.softplus(x) for x in (-s, s))
            (zeta * p * up + rate * (1 - p) * down).backward()
            close(float(s.grad), 0.0)
            if chi == 1.0:
                close(best, p)


def _level(of=lambda k, v, chi: _gbce_power(k, v, chi) / k):
    return lambda k, v, chi: np.log(of(k, v, chi))


def _gbce_power(k, v, chi):
    return 1 - chi * (1 - min(1.0, k / (v - 1)))


def _centred(k, v, chi):
    """The level that the library adds: what brings its loss without one to the loss with it."""
    hidden, items = torch.ones(1, 1, dtype=torch.float64), torch.zeros(v + 1, 1, dtype=torch.float64)
    target, loss = torch.tensor([1]), LOSSES["gbce"]
    wanted = float(loss(hidden, target, items, seeded(), k, chi, centred=True))
    low, high = -20.0, 0.0  # below 0 the loss of equal scores has one place for each value above its least
    best = _level()(k, v, chi)
    for _ in range(60):
        middle = (low + high) / 2
        told = float(loss(hidden, target, items + middle, seeded(), k, chi))
        low, high = (middle, high) if told > wanted and middle < best else (low, middle)
    return high


@contract(
    "eq-level",
    kind="identity",
    library=_centred,
    perturb={
        "1 / V": _level(lambda k, v, chi: 1 / v),
        "no power": _level(lambda k, v, chi: 1 / k),
        "the rate": _level(lambda k, v, chi: min(1.0, k / (v - 1))),
    },
)
def level(library) -> None:
    """While all items look alike, the expected loss is lowest where every score is log(zeta / K)."""
    for k, v, chi in ((3, 11, 0.75), (10, 21, 0.5), (4, 40, 1.0)):
        s = torch.tensor(float(library(k, v, chi)), requires_grad=True)
        up, down = (torch.nn.functional.softplus(x) for x in (-s, s))
        (_gbce_power(k, v, chi) * up + k * down).backward()
        assert abs(float(s.grad)) < 1e-4


def _best_in_batch(power=-1.0):
    return lambda p, q: np.log(p) + power * np.log(q)


@contract(
    "eq-best-in-batch",
    kind="identity",
    library=_best_in_batch(),
    perturb={"the right score": _best_in_batch(0.0), "popularity added": _best_in_batch(1.0)},
)
def best_in_batch(library) -> None:
    """Without correction the expected gradient of an in-batch softmax is 0 at log p - log q.

    A batch of two steps, each with its own chances p(. | h): all pairs of targets, each by its chance.
    """
    p = np.array([[0.6, 0.3, 0.1], [0.1, 0.2, 0.7]])
    q = p.mean(0)
    s = torch.from_numpy(np.stack([library(row, q) for row in p])).requires_grad_()
    value = torch.zeros((), dtype=torch.float64)
    for i in range(2):  # whose history, drawn evenly
        for y in range(3):
            for j in range(3):  # the other step's target comes by q
                if j != y:
                    loss = torch.nn.functional.softplus(s[i, j] - s[i, y])
                    value = value + 0.5 * p[i, y] * q[j] * loss
    value.backward()
    close(array(s.grad), np.zeros((2, 3)))


def _divergence(wrong=""):
    def run(p, told):
        if wrong == "turned":
            p, told = told, p
        if wrong == "entropy left out":
            return float(-(p * told.log()).sum())
        return float((p * (p / told).log()).sum())

    return run


@contract(
    "eq-kl",
    kind="definition",
    library=_divergence(),
    perturb={"turned round": _divergence("turned"), "cross-entropy": _divergence("entropy left out")},
)
def divergence(library) -> None:
    """sum p log(p / told): 0 for the truth, and what is lost in nats otherwise."""
    p, told = (np.array(softmax(s)) for s in ([1.0, 0.2, -1.0], [0.4, 0.9, -2.0]))
    tensors = torch.from_numpy(p), torch.from_numpy(told)
    close(library(*tensors), sum(a * np.log(a / b) for a, b in zip(p, told, strict=True)))
    close(library(tensors[0], tensors[0]), 0.0)


@contract(
    "eq-cosine",
    kind="code",
    library=lambda theta: UnitLength(theta)(HIDDEN) @ torch.nn.functional.normalize(ITEMS, dim=1).T,
    perturb={
        "a product": lambda theta: HIDDEN @ ITEMS.T / theta,
        "states alone": lambda theta: UnitLength(theta)(HIDDEN) @ ITEMS.T,
        "times the temperature": lambda theta: (
            UnitLength(1 / theta)(HIDDEN) @ torch.nn.functional.normalize(ITEMS, dim=1).T
        ),
    },
)
def cosine(library) -> None:
    """s_i = z . e_i / (theta |z| |e_i|)."""
    for theta in (0.05, 0.5):
        found = array(library(theta))
        for n in range(N):
            for i in range(1, V + 1):
                z, e = array(HIDDEN)[n], array(ITEMS)[i]
                close(found[n, i], z @ e / np.sqrt((z @ z) * (e @ e)) / theta)
