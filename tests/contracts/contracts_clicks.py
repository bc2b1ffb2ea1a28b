"""Contracts of chapter 7: heads, Dice, AUGRU, the auxiliary loss, groups of clicks, calibration.

The transcriptions are loops over NumPy numbers in double precision. Inputs are real numbers, of either sign,
and no two sizes are alike: zeros and ones, or equal sizes, hide several of the mistakes below.
"""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import torch
from contracts_model import array, close, module, numbers, sigmoid
from equation_contracts import contract

from seqrec_lib.encoders import augru_step
from seqrec_lib.encoders.written_out import Weights
from seqrec_lib.evaluation.calibration import (
    calibration_error,
    error_by_chance,
    platt,
    reliability,
    undo_downsampling,
)
from seqrec_lib.evaluation.clicks import auc, grouped_auc
from seqrec_lib.heads import Dice, FactorisationMachine, pairwise
from seqrec_lib.losses.auxiliary import auxiliary_loss

INPUTS, FACTORS = numbers(71, 4, 6), numbers(72, 6, 3)


def machine(factors: int):
    return module(lambda: FactorisationMachine(6, factors))


@contract(
    "eq-logistic",
    kind="code",
    library=lambda made, x: made(x).sigmoid(),
    perturb={
        "no constant": lambda made, x: (made(x) - made.bias).sigmoid(),
        "tanh for the sigmoid": lambda made, x: made(x).tanh(),
        "a score and no probability": lambda made, x: made(x),
    },
)
def logistic(library) -> None:
    """p = sigmoid(omega_0 + sum of omega_i xi_i)."""
    made = machine(0)
    found, omega = array(library(made, INPUTS)), array(made.weight)
    for row, x in enumerate(array(INPUTS)):
        close(found[row], sigmoid(float(made.bias) + sum(omega[i] * x[i] for i in range(6))))


def _fm_by_pairs(x, phi):
    return sum(float(phi[i] @ phi[j]) * x[i] * x[j] for i, j in combinations(range(len(x)), 2))


@contract(
    "eq-fm",
    kind="code",
    library=lambda made, x: made(x),
    perturb={
        "no line": lambda made, x: made.bias + pairwise(x, made.factors),
        "every pair twice": lambda made, x: made(x) + pairwise(x, made.factors),
        "an input meets itself": lambda made, x: made(x)
        + (x.square() @ made.factors.square()).sum(-1) / 2,
        "inputs taken for 0 and 1": lambda made, x: made(x) - pairwise(x, made.factors)
        + pairwise((x != 0).double(), made.factors),
    },
)  # fmt: skip
def factorisation_machine(library) -> None:
    """omega_0 + sum omega_i xi_i + sum over i < j of <phi_i, phi_j> xi_i xi_j, for real xi."""
    made = machine(3)
    found, omega, phi = array(library(made, INPUTS)), array(made.weight), array(made.factors)
    for row, x in enumerate(array(INPUTS)):
        close(found[row], float(made.bias) + omega @ x + _fm_by_pairs(x, phi))


@contract(
    "eq-fm-identity",
    kind="identity",
    library=pairwise,
    perturb={
        "no half": lambda x, phi: 2 * pairwise(x, phi),
        "the squares stay in": lambda x, phi: (x @ phi).square().sum(-1) / 2,
        "x is not squared": lambda x, phi: ((x @ phi).square() - x @ phi.square()).sum(-1) / 2,
        "factors summed too early": lambda x, phi: ((x @ phi.sum(-1)).square()
                                                    - x.square() @ phi.sum(-1).square()) / 2,
    },
)  # fmt: skip
def identity_of_pairs(library) -> None:
    """Half of the square of the sum less the sum of the squares is the sum over pairs."""
    found = array(library(INPUTS, FACTORS))
    for row, x in enumerate(array(INPUTS)):
        close(found[row], _fm_by_pairs(x, array(FACTORS)))


def _gain(made, x, i):
    on, off = x.clone(), x.clone()
    on[i], off[i] = 1.0, 0.0
    return made(on) - made(off)


