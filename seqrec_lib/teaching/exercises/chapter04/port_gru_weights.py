"""Weights of a GRU from a library with another convention."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _ported(
    tensors, order: tuple[int, ...] = (1, 0, 2), sign: tuple[float, ...] = (1, -1, 1), flipped=(0, 1, 2, 3)
):
    """The reference and its mutants: ``order`` of the parts, their ``sign``, in the tensors ``flipped``."""
    found = []
    for number, tensor in enumerate(tensors):
        signs = sign if number in flipped else (1.0, 1.0, 1.0)
        parts = tensor.chunk(3)
        found.append(torch.cat([s * parts[p] for s, p in zip(signs, order, strict=True)]))
    return tuple(found)


def port_gru_weights(W: Tensor, U: Tensor, b_ih: Tensor, b_hh: Tensor) -> tuple[Tensor, ...]:
    """W, U: (3D, D), b_ih, b_hh: (3D,). Returns the four for PyTorch."""
    return _ported((W, U, b_ih, b_hh))


def _known(**changes) -> Callable:
    return lambda W, U, b_ih, b_hh: _ported((W, U, b_ih, b_hh), **changes)


def _one_minus(W, U, b_ih, b_hh):
    return _ported(
        tuple(torch.cat([1 - t.chunk(3)[0], *t.chunk(3)[1:]]) for t in (W, U, b_ih, b_hh)), sign=(1, 1, 1)
    )


def _as_it_is(W, U, b_ih, b_hh):
    return W, U, b_ih, b_hh


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(2)

    def case(about: str, dim: int) -> Probe:
        shapes = ((3 * dim, dim), (3 * dim, dim), (3 * dim,), (3 * dim,))
        return Probe(about, tuple(torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes))

    return [case("width 1", 1), case("width 3", 3), case("width 4", 4)]


EXERCISE = Exercise(
    name="port-gru-weights",
    reference=port_gru_weights,
    probes=_probes,
    mutants=(
        Mutant(
            "as-it-is",
            "Nothing has changed. Such weights load without an error, and the states are wrong.",
            _as_it_is,
        ),
        Mutant(
            "order-kept",
            "The parts stand in the order of the other library.",
            _known(order=(0, 1, 2), sign=(-1, 1, 1)),
        ),
        Mutant(
            "gate-not-turned",
            "The parts stand where they should. But an update gate of 1 takes the candidate there, and "
            "keeps the old state here.",
            _known(sign=(1, 1, 1)),
        ),
        Mutant(
            "one-minus-weights",
            "1 minus the gate is not the gate of 1 minus the weights. What does σ(−a) equal?",
            _one_minus,
        ),
        Mutant(
            "biases-not-turned",
            "The matrices of the update gate are turned round, and its biases are not.",
            _known(flipped=(0, 1)),
        ),
        Mutant(
            "one-matrix-turned",
            "Only what the input does to the update gate is turned round. The state acts on it too.",
            _known(flipped=(0, 2)),
            _known(flipped=(0,)),
        ),
        Mutant(
            "reset-turned",
            "The reset gate is turned round. It means the same in both.",
            _known(sign=(-1, 1, 1)),
        ),
        Mutant(
            "candidate-turned",
            "The candidate is turned round. It means the same in both.",
            _known(sign=(1, 1, -1)),
        ),
        Mutant(
            "all-turned",
            "Everything is turned round. Only one gate means the opposite.",
            _known(sign=(-1, -1, -1)),
        ),
        Mutant(
            "order-reversed",
            "The candidate has moved. It comes last in both libraries.",
            _known(order=(2, 1, 0), sign=(1, 1, -1)),
            _known(order=(2, 1, 0), sign=(1, 1, 1)),
        ),
    ),
    hints=(
        "Write the last line of both GRUs one above the other. By what must z be replaced?",
        "The gate is σ(a). To get 1 − σ(a), change a; and a is a sum to which all four tensors give a part.",
    ),
)
