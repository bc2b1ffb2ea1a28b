"""How large the gradient of a leaky Elman network's last state is, by distance, without autograd."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from ..by_hand import by_hand
from ..exercise import Exercise, Mutant, Probe


def _frobenius(matrix: Tensor) -> Tensor:
    return matrix.square().sum().sqrt()


def _slope(said: Tensor, state: Tensor) -> Tensor:
    """Of tanh, from what it gave."""
    return 1 - said * said


def _sizes(
    W,
    U,
    b,
    vectors,
    kept,
    size=_frobenius,
    slope=_slope,
    with_w=True,
    through=lambda U: U,
    road=1.0,
    share=1.0,
):
    """The reference and its mutants: the chain rule, from the newest step to the oldest.

    ``road`` and ``share``: how often the kept part and the new part count on the way back.
    """
    h, slopes = torch.zeros_like(b), []
    for v in vectors:
        said = (W @ v + U @ h + b).tanh()
        h = kept * h + (1 - kept) * said
        slopes.append(slope(said, h))
    back, found = torch.eye(len(b), dtype=W.dtype), []
    for one in reversed(slopes):
        new = back * one * (1 - kept) ** share  # (D, D) times a diagonal on its right
        found.append(size(new @ W if with_w else new))
        back = road * kept * back + new @ through(U)
    return torch.stack(found)


def gradient_sizes(W: Tensor, U: Tensor, b: Tensor, vectors: Tensor, kept: float) -> Tensor:
    """W, U: (D, D), b: (D,), vectors: (T, D), kept: float. Returns (T,)."""
    return _sizes(W, U, b, vectors, kept)


def _oldest_first(*inputs):
    return gradient_sizes(*inputs).flip(0)


def _summed(matrix: Tensor) -> Tensor:
    """The gradient of the sum of the state's numbers: signs cancel before the norm."""
    return matrix.sum(0).square().sum().sqrt()


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(8)

    def case(about: str, steps: int, dim: int, strength: float, kept: float) -> Probe:
        shapes = ((dim, dim), (dim, dim), (dim,), (steps, dim))
        W, U, b, vectors = (torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes)
        return Probe(about, (W, strength * U, 0.3 * b, 0.5 * vectors, kept))

    return [
        case("three steps, width 2", 3, 2, 0.8, 0.25),
        case("six steps, width 4, much is kept", 6, 4, 0.5, 0.9),
        case("gradients that grow", 4, 3, 2.0, 0.5),
        case("nothing is kept: Elman's network", 7, 5, 0.6, 0.0),
    ]


EXERCISE = Exercise(
    name="gradient-sizes",
    reference=gradient_sizes,
    probes=_probes,
    prepare=by_hand,
    mutants=(
        Mutant(
            "kept-forgotten",
            "The way back goes through tanh alone. A state also comes from the one before it as it is.",
            partial(_sizes, road=0.0),
        ),
        Mutant(
            "kept-alone",
            "The way back goes through the kept part alone. The state before is read by U, too.",
            partial(_sizes, through=torch.zeros_like),
        ),
        Mutant(
            "new-part-in-full",
            "What tanh gives counts in full here. It enters the state with a factor.",
            partial(_sizes, share=0.0),
        ),
        Mutant(
            "slope-of-the-state",
            "The slope is taken from the new state. It belongs to what tanh gave, before it was mixed.",
            partial(_sizes, slope=lambda said, state: 1 - state * state),
        ),
        Mutant(
            "no-slope",
            "The slope of tanh is missing.",
            partial(_sizes, slope=lambda said, state: torch.ones_like(said)),
        ),
        Mutant(
            "by-the-state",
            "This is the gradient by what goes into tanh. The vector comes in through W.",
            partial(_sizes, with_w=False),
        ),
        Mutant(
            "transposed",
            "U is transposed somewhere. Write the product for two steps.",
            partial(_sizes, through=lambda U: U.T),
        ),
        Mutant("oldest-first", "The oldest step comes first. Distance 1 is the newest.", _oldest_first),
        Mutant(
            "squares",
            "These are sums of squares. The norm is their root.",
            partial(_sizes, size=lambda m: m.square().sum()),
        ),
        Mutant(
            "largest-stretch",
            "This is the spectral norm, the largest stretch. The Frobenius norm is the root of all squares.",
            partial(_sizes, size=lambda m: torch.linalg.svdvals(m)[0]),
        ),
        Mutant(
            "summed-first",
            "The numbers of the state are added before the norm is taken, so that signs cancel.",
            partial(_sizes, size=_summed),
        ),
    ),
    hints=(
        "Two steps on paper: on how many roads does h₂ depend on h₁, and what stands on each of them?",
        "Keep one D × D matrix: what the last state owes to the state k steps back. Which sum does it become "
        "when you go back one step more?",
    ),
)