@contract(
    "eq-fm-asks",
    kind="identity",
    library=_gain,
    perturb={
        "without the line": lambda made, x, i: _gain(made, x, i) - made.weight[i],
        "logistic regression": lambda made, x, i: made.weight[i],
        "its own square too": lambda made, x, i: _gain(made, x, i) + made.factors[i] @ made.factors[i],
    },
)
def what_an_input_adds(library) -> None:
    """Switching input i from 0 to 1 adds omega_i + phi_i . (sum over the others of xi_j phi_j)."""
    made, x = machine(3), INPUTS[0]
    phi = array(made.factors)
    for i in range(6):
        others = sum(float(x[j]) * phi[j] for j in range(6) if j != i)
        close(float(library(made, x, i)), float(made.weight[i]) + phi[i] @ others)


def _dice(change=None, training=True):
    def run(made, s):
        made.train(training)
        return made(s) if change is None else change(made, s)

    return run


def _with(mean, variance, turned=False):
    def run(made, s):
        p = ((s - mean(s)) / (variance(s) + made.eps).sqrt()).sigmoid()
        p = 1 - p if turned else p
        return p * s + (1 - p) * made.alpha * s

    return _dice(run)


@contract(
    "eq-dice",
    kind="code",
    library=_dice(),
    perturb={
        "running statistics in training": _dice(training=False),
        "statistics over features": _with(lambda s: s.mean(1, True), lambda s: s.var(1, False).unsqueeze(1)),
        "the slope on the other branch": _with(lambda s: s.mean(0), lambda s: s.var(0, False), turned=True),
        "bent at 0, as PReLU": _with(lambda s: 0 * s.mean(0), lambda s: s.var(0, False)),
        "divided by the variance": _with(lambda s: s.mean(0), lambda s: s.var(0, False).square()),
    },
)  # fmt: skip
def dice(library) -> None:
    """p(s) s + (1 - p(s)) lambda s, p(s) = sigmoid((s - mu) / sqrt(nu + eps)), statistics by feature."""
    made, s = module(lambda: Dice(3)), 1.5 + 2 * numbers(73, 7, 3)
    found, values = array(library(made, s)), array(s)
    for d in range(3):
        column = values[:, d]
        mu = sum(column) / 7
        nu = sum((v - mu) ** 2 for v in column) / 7
        for row, v in enumerate(column):
            p = sigmoid((v - mu) / math.sqrt(nu + 1e-8))
            close(found[row, d], p * v + (1 - p) * float(made.alpha[d]) * v)


T, D = 5, 4
STATES, NEXT, OTHER = numbers(74, 3, T, D), numbers(75, 3, T, D), numbers(76, 3, T, D)
LENGTHS = torch.tensor([5, 2, 1])


def _counted_everywhere(h, v, n, lengths):
    whole = torch.full_like(lengths, h.shape[1])
    return auxiliary_loss(h, v, n, whole)


@contract(
    "eq-auxiliary",
    kind="code",
    library=auxiliary_loss,
    perturb={
        "padding counted": _counted_everywhere,
        "a mean over all places": lambda h, v, n, lengths: auxiliary_loss(h, v, n, lengths)
        * float((lengths - 1).sum()) / h.shape[0] / h.shape[1],
        "the state knows its own click": lambda h, v, n, lengths: auxiliary_loss(
            h, torch.cat([v[:, :1], v[:, :-1]], 1), n, lengths),
        "nothing against": lambda h, v, n, lengths: auxiliary_loss(h, v, 0 * n, lengths) - math.log(2),
        "the two changed over": lambda h, v, n, lengths: auxiliary_loss(h, n, v, lengths),
    },
)  # fmt: skip
def auxiliary(library) -> None:
    """Mean over the pairs (t, t+1) of real steps of -log sigmoid(h.v) - log(1 - sigmoid(h.v'))."""
    costs = []
    for b in range(3):
        for t in range(int(LENGTHS[b]) - 1):
            h = array(STATES[b, t])
            costs.append(-math.log(sigmoid(h @ array(NEXT[b, t + 1]))))
            costs.append(-math.log(1 - sigmoid(h @ array(OTHER[b, t + 1]))))
    close(float(library(STATES, NEXT, OTHER, LENGTHS)), 2 * sum(costs) / len(costs))


def _gru():
    return Weights.of(module(lambda: torch.nn.GRU(D, D)))


def _gates(v, h, w):
    """Reset, kept share and candidate of a GRU as PyTorch has it, for one row, by hand."""
    given, before = array(w.w) @ v + array(w.b_ih), array(w.u) @ h + array(w.b_hh)
    reset, kept = (sigmoid(given[k * D : (k + 1) * D] + before[k * D : (k + 1) * D]) for k in (0, 1))
    return kept, np.tanh(given[2 * D :] + reset * before[2 * D :])


