"""A loss over many rows, a few at a time: gradients are formed in the same pass.

A product with a whole catalogue makes scores that are used once. A few rows of them stay in the processor's
cache; all of them at once would go through memory several times. Full cross-entropy has a version of its own
(:mod:`.full`): written out by hand its gradients need one pass less than autograd's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

# Of one piece's scores. On a CPU they stay in a core's own cache from the product to both gradients; on a
# GPU every step of a piece is a launch, so there are few.
CHUNK_BYTES = {"cpu": 3 << 19, "cuda": 64 << 20}


def rows_a_piece(columns: int, kind: str) -> int:
    """How many rows of ``columns`` float32 scores fit, but 128 at least: fewer make thin products."""
    return max(128, CHUNK_BYTES.get(kind, CHUNK_BYTES["cuda"]) // (columns * 4))


class _InPieces(torch.autograd.Function):
    """The sum of ``part(shared, *pieces)`` over pieces of ``rows`` rows."""

    @staticmethod
    def forward(ctx: Any, part: Callable[..., Tensor], rows: int, shared: Tensor, *by_row: Tensor) -> Tensor:
        total = shared.new_zeros(())
        of_shared = torch.zeros_like(shared)
        of_rows = [torch.zeros_like(each) if each.is_floating_point() else None for each in by_row]
        for first in range(0, len(by_row[0]), rows):
            here = slice(first, first + rows)
            inputs = [shared.detach().requires_grad_(), *(each[here].detach() for each in by_row)]
            wanted = [each.requires_grad_() for each in inputs if each.is_floating_point()]
            with torch.enable_grad():
                value = part(*inputs)
            by_shared, *found = torch.autograd.grad(value, wanted)
            total = total + value.detach()
            of_shared += by_shared
            for kept in of_rows:
                if kept is not None:
                    kept[here] = found.pop(0)
        ctx.save_for_backward(of_shared, *of_rows)
        return total

    @staticmethod
    def backward(ctx: Any, by_loss: Tensor) -> tuple[Tensor | None, ...]:
        found = [None if each is None else each * by_loss.to(each.dtype) for each in ctx.saved_tensors]
        return None, None, *found


def in_pieces(part: Callable[..., Tensor], shared: Tensor, *by_row: Tensor, columns: int) -> Tensor:
    """The sum of ``part`` over the rows, with the gradients of the plain sum.

    Args:
        part: ``part(shared, *rows)`` gives the sum of the losses of some rows. shared: ``(V, D)`` or the
            like, in use for every row. by_row: tensors with ``N`` rows each; those of floats get gradients.
        columns: how many scores a row makes.
    """
    rows = rows_a_piece(columns, shared.device.type)
    total: Tensor = _InPieces.apply(part, rows, shared, *by_row)  # type: ignore[no-untyped-call]  # untyped in torch
    return total
