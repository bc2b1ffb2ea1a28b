"""Contracts of chapter 13: penalties and decay, smoothed targets, moved item vectors, optimism, TPE.

The transcriptions are loops over NumPy numbers in double precision, written from the equations.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from contracts_model import array, close, module, softmax
from equation_contracts import contract

from seqrec_lib.data import Batch
from seqrec_lib.losses import cross_entropy, plain_cross_entropy
from seqrec_lib.losses.adversarial import Adversarial
from seqrec_lib.losses.objectives import NextItemObjective
from seqrec_lib.losses.penalties import L2Penalty
from seqrec_lib.losses.perturbing import of_length, of_signs, radius
from seqrec_lib.losses.virtual import VirtualAdversarial, divergence, log_guess
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.training import TrainingSettings
from seqrec_lib.training.optimiser import make_optimiser

V, D, EPSILON = 6, 4, 0.3
ITEMS = torch.tensor([[3, 1, 6, 2], [5, 2, 0, 0], [1, 4, 4, 0]])
NEXT = torch.tensor([[1, 6, 2, 5], [2, 3, 0, 0], [4, 4, 6, 0]])
BATCH = Batch(items=ITEMS, lengths=torch.tensor([4, 2, 3]), targets=NEXT)
BATCH.steps = (NEXT > 0).flatten().nonzero()[:, 0]


def _model():
    model = module(lambda: build(recipe_settings("gru4rec", V, dim=D, max_len=5, dropout=0.0)))
    model.embedding.weight[0] = 0
    return model.requires_grad_(True)


def _chance() -> dict[str, torch.Generator]:
    names = ("rows", "negatives", "masks", "noise")
    return {name: torch.Generator().manual_seed(7 + n) for n, name in enumerate(names)}


def _plain() -> NextItemObjective:
    return NextItemObjective(plain_cross_entropy)


def _value(model, batch=BATCH) -> torch.Tensor:
    return _plain()(model, batch, _chance())[0]


def _slope(model) -> np.ndarray:
    """The gradient of the loss by each number of the table, by central differences."""
    table, step = model.embedding.weight, 1e-6
    found = np.zeros(table.shape)
    with torch.no_grad():
        for place in np.ndindex(*table.shape):
            if place[0]:
                table[place] += step
                above = float(_value(model))
                table[place] -= 2 * step
                found[place] = (above - float(_value(model))) / (2 * step)
                table[place] += step
    return found


def _mean_length(table: np.ndarray) -> float:
    return sum(math.sqrt(sum(x * x for x in row)) for row in table[1:]) / V


@contract(
    "eq-l2-loss",
    kind="code",
    library=lambda model, strength: L2Penalty(_plain(), strength)(model, BATCH, _chance())[0],
    perturb={
        "no half": lambda m, s: L2Penalty(_plain(), 2 * s)(m, BATCH, _chance())[0],
        "biases too": lambda m, s: _value(m) + s / 2 * sum((p**2).sum() for p in m.parameters()),
        "norms, not squares": lambda m, s: (
            _value(m) + s / 2 * sum(p.norm() for p in m.parameters() if p.ndim > 1)
        ),
        "a mean": lambda m, s: _value(m) + s / 2 * sum((p**2).mean() for p in m.parameters() if p.ndim > 1),
    },
)
def l2_loss(library) -> None:
    """The loss, and half the strength times the sum of the squares of every matrix's entries."""
    model = _model()
    total = float(_value(model))
    for weight in model.parameters():
        if weight.ndim >= 2:
            for x in array(weight).ravel():
                total += 0.1 / 2 * float(x) ** 2
    close(float(library(model, 0.1)), total)


def _stepped(model, lr: float, strength: float):
    """One step of the library's optimiser; the model after it."""
    settings = TrainingSettings(lr=lr, weight_decay=strength)
    optimiser = make_optimiser(model, settings)
    _value(model).backward()
    optimiser.step()
    return model


