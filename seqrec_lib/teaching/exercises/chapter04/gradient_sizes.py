"""How large the gradient of an Elman network's last state is, by distance, without autograd."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _frobenius(matrix: Tensor) -> Tensor:
    return matrix.square().sum().sqrt()


def _sizes(
    W,
    U,
    b,
    vectors,
    size=_frobenius,
    slope=True,
    late=False,
    with_w=True,
    turned=False,
    oldest=False,
    extra=0,
):
    """The reference and its mutants: the chain rule, from the newest step to the oldest."""
    h, states = torch.zeros_like(b), []
    for v in vectors:
        h = (W @ v + U @ h + b).tanh()
        states.append(h)
    before = [torch.zeros_like(b), *states[:-1]]
    used = before if late else states
    back = torch.eye(len(b), dtype=W.dtype)
    for _ in range(extra):
        back = back @ U
    found = []
    for h in reversed(used):
        back = back * (1 - h * h) if slope else back  # (D, D) times a diagonal on its right
        found.append(size(back @ W if with_w else back))
        back = back @ (U.T if turned else U)
    return torch.stack(found[::-1] if oldest else found)


def gradient_sizes(W: Tensor, U: Tensor, b: Tensor, vectors: Tensor) -> Tensor:
    """W, U: (D, D), b: (D,), vectors: (T, D). Returns (T,)."""
    return _sizes(W, U, b, vectors)


def _known(**changes) -> Callable:
    return lambda W, U, b, vectors: _sizes(W, U, b, vectors, **changes)


def _sum_first(W, U, b, vectors):
    """The gradient of the sum of the state's numbers: signs cancel before the norm."""
    return _sizes(W, U, b, vectors, size=lambda m: m.sum(0).square().sum().sqrt())


def _power_of_one(W, U, b, vectors):
    """The slope of the last state at every step."""
    h = torch.zeros_like(b)
    for v in vectors:
        h = (W @ v + U @ h + b).tanh()
    back, found = torch.diag(1 - h * h), []
    for _ in vectors:
        found.append(_frobenius(back @ W))
        back = back @ U @ torch.diag(1 - h * h)
    return torch.stack(found)


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(8)

    def case(about: str, steps: int, dim: int, strength: float) -> Probe:
        shapes = ((dim, dim), (dim, dim), (dim,), (steps, dim))
        W, U, b, vectors = (torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes)
        return Probe(about, (W, strength * U, 0.3 * b, 0.5 * vectors))

    return [
        case("three steps, width 2", 3, 2, 0.8),
        case("six steps, width 4", 6, 4, 0.5),
        case("gradients that grow", 4, 3, 2.0),
    ]


EXERCISE = Exercise(
    name="gradient-sizes",
    reference=gradient_sizes,
    probes=_probes,
    mutants=(
        Mutant(
            "no-slope",
            "The slope of tanh is missing, or stands at some steps only. It is 1 − h², at every step.",
            _known(slope=False),
        ),
        Mutant(
            "slope-of-the-step-before",
            "The slope at step t is taken from the state before it. It belongs to the state that tanh gave.",
            _known(late=True),
        ),
        Mutant(
            "slope-of-the-last-state",
            "Every step has the slope of the last state. Each has its own.",
            _power_of_one,
        ),
        Mutant(
            "by-the-state",
            "This is the gradient by what goes into tanh. The vector comes in through W.",
            _known(with_w=False),
        ),
        Mutant(
            "one-step-more", "U stands there once too often: the newest vector passes no U.", _known(extra=1)
        ),
        Mutant(
            "transposed", "U is transposed somewhere. Write the product for two steps.", _known(turned=True)
        ),
        Mutant("oldest-first", "The oldest step comes first. Distance 1 is the newest.", _known(oldest=True)),
        Mutant(
            "squares",
            "These are sums of squares. The norm is their root.",
            _known(size=lambda m: m.square().sum()),
        ),
        Mutant(
            "largest-stretch",
            "This is the spectral norm, the largest stretch. The Frobenius norm is the root of all squares.",
            _known(size=lambda m: torch.linalg.svdvals(m)[0]),
        ),
        Mutant(
            "summed-first",
            "The numbers of the state are added before the norm is taken, so that signs cancel.",
            _sum_first,
        ),
    ),
    hints=(
        "Two steps on paper: h₂ depends on v₁ through h₁ alone. Which matrices and slopes stand between?",
        "Keep one D × D matrix. Going back a step multiplies it by U and by a diagonal, on the right.",
    ),
)
