"""AUGRU over a whole history: the gate of the paper, and padding that leaves the state alone."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _walk(
    step: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor],
    n: Tensor,
    u: Tensor,
    a: Tensor,
    lengths: Tensor,
) -> Tensor:
    h = torch.zeros_like(n[:, 0])  # (B, D)
    for t in range(n.shape[1]):
        after = step(h, n[:, t], u[:, t], a[:, t, None])
        h = torch.where((t < lengths)[:, None], after, h)
    return h


def _mixed(kept: Tensor, h: Tensor, n: Tensor) -> Tensor:
    return kept * h + (1 - kept) * n


def _paper(h, n, u, a):
    return _mixed(1 - a * (1 - u), h, n)


def _code(h, n, u, a):
    return _mixed((1 - a) * u, h, n)


def augru_walk(n: Tensor, u: Tensor, a: Tensor, lengths: Tensor) -> Tensor:
    """n, u: (B, T, D), a: (B, T), lengths: (B,). Returns (B, D)."""
    return _walk(_paper, n, u, a, lengths)


def _everywhere(step: Callable) -> Callable:
    return lambda n, u, a, lengths: _walk(step, n, u, a, torch.full_like(lengths, n.shape[1]))


def _real(step: Callable) -> Callable:
    return lambda n, u, a, lengths: _walk(step, n, u, a, lengths)


def shared_again(n, u, a, lengths):
    real = torch.arange(n.shape[1]) < lengths[:, None]
    a = a * real
    return augru_walk(n, u, a / a.sum(1, keepdim=True), lengths)


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(73)

    def case(about: str, b: int, t: int, d: int, lengths: list[int]) -> Probe:
        n = torch.randn(b, t, d, generator=generator).tanh()
        u, a = (torch.rand(size, generator=generator) for size in ((b, t, d), (b, t)))
        a[0, 0] = 0.0
        a[-1, -1] = 1.0
        return Probe(about, (n, u, a, torch.tensor(lengths)))

    return [
        case("one history of two steps, the first with attention 0", 1, 2, 3, [2]),
        case("three histories, two of them padded", 3, 4, 2, [4, 1, 2]),
        case("longer histories", 2, 7, 5, [5, 7]),
    ]


EXERCISE = Exercise(
    name="augru-walk",
    reference=augru_walk,
    probes=_probes,
    mutants=(
        Mutant(
            "as-it-was",
            "Nothing has changed yet. Try attention 0 at a step by hand: what should happen to the state?",
            _everywhere(_code),
        ),
        Mutant(
            "padding-walked",
            "The gate is right now. Padded steps still change the state: their attention need not be 0.",
            _everywhere(_paper),
        ),
        Mutant(
            "gate-of-the-code",
            "Padding leaves the state alone now. But with attention 0 a real step still renews it: in the "
            "paper such a step is passed over.",
            _real(_code),
        ),
        Mutant(
            "attention-turned",
            "Here a step with attention 1 is passed over, and one with 0 counts in full.",
            _real(lambda h, n, u, a: _mixed(1 - (1 - a) * (1 - u), h, n)),
        ),
        Mutant(
            "state-scaled",
            "The attention multiplies the new state. With attention 0 nothing is left of the history.",
            _real(lambda h, n, u, a: a * _mixed(u, h, n)),
        ),
        Mutant(
            "candidate-alone-scaled",
            "The attention weakens what comes in, but the old state is still given up as before.",
            _real(lambda h, n, u, a: u * h + a * (1 - u) * n),
        ),
        Mutant(
            "u-is-renewed",
            "Here u is read as the share that is renewed, as in the paper's own letters. In this book and in "
            "PyTorch it is the share that is kept.",
            _real(lambda h, n, u, a: _mixed(1 - a * u, h, n)),
        ),
        Mutant(
            "gate-left-out",
            "The attention took the place of the gate. It should move the gate.",
            _real(lambda h, n, u, a: _mixed(1 - a, h, n)),
        ),
        Mutant(
            "shared-again",
            "The attention was made to add up to 1 once more. Take it as it is.",
            shared_again,
        ),
    ),
    hints=(
        "A GRU renews the share 1 - u of its state. Which share is renewed with attention a?",
        "What is kept is one minus what is renewed. Then `torch.where` passes over the padded steps.",
    ),
)