def _other_step(decay):
    def run(model, lr, strength):
        _value(model).backward()
        with torch.no_grad():
            for weight in model.parameters():
                g = weight.grad
                weight.copy_(decay(weight, g, lr, strength if weight.ndim > 1 else 0.0))
        return model

    return run


@contract(
    "eq-decoupled-decay",
    kind="code",
    library=_stepped,
    perturb={
        "in the gradient": _other_step(lambda w, g, lr, s: w - lr * (g + s * w) / ((g + s * w).abs() + 1e-8)),
        "not times the step size": _other_step(lambda w, g, lr, s: w - s * w - lr * g / (g.abs() + 1e-8)),
        "no decay": _other_step(lambda w, g, lr, s: w - lr * g / (g.abs() + 1e-8)),
        "grown": _other_step(lambda w, g, lr, s: w + lr * s * w - lr * g / (g.abs() + 1e-8)),
    },
)
def decoupled_decay(library) -> None:
    """Adam's step, and beside it every matrix shrinks by the step size times the strength."""
    lr, strength = 0.05, 0.4
    before, twin = _model(), _model()
    _value(twin).backward()
    after = library(before, lr, strength)
    for (name, new), old in zip(after.named_parameters(), twin.parameters(), strict=True):
        decay = strength if old.ndim >= 2 else 0.0
        gradient, weight = array(old.grad), array(old)
        for place in np.ndindex(*weight.shape):
            g = gradient[place]
            step = g / (math.sqrt(g * g) + 1e-8)  # the first step: both corrected means hold one gradient
            want = weight[place] - lr * step - lr * decay * weight[place]
            np.testing.assert_allclose(float(new[place]), want, rtol=1e-5, atol=1e-7, err_msg=name)


@contract(
    "eq-smoothing",
    kind="code",
    library=lambda hidden, targets, items, share: cross_entropy(hidden, targets, items, smoothing=share),
    perturb={
        "no smoothing": lambda h, t, e, a: cross_entropy(h, t, e),
        "padding shares": lambda h, t, e, a: torch.nn.functional.cross_entropy(h @ e.T, t, label_smoothing=a),
        "the others alone": lambda h, t, e, a: cross_entropy(h, t, e, smoothing=a * V / (V - 1)),
        "turned": lambda h, t, e, a: cross_entropy(h, t, e, smoothing=1 - a),
    },
)
def smoothing(library) -> None:
    """1 - a of the target's -log p, and a of the mean -log p over all items."""
    draw = torch.Generator().manual_seed(1)
    hidden = torch.randn(5, D, generator=draw, dtype=torch.float64)
    items = torch.randn(V + 1, D, generator=draw, dtype=torch.float64)
    targets, share, total = torch.tensor([1, 6, 2, 2, 4]), 0.2, 0.0
    for n in range(5):
        p = softmax([float(hidden[n] @ items[i]) for i in range(1, V + 1)])
        total -= (1 - share) * math.log(p[int(targets[n]) - 1]) + share / V * sum(map(math.log, p))
    close(float(library(hidden, targets, items, share)), total / 5)


def _gradient_of(model) -> torch.Tensor:
    return torch.autograd.grad(_value(model), model.embedding.weight)[0]


def _turned(rows):
    """A move of the library's length in another direction or of another length."""
    return lambda model: rows(_gradient_of(model), radius(model.embedding.weight, EPSILON, V))


@contract(
    "eq-move-sign",
    kind="code",
    library=_turned(lambda g, length: of_signs(g, length, V)),
    perturb={
        "downhill": _turned(lambda g, length: of_signs(-g, length, V)),
        "the gradient's direction": _turned(lambda g, length: of_length(g, length, V)),
        "no root of the width": _turned(lambda g, length: of_signs(g, length * D**0.5, V)),
        "not in units": lambda model: of_signs(_gradient_of(model), torch.tensor(EPSILON), V),
    },
)
def move_sign(library) -> None:
    """Each number of an item's vector by epsilon times the mean length over sqrt(D), by the slope's sign."""
    model = _model()
    slope, table = _slope(model), array(model.embedding.weight)
    step = EPSILON * _mean_length(table) / math.sqrt(D)
    found = array(library(model))
    for i in range(V + 1):
        for d in range(D):
            close(found[i, d], step * np.sign(slope[i, d]) if i else 0.0)


