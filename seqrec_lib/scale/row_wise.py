"""An optimiser that keeps one number a row of a table, and touches only the rows that were looked up.

Sizes: ``V`` rows, ``D`` width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from ..messages import InputError


class RowWiseAdagrad(torch.optim.Optimizer):
    """Adagrad with the mean square of a row's gradient in place of each number's own (Naumov et al. 2019).

    For tables with ``sparse=True`` gradients: a row that no batch looked up keeps its vector and its state,
    so a step costs what it touches. Beside the weights it keeps ``V`` numbers, where Adam keeps ``2 V D``.

    Args:
        parameters: tables ``(V, D)``. lr: the step size. eps: what is added to the root.

    Raises:
        InputError: an lr that is not above 0, or a parameter that is no table.
    """

    def __init__(self, parameters: Iterable[Tensor], lr: float = 0.05, eps: float = 1e-8) -> None:
        if not lr > 0:
            raise InputError(f"lr is {lr}: it must be above 0")
        super().__init__(parameters, {"lr": lr, "eps": eps})
        for group in self.param_groups:
            for table in group["params"]:
                if table.ndim != 2:
                    raise InputError(f"a table has rows and columns; this parameter is {tuple(table.shape)}")
                self.state[table]["squares"] = torch.zeros(len(table), device=table.device)  # (V,)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Move the rows that have a gradient; a dense gradient moves the rows in which it is not 0."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for table in group["params"]:
                if table.grad is None:
                    continue
                rows, gradient = _touched(table.grad)
                squares = self.state[table]["squares"]
                squares[rows] += gradient.square().mean(1)
                table[rows] -= group["lr"] * gradient / (squares[rows].sqrt() + group["eps"])[:, None]
        return loss


def _touched(gradient: Tensor) -> tuple[Tensor, Tensor]:
    """``(rows, their gradient)``, each row once."""
    if gradient.is_sparse:
        gradient = gradient.coalesce()
        return gradient.indices()[0], gradient.values()
    rows = gradient.abs().sum(1).nonzero()[:, 0]
    return rows, gradient[rows]
