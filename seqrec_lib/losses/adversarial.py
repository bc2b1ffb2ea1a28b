"""Training on item vectors that are moved against the model: FGSM, PGD, APR, and noise to compare with.

Sizes: ``V`` items, ``D`` width.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..data.batch import Batch
from ..messages import InputError, unknown
from .objectives import Objective
from .perturbing import Chance, Generators, Moves, item_tables, of_length, of_signs, radius, with_moves

WAYS = ("gradient", "sign", "noise")


class Adversarial:
    """(1 - share) L(E) + share L(E + move): another objective's loss, and the same with its items moved.

    The move takes every item's vector ``epsilon`` times the mean length of the vectors. Both passes draw the
    same dropout and the same negatives, so the move alone is the difference. Padding stays at 0, and a table
    that is input and output at once is moved once. No gradient goes through the move itself.

    With ``gradient`` and a share of a half this is adversarial personalised ranking where the other
    objective's loss is BPR (He et al. 2018, with lambda = share / (1 - share) = 1); the factor 1 - share
    keeps the size of the loss, so that clipping means the same.

    Args:
        inner: what is trained on without moves.
        epsilon: the length of a move, in mean lengths of an item vector.
        way: ``gradient``: each vector along its gradient; ``sign``: along the signs of it, the fast gradient
            sign method (Goodfellow et al. 2015); ``noise``: in a random direction, the control.
        share: how much of the loss is that of the moved items; 1 leaves the plain loss out, as Madry et al.
            (2018) do.
        steps: of projected gradient ascent (Madry et al. 2018, but begun at the vectors themselves); with 1
            the whole length is gone at once.

    Raises:
        InputError: a value outside its range, or several steps without a gradient.
    """

    def __init__(
        self, inner: Objective, epsilon: float, way: str = "gradient", share: float = 0.5, steps: int = 1
    ) -> None:
        check(epsilon, inner)
        if way not in WAYS:
            raise InputError(unknown("way", way, WAYS))
        if not 0 < share <= 1:
            raise InputError(f"share is {share}: it must be above 0 and at most 1")
        if steps < 1:
            raise InputError(f"steps is {steps}: it must be at least 1")
        if way == "noise" and steps > 1:
            raise InputError(f"steps is {steps}: noise takes no steps, so it must be 1")
        self.inner, self.epsilon, self.way, self.share, self.steps = inner, epsilon, way, share, steps
        self.name = f"{inner.name}+{way}:epsilon={epsilon:g},share={share:g},steps={steps}"

    def prepare(self, model: Any, split: Any) -> None:
        item_tables(model)  # a model without any is found before the first batch
        self.inner.prepare(model, split)

    def __call__(self, model: Any, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        start = Chance({k: v for k, v in generators.items() if k != "noise"}, batch.items.device)
        plain, count = self.inner(model, batch, generators)
        if self.epsilon == 0:
            return plain, count
        tables = item_tables(model)
        if self.way == "noise":
            moves = random_moves(tables, self.epsilon, model.n_items, generators["noise"])
        else:
            gradient = _gradient(plain, tables, keep=self.share < 1)
            moves = self._climb(model, batch, generators, start, tables, gradient)
        start.rewind()
        moved, _ = with_moves(model, moves, lambda: self.inner(model, batch, generators))
        return (1 - self.share) * plain + self.share * moved if self.share < 1 else moved, count

    def _climb(
        self, model: Any, batch: Batch, generators: Generators, start: Chance,
        tables: dict[str, nn.Parameter], gradient: Moves,
    ) -> Moves:  # fmt: skip
        """The move after all steps; ``gradient`` is that of the first."""
        n, turn = model.n_items, of_signs if self.way == "sign" else of_length
        reach = {name: radius(table, self.epsilon, n) for name, table in tables.items()}
        stride = min(1.0, 2.5 / self.steps)  # Madry et al.'s: far enough to reach the edge from anywhere
        moves = {name: turn(gradient[name], stride * reach[name], n) for name in tables}
        for _ in range(self.steps - 1):
            start.rewind()
            moves = {name: move.requires_grad_() for name, move in moves.items()}
            value, _ = with_moves(model, moves, lambda: self.inner(model, batch, generators))  # noqa: B023  # called at once
            gradient = _gradient(value, moves)
            moves = {
                name: self._inside(move.detach() + turn(gradient[name], stride * reach[name], n), reach[name])
                for name, move in moves.items()
            }
        return moves

    def _inside(self, move: Tensor, reach: Tensor) -> Tensor:
        """The nearest place that is allowed: in a ball around each vector, or in a cube for ``sign``."""
        if self.way == "sign":
            side = float(reach) / move.shape[1] ** 0.5
            return move.clamp(-side, side)
        shrink = (reach / move.norm(dim=1, keepdim=True).clamp(min=1e-30)).clamp(max=1)
        return move.mul(shrink)


def check(epsilon: float, inner: Objective) -> None:
    """Raise InputError when ``epsilon`` is no length, or ``inner`` was given to ``torch.compile``."""
    if not 0 <= epsilon < float("inf"):
        raise InputError(f"epsilon is {epsilon}: it must be 0 or more")
    if getattr(inner, "compiled", False):
        raise InputError("moved item vectors and compile do not go together: leave compile out")


def random_moves(
    tables: dict[str, nn.Parameter], epsilon: float, n_items: int, generator: torch.Generator
) -> Moves:
    """A move of the given length in a random direction for each item of each table."""
    found = {}
    for name, table in tables.items():
        drawn = torch.randn(table.shape, generator=generator, device=generator.device, dtype=table.dtype)
        found[name] = of_length(drawn.to(table.device), radius(table, epsilon, n_items), n_items)
    return found


def _gradient(value: Tensor, at: dict[str, Any], keep: bool = False) -> Moves:
    """The gradient of ``value`` by each tensor in ``at``; zeros where it has no part in it."""
    found = torch.autograd.grad(value, list(at.values()), retain_graph=keep, allow_unused=True)
    pairs = zip(at.items(), found, strict=True)
    return {name: torch.zeros_like(place) if g is None else g for (name, place), g in pairs}