@contract(
    "eq-move-gradient",
    kind="code",
    library=_turned(lambda g, length: of_length(g, length, V)),
    perturb={
        "downhill": _turned(lambda g, length: of_length(-g, length, V)),
        "signs": _turned(lambda g, length: of_signs(g, length, V)),
        "one length for the table": _turned(lambda g, length: length * g / g.norm()),
        "not in units": lambda model: of_length(_gradient_of(model), torch.tensor(EPSILON), V),
    },
)
def move_gradient(library) -> None:
    """Each item by epsilon times the mean length, along the gradient of its own vector; padding by 0."""
    model = _model()
    slope, table = _slope(model), array(model.embedding.weight)
    found, length = array(library(model)), EPSILON * _mean_length(table)
    for i in range(V + 1):
        norm = math.sqrt(sum(x * x for x in slope[i]))
        for d in range(D):
            want = length * slope[i, d] / norm if i else 0.0
            np.testing.assert_allclose(found[i, d], want, rtol=1e-5, atol=1e-8)


def _moved_loss(model, share: float, **changes):
    return Adversarial(_plain(), EPSILON, share=share, **changes)(model, BATCH, _chance())[0]


@contract(
    "eq-adversarial-loss",
    kind="code",
    library=_moved_loss,
    perturb={
        "shares turned": lambda model, share: _moved_loss(model, 1 - share),
        "a sum": lambda model, share: _moved_loss(model, share) / (1 - share),
        "noise": lambda model, share: _moved_loss(model, share, way="noise"),
        "the plain loss": lambda model, share: _value(model),
    },
)
def adversarial_loss(library) -> None:
    """1 - share of the loss, and share of the loss with every item moved along its gradient."""
    model, share = _model(), 0.3
    plain, slope, table = float(_value(model)), _slope(model), array(model.embedding.weight).copy()
    length, other = EPSILON * _mean_length(table), _model()
    with torch.no_grad():
        for i in range(1, V + 1):
            other.embedding.weight[i] += torch.from_numpy(
                length * slope[i] / math.sqrt((slope[i] ** 2).sum())
            )
    want = (1 - share) * plain + share * float(_value(other))
    np.testing.assert_allclose(float(library(model, share)), want, rtol=1e-6)


def _steps(model, steps: int, epsilon: float = EPSILON):
    """The loss at the place that projected ascent reaches."""
    return Adversarial(_plain(), epsilon, share=1.0, steps=steps)(model, BATCH, _chance())[0]


@contract(
    "eq-projected-ascent",
    kind="code",
    library=_steps,
    perturb={
        "one step": lambda model, steps: _steps(model, 1),
        "one step more": lambda model, steps: _steps(model, steps + 1),
        "a larger ball": lambda model, steps: _steps(model, steps, 1.1 * EPSILON),
        "noise": lambda model, steps: _moved_loss(model, 1.0, way="noise"),
    },
)
def projected_ascent(library) -> None:
    """Several steps along the gradient at the place reached, each cut back to the ball around an item."""
    model, steps = _model(), 3
    start = array(model.embedding.weight).copy()
    length = EPSILON * _mean_length(start)
    stride, other = min(1.0, 2.5 / steps) * length, _model()
    for _ in range(steps):
        slope, here = _slope(other), array(other.embedding.weight)
        for i in range(1, V + 1):
            away = here[i] + stride * slope[i] / math.sqrt((slope[i] ** 2).sum()) - start[i]
            far = math.sqrt((away**2).sum())
            with torch.no_grad():
                other.embedding.weight[i] = torch.from_numpy(start[i] + away * min(1.0, length / far))
    np.testing.assert_allclose(float(library(model, steps)), float(_value(other)), rtol=1e-6)