def _walk(library, renew) -> None:
    w, v, h = _gru(), numbers(77, 6, D), numbers(78, 6, D)
    attention = torch.tensor([0.0, 0.1, 0.4, 0.7, 0.95, 1.0], dtype=torch.float64)
    found = array(library(v, h, attention, w))
    for row in range(6):
        kept, n = _gates(array(v[row]), array(h[row]), w)
        kept = renew(kept, float(attention[row]))
        close(found[row], (1 - kept) * n + kept * array(h[row]))


def _code(v, h, a, w):
    return augru_step(v, h, a, w, "code")


def _scaled(v, h, a, w):
    return a[:, None] * augru_step(v, h, torch.ones_like(a), w)


@contract(
    "eq-augru",
    kind="code",
    library=augru_step,
    perturb={
        "the code's gate": _code,
        "attention scales the state": _scaled,
        "a plain GRU": lambda v, h, a, w: augru_step(v, h, torch.ones_like(a), w),
        "the attention in place of the gate": lambda v, h, a, w: (1 - a[:, None]) * h
        + a[:, None] * augru_step(v, h, torch.ones_like(a), w, "code"),
    },
)  # fmt: skip
def augru(library) -> None:
    """h' = (1 - a (1 - u)) h + a (1 - u) n: a = 0 keeps the state, a = 1 is a step of a GRU."""
    _walk(library, lambda kept, a: 1 - a * (1 - kept))


@contract(
    "eq-augru-code",
    kind="code",
    library=_code,
    perturb={
        "the paper's gate": augru_step,
        "the attention for its rest": lambda v, h, a, w: _code(v, h, 1 - a, w),
        "attention scales the state": _scaled,
    },
)
def augru_of_the_code(library) -> None:
    """h' = (1 - a) u h + (1 - (1 - a) u) n: a = 0 is a step of a GRU, a = 1 forgets the state."""
    _walk(library, lambda kept, a: (1 - a) * kept)


def _clicks(n=60):
    rng = np.random.default_rng(79)
    groups, scores = rng.integers(0, 9, n), np.round(rng.normal(size=n), 1)
    groups[:9] = np.arange(9)
    labels = (rng.random(n) < sigmoid(scores + groups / 4 - 2)).astype(int)
    return labels, scores, groups


def _mean_of_groups(labels, scores, groups):
    found = [auc(labels[groups == g], scores[groups == g]) for g in np.unique(groups)
             if 0 < labels[groups == g].mean() < 1]  # fmt: skip
    return float(np.mean(found))


@contract(
    "eq-grouped-auc",
    kind="code",
    library=grouped_auc,
    perturb={
        "all in one group": lambda labels, scores, groups: auc(labels, scores),
        "groups unweighted": _mean_of_groups,
        "other groups": lambda labels, scores, groups: grouped_auc(labels, scores, groups // 2),
    },
)
def groups_of_clicks(library) -> None:
    """The mean of the groups' AUC, weighted by their impressions, over groups with both labels."""
    labels, scores, groups = _clicks()
    total = weight = 0.0
    for g in sorted(set(groups.tolist())):
        mine = [(int(y), float(s)) for y, s, h in zip(labels, scores, groups, strict=True) if h == g]
        wins = [(a > b) + (a == b) / 2 for y, a in mine if y for z, b in mine if not z]
        if wins:
            total, weight = total + len(mine) * sum(wins) / len(wins), weight + len(mine)
    close(library(labels, scores, groups), total / weight)


def _known(n=900, seed=80):
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 9, n)
    return p, (rng.random(n) < p).astype(int)


def _bins(change):
    return lambda p, y: change(reliability(p, y, 7), len(p))


