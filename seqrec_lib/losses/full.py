"""Full cross-entropy: every item of the catalogue competes at every step.

Sizes: ``N`` real steps, ``D`` width, ``V`` items.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..messages import InputError
from .pieces import rows_a_piece


def plain_cross_entropy(
    hidden: Tensor,
    targets: Tensor,
    item_matrix: Tensor,
    generator: torch.Generator | None = None,
    negatives: int = 0,
) -> Tensor:
    """Mean over steps of -log softmax(scores)[target], with all scores in memory at once.

    Args:
        hidden: ``(N, D)``. targets: ``(N,)``, 1 to V. item_matrix: ``(V+1, D)``; padding, row 0,
            is no class. generator, negatives: not used; they are there so that losses are called alike.
    """
    return F.cross_entropy(hidden @ item_matrix[1:].T, targets - 1)


# exp of this, summed over a hundred million items, is still a float32, and so is exp of minus this. Bfloat16
# reaches as far, float16 does not.
SMALL = 60.0


def scores_are_small(hidden: Tensor, items: Tensor) -> bool:
    """Whether every score h . e lies between -SMALL and SMALL, since |h . e| is at most |h| |e|.

    False on a GPU: to look at the answer it would have to wait. False in float16, and for no steps at all.
    """
    if not hidden.is_cpu or hidden.dtype == torch.float16 or not len(hidden):
        return False
    return float(hidden.norm(dim=1).amax() * items.norm(dim=1).amax()) < SMALL


class _Chunked(torch.autograd.Function):
    """Cross-entropy a few rows at a time; the gradients are formed in the same pass.

    With p = softmax(scores), the gradient of the loss by the scores is p - onehot(target). So once
    a chunk's scores are there, so are its share of both gradients, and the scores can go.
    """

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, targets: Tensor, items: Tensor, rows: int) -> Tensor:
        precise = torch.float64 if items.dtype == torch.float64 else torch.float32
        total = hidden.new_zeros((), dtype=precise)
        by_hidden = torch.empty_like(hidden)
        # Items as columns: in a thin product, a long contiguous row is nearly twice as fast to walk along.
        columns = items.T.contiguous()  # (D, V)
        by_columns = torch.zeros(columns.shape, dtype=precise, device=items.device)
        # The shift by a row's largest score keeps exp finite. It is two passes over all scores.
        small = scores_are_small(hidden, items)
        for first in range(0, len(targets), rows):
            part, target = hidden[first : first + rows], targets[first : first + rows, None]
            scores = (part @ columns).to(precise)  # (rows, V)
            own = scores.gather(1, target)  # (rows, 1)
            top = torch.zeros_like(own) if small else scores.amax(1, keepdim=True)
            p = (scores if small else scores.sub_(top)).exp_()  # softmax, once divided by z
            z = p.sum(1, keepdim=True)
            total += (top + z.log() - own).sum()
            p.scatter_add_(1, target, -z)
            p = p.to(part.dtype)
            by_hidden[first : first + rows] = (p @ items) / z  # (rows, D)
            share = (part / z).to(part.dtype).T
            if p.dtype == precise:
                torch.addmm(by_columns, share, p, out=by_columns)  # (D, V), with no second table of that size
            else:
                by_columns += share @ p
        ctx.save_for_backward(by_hidden, by_columns.T)
        return total / len(targets)

    @staticmethod
    def backward(ctx: Any, by_loss: Tensor) -> tuple[Tensor | None, ...]:
        by_hidden, by_items = ctx.saved_tensors
        scale = by_loss / len(by_hidden)
        by_items = (by_items * scale).to(by_hidden.dtype)
        return (by_hidden * scale).to(by_hidden.dtype), None, by_items, None


def cross_entropy(
    hidden: Tensor,
    targets: Tensor,
    item_matrix: Tensor,
    generator: torch.Generator | None = None,
    negatives: int = 0,
    rows: int | None = None,
    smoothing: float = 0.0,
) -> Tensor:
    """As :func:`plain_cross_entropy`, ``rows`` steps at a time: never more than ``rows`` x V scores.

    ``rows`` None takes as many as :func:`rows_a_piece` says. ``smoothing`` is the share of each target that
    is spread evenly over all items (Szegedy et al. 2016).

    Raises:
        InputError: a smoothing outside 0 to 1.

    Under autocast the products run in its precision, and everything is cast once, not once a chunk.
    """
    if not 0 <= smoothing < 1:
        raise InputError(f"smoothing is {smoothing}: it must be at least 0 and below 1")
    items, kind = item_matrix[1:], hidden.device.type
    if torch.is_autocast_enabled(kind):
        dtype = torch.get_autocast_dtype(kind)
        hidden, items = hidden.to(dtype), items.to(dtype)
    with torch.autocast(kind, enabled=False):
        rows = rows or rows_a_piece(len(items), kind)
        mean: Tensor = _Chunked.apply(hidden, targets - 1, items, rows)  # type: ignore[no-untyped-call]  # untyped in torch
        if smoothing:
            # -log p of a mean item less the target's: log z is in both, so no table of scores is needed.
            own = (hidden * items[targets - 1]).sum(1)  # (N,)
            mean = mean + smoothing * (own - hidden @ items.mean(0)).mean()
    return mean