@contract(
    "eq-divergence",
    kind="code",
    library=divergence,
    perturb={
        "turned": lambda p, q: divergence(q, p),
        "a sum over steps": lambda p, q: divergence(p, q) * len(p),
        "cross-entropy": lambda p, q: -(p.exp() * q).sum(1).mean(),
        "not weighed": lambda p, q: (p - q).sum(1).mean(),
    },
)
def guess_divergence(library) -> None:
    """The mean over steps of the sum over items of p times (log p - log q)."""
    model = _model()
    usual = log_guess(model, BATCH).detach()
    with torch.no_grad():
        model.embedding.weight[1:] += 0.2
    moved = log_guess(model, BATCH).detach()
    p, q, total = np.exp(array(usual)), np.exp(array(moved)), 0.0
    for n in range(len(p)):
        for i in range(V):
            total += p[n, i] * (math.log(p[n, i]) - math.log(q[n, i]))
    close(float(library(usual, moved)), total / len(p))
    whole = VirtualAdversarial(_plain(), 0.0)(model, BATCH, _chance())[0]
    close(float(whole), float(_value(model)))


def _gain(gamma: float, good: float, bad: float) -> float:
    return 1 / (gamma + (1 - gamma) * bad / good)


@contract(
    "eq-tpe",
    kind="identity",
    library=_gain,
    perturb={
        "turned": lambda gamma, good, bad: _gain(gamma, bad, good),
        "the good density alone": lambda gamma, good, bad: good,
        "shares turned": lambda gamma, good, bad: _gain(1 - gamma, good, bad),
    },
)
def tpe(library) -> None:
    """The expected gain over the threshold, from both densities, is that formula times one constant.

    Values are uniform above and below the threshold, given that a trial is good or bad there.
    """
    draw = np.random.default_rng(3)
    for _ in range(5):
        gamma, good, bad, other_good, other_bad = draw.uniform(0.1, 0.9, 5)
        ratio = library(gamma, good, bad) / library(gamma, other_good, other_bad)
        gains = []
        for of_good, of_bad in ((good, bad), (other_good, other_bad)):
            p_good = gamma * of_good / (gamma * of_good + (1 - gamma) * of_bad)
            gains.append(p_good * 0.5)  # a good value lies above the threshold, by 0.5 on average
        close(ratio, gains[0] / gains[1])


@contract(
    "eq-optimism",
    kind="montecarlo",
    library=lambda own, fresh: float(
        (own.max(1).values - fresh.gather(1, own.argmax(1)[:, None])[:, 0]).mean()
    ),
    perturb={
        "the best fresh": lambda own, fresh: float((own.max(1).values - fresh.max(1).values).mean()),
        "a trial that nobody chose": lambda own, fresh: float((own[:, 0] - fresh[:, 0]).mean()),
        "turned": lambda own, fresh: float(
            (fresh.gather(1, own.argmax(1)[:, None])[:, 0] - own.max(1).values).mean()
        ),
    },
)
def optimism(library) -> None:
    """With n trials of equal worth and independent noise, the mean of the largest of n normal numbers."""
    draw = torch.Generator().manual_seed(5)
    own, fresh = (torch.randn(200_000, 30, generator=draw) for _ in range(2))
    grid = np.linspace(-8, 8, 200_001)
    density = np.exp(-(grid**2) / 2) / math.sqrt(2 * math.pi)
    below = np.cumsum(density) * (grid[1] - grid[0])
    largest = float((grid * 30 * below**29 * density).sum() * (grid[1] - grid[0]))
    assert abs(library(own, fresh) - largest) < 0.015