@contract(
    "eq-ece",
    kind="code",
    library=lambda p, y: calibration_error(p, y, 7),
    perturb={
        "signed": _bins(lambda r, n: float(((r.said - r.true) * r.size).sum() / n)),
        "squared": _bins(lambda r, n: float((np.abs(r.said - r.true) ** 2 * r.size).sum() / n)),
        "the worst bin": _bins(lambda r, n: float(np.abs(r.said - r.true).max())),
        "row by row": lambda p, y: float(np.abs(p - y).mean()),
    },
)
def expected_calibration_error(library) -> None:
    """Sum over bins of |B_m| / N times |mean p - mean y|, bins of as many rows each."""
    p, y = _known()
    order, error = np.argsort(p, kind="stable"), 0.0
    for m in range(7):
        rows = [order[k] for k in range(900) if k * 7 // 900 == m]
        error += len(rows) / 900 * abs(sum(p[rows]) / len(rows) - sum(y[rows]) / len(rows))
    close(library(p, y), error)


@contract(
    "eq-ece-chance",
    kind="montecarlo",
    library=lambda p: error_by_chance(p, 7, 1500),
    perturb={
        "no chance at all": lambda p: np.full(1500, calibration_error(p, p, 7)) + [0, 1e-9] * 750,
        "half the bins": lambda p: error_by_chance(p, 3, 1500),
        "a quarter of the rows": lambda p: error_by_chance(p[::4], 7, 1500),
    },
)
def error_of_a_perfect_model(library) -> None:
    """Sum over bins of sqrt(2 / pi) sqrt(sum p (1 - p)) / N, where a bin holds many rows."""
    p, _ = _known(5000)
    bins = np.array_split(np.sort(p), 7)
    want = sum(math.sqrt(2 / math.pi * sum(q * (1 - q) for q in rows)) for rows in bins) / 5000
    draws = library(p)
    # The normal curve is nearly right in a bin of some 700 rows: allow it a hundredth.
    assert abs(draws.mean() - want) < 4 * draws.std() / len(draws) ** 0.5 + 0.01 * want


def _downsampled(p, kept, seed=81, both=False):
    """The share of clicks among what is left, for rows of one probability."""
    rng = np.random.default_rng(seed)
    click = rng.random(400_000) < p
    left = rng.random(400_000) < np.where(click & (not both), 1.0, kept)
    return click[left].mean(), left.sum()


@contract(
    "eq-downsampled",
    kind="montecarlo",
    library=_downsampled,
    perturb={
        "clicks dropped too": lambda p, kept: _downsampled(p, kept, both=True),
        "the other share": lambda p, kept: _downsampled(p, 1 - kept),
    },
)
def what_is_seen_of_a_part(library) -> None:
    """Where all clicks and a share kappa of the rest are kept, p' = p / (p + kappa (1 - p))."""
    for p, kept in ((0.03, 0.1), (0.2, 0.25)):
        found, n = library(p, kept)
        want = p / (p + kept * (1 - p))
        assert abs(found - want) < 4 * math.sqrt(want * (1 - want) / n)


@contract(
    "eq-undo",
    kind="identity",
    library=undo_downsampling,
    perturb={
        "times kappa": lambda p, kept: p * kept,
        "divided by kappa": lambda p, kept: np.minimum(p / kept, 1),
        "the wrong way": lambda p, kept: p / (p + (1 - p) * kept),
        "log kappa subtracted": lambda p, kept: sigmoid(np.log(p / (1 - p)) - np.log(kept)),
    },
)
def undo(library) -> None:
    """p = p' / (p' + (1 - p') / kappa) turns p' = p / (p + kappa (1 - p)) back, and adds log kappa."""
    for kept in (0.02, 0.3, 1.0):
        p = np.array([0.001, 0.04, 0.5, 0.9])
        seen = p / (p + kept * (1 - p))
        close(library(seen, kept), p)
        close(library(seen, kept), sigmoid(np.log(seen / (1 - seen)) + math.log(kept)))


@contract(
    "eq-platt",
    kind="code",
    library=lambda p, y: platt(p, y)(p),
    perturb={
        "as it was": lambda p, y: p,
        "a shift alone": lambda p, y: p * y.mean() / p.mean(),
        "of the probability and not its logit": lambda p, y: platt(sigmoid(p), y)(sigmoid(p)),
    },
)
def platt_scaling(library) -> None:
    """sigmoid(slope * logit + shift), where log-loss is least: both of its derivatives are 0."""
    p, y = _known()
    wrong = sigmoid(0.6 * np.log(p / (1 - p)) + 1)
    found, logit = library(wrong, y), np.log(wrong / (1 - wrong))
    mended = np.log(found / (1 - found))
    slope = (mended[1] - mended[0]) / (logit[1] - logit[0])
    np.testing.assert_allclose(mended, slope * (logit - logit[0]) + mended[0], atol=1e-6)
    assert abs((found - y).mean()) < 1e-5 and abs(((found - y) * logit).mean()) < 1e-5
