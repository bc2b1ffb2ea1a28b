"""How many operations a target costs, and how fast the machine does such products alone.

Counted are the products that the mathematics needs, at 2 operations a multiplication: one pass forward
and twice that backward. Not counted: padding, the half of attention that the causal mask closes, what a
fused kernel computes twice, sums, norms, dropout, the optimiser.
"""

from __future__ import annotations

import time

import torch
from torch import Tensor


def operations(
    lengths: Tensor, n_items: int, dim: int, ff_width: int, blocks: int, targets: int, causal: bool = True
) -> int:
    """Operations of one training step of ``sasrec`` with full cross-entropy.

    Args:
        lengths: ``(B,)`` steps of each row that count. targets: N, steps with a target.
        causal: count only the pairs j <= t of attention; False counts all T x T.
    """
    steps = int(lengths.sum())
    pairs = int((lengths * (lengths + 1) // 2).sum()) if causal else int((lengths**2).sum())
    linear = 2 * steps * (4 * dim * dim + 2 * dim * ff_width)  # query, key, value, mix; inner, outer
    attention = 2 * pairs * 2 * dim  # scores, weighted sum
    loss = 2 * targets * dim * n_items
    return 3 * (blocks * (linear + attention) + loss)


def shapes(
    rows: int, steps: int, n_items: int, dim: int, ff_width: int, blocks: int, targets: int, chunk: int
):
    """``[(name, (batch, m, k, n), how many a training step)]``: the products of one step.

    A linear layer of ``n`` outputs makes ``(N, k) @ (k, n)`` forward, and backward a product of the same
    size by its input and one that sums over the N steps. The loss works on ``chunk`` steps at a time.
    """
    several = rows * steps
    linear = [
        ("linear", (1, several, dim, dim), 2 * 4 * blocks),
        ("linear", (1, several, dim, ff_width), 2 * 2 * blocks),
        ("linear, weights", (1, dim, several, dim), 4 * blocks),
        ("linear, weights", (1, dim, several, ff_width), 2 * blocks),
    ]
    # Scores and their gradient, the weighted sum and three gradients; causal, so half of the pairs count.
    attention = [
        ("attention", (rows, steps, dim, steps), 0.5 * 2 * blocks),
        ("attention", (rows, steps, steps, dim), 0.5 * 4 * blocks),
    ]
    chunks = targets / chunk
    loss = [
        ("scores", (1, chunk, dim, n_items), chunks),
        ("loss by states", (1, chunk, n_items, dim), chunks),
        ("loss by items", (1, dim, chunk, n_items), chunks),
    ]
    return linear + attention + loss


class Products:
    """Times the products of a training step alone, each on matrices that lie as it likes best."""

    def __init__(self, wanted, dtype: torch.dtype) -> None:
        self.wanted, self.dtype = wanted, dtype
        self.rounds: list[list[float]] = []
        self.inputs = []
        for _, (batch, m, k, n), _ in wanted:
            left, right = torch.randn(batch, m, k, dtype=dtype), torch.randn(batch, k, n, dtype=dtype)
            one = batch == 1
            self.inputs.append((left[0], right[0]) if one else (left, right))

    def turn(self, repeats: int = 5) -> float:
        """Time every product, the best of ``repeats`` in turn; return operations a second over all."""
        best = [float("inf")] * len(self.inputs)
        for _ in range(repeats):
            for place, (left, right) in enumerate(self.inputs):
                started = time.perf_counter()
                left @ right
                best[place] = min(best[place], time.perf_counter() - started)
        self.rounds.append(best)
        return self._rate(best)

    def _rate(self, seconds: list[float]) -> float:
        done = sum(2 * b * m * k * n * count for _, (b, m, k, n), count in self.wanted)
        spent = sum(s * count for s, (_, _, count) in zip(seconds, self.wanted, strict=True))
        return done / spent

    def best(self) -> float:
        """Operations a second with each product's best over all turns."""
        return self._rate([min(each) for each in zip(*self.rounds, strict=True)])

    def by_name(self) -> dict[str, float]:
        """Best GFLOP/s of each kind of product."""
        seconds = [min(each) for each in zip(*self.rounds, strict=True)]
        return {
            f"{name} {b}x{m}x{k}x{n}": round(2 * b * m * k * n / s / 1e9, 1)
            for s, (name, (b, m, k, n), _) in zip(seconds, self.wanted, strict=True)
        }


def square_rate(dtype: torch.dtype, size: int = 1024, repeats: int = 5) -> float:
    """Operations a second of one large square product: what the machine can do at its best."""
    left, best = torch.randn(size, size).to(dtype), float("inf")
    for _ in range(repeats):
        started = time.perf_counter()
        left @ left
        best = min(best, time.perf_counter() - started)
    return 2 * size**3 / best
