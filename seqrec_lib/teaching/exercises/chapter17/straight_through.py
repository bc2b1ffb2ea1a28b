"""The straight-through gradient: three losses, and who may learn from which."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe

Answer = tuple[Tensor, Tensor, Tensor]


def _gradients(z: Tensor, book: Tensor, x: Tensor, beta: float, *, through: bool = True, books: bool = True,
               swapped: bool = False, copied: int = 1, mean: bool = False,
               both: bool = False, slopes_of_mean: bool = False, alone: bool = False) -> Answer:  # fmt: skip
    z, book = z.clone().requires_grad_(True), book.clone().requires_grad_(True)
    code = (z[:, None] - book[None]).square().sum(2).argmin(1)
    word = book[code]
    out = z + copied * (word - z).detach() if through else word.detach() + 0 * z
    if both:
        out = out + word - word.detach()
    if alone:
        out = word
    missed = (out - x).square().sum(1)
    to_word, to_vector = (z.detach() - word).square().sum(1), (z - word.detach()).square().sum(1)
    if swapped:
        to_word, to_vector = to_vector, to_word
    each = missed + (to_word if books else 0) + beta * to_vector
    loss = each.mean() if mean else each.sum()
    of_z, of_book = torch.autograd.grad(each.mean() if slopes_of_mean else loss, [z, book], allow_unused=True)
    zero = torch.zeros_like
    return loss.detach(), zero(z) if of_z is None else of_z, zero(book) if of_book is None else of_book


def straight_through(z: Tensor, book: Tensor, x: Tensor, beta: float) -> Answer:
    """z: (N, F), book: (K, F), x: (N, F), beta: float. Returns the loss, (N, F), (K, F)."""
    return _gradients(z, book, x, beta)


def _known(**changes) -> Callable:
    return lambda z, book, x, beta: _gradients(z, book, x, beta, **changes)


def _probes() -> list[Probe]:
    def case(about: str, n: int, size: int, width: int, beta: float, seed: int) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        z, book, x = (torch.randn(m, width, generator=draw, dtype=torch.float64) for m in (n, size, n))
        return Probe(about, (z, book, x, beta))

    return [
        case("two vectors, three codewords", 2, 3, 2, 0.25, 0),
        case("codewords that serve several vectors", 9, 3, 4, 0.25, 1),
        case("a codeword that serves none", 4, 12, 3, 0.5, 2),
        case("a strong second term", 6, 5, 2, 2.0, 3),
    ]


EXERCISE = Exercise(
    name="straight-through",
    reference=straight_through,
    probes=_probes,
    mutants=(
        Mutant(
            "gradient-stopped",
            "What the output misses does not reach z. The step to the codeword should be passed over.",
            _known(through=False),
        ),
        Mutant(
            "wrong-side-detached",
            "The two terms of the codebook have changed sides: beta belongs to what moves z.",
            _known(swapped=True),
        ),
        Mutant(
            "added-twice",
            "The step from z to its codeword is made twice. Look at the value of the output.",
            _known(copied=2),
        ),
        Mutant("book-forgotten", "Nothing moves the codewords: one term is missing.", _known(books=False)),
        Mutant(
            "book-through-the-output",
            "The codewords learn from what the output misses as well. Straight through, only z does.",
            _known(both=True),
        ),
        Mutant("mean", "This is a mean over the vectors. Asked for is the sum.", _known(mean=True)),
        Mutant(
            "gradients-of-the-mean",
            "The loss is the sum, but its gradients are those of the mean over the vectors.",
            _known(slopes_of_mean=True),
        ),
        Mutant(
            "codeword-handed-on",
            "The output is the codeword with its gradient: what it misses moves the codeword, and not z.",
            _known(alone=True),
        ),
    ),
    hints=(
        "Write the output as z plus something whose gradient is 0 and whose value is codeword minus z.",
        "Of the other two terms, each has one side that is detached: once the vector, once the codeword.",
    ),
)
