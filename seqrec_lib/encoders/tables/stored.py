"""Tables that are made of a trained one and are not trained themselves.

Sizes: ``V`` items, ``D`` width, ``E`` numbers that are kept.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ...messages import InputError
from .frame import ItemTable, pad
from .rows import dequantise, pack_pairs, quantise, unpack_pairs


class StoredTable(ItemTable):
    """A table without parameters. ``kind`` is its name in the settings."""

    kind: str

    def start_from_log(self, users: Tensor, items: Tensor) -> None:
        raise InputError(
            f"table is {self.kind}: such a table is made of a trained one and is not trained itself. Train "
            f"with table=full, then compress the run"
        )

    def put(self, weight: Tensor) -> None:
        """Take over the vectors ``weight`` ``(V+1, D)`` as nearly as this table can."""
        raise NotImplementedError


class HalfTable(StoredTable):
    """Two bytes a number: bfloat16, which has float32's range and three decimal places."""

    kind = "bf16"
    vectors: Tensor

    def __init__(self, rows: int, dim: int) -> None:
        super().__init__(rows, dim)
        self.register_buffer("vectors", torch.zeros(rows, dim, dtype=torch.bfloat16))

    def forward(self, items: Tensor) -> Tensor:
        return self.vectors[items].float()

    def put(self, weight: Tensor) -> None:
        self.vectors.copy_(weight)


class RowTable(StoredTable):
    """Whole numbers of 8 or 4 bits and one float32 scale a row; see :func:`quantise`."""

    q: Tensor
    scale: Tensor

    def __init__(self, rows: int, dim: int, bits: int) -> None:
        super().__init__(rows, dim)
        if bits == 4 and dim % 2:
            raise InputError(f"dim is {dim}: two numbers share a byte, so it must be even")
        self.bits, self.kind = bits, f"int{bits}"
        width, kind = (dim, torch.int8) if bits == 8 else (dim // 2, torch.uint8)
        self.register_buffer("q", torch.zeros(rows, width, dtype=kind))
        self.register_buffer("scale", torch.ones(rows, 1))

    def _whole(self, q: Tensor) -> Tensor:
        return q if self.bits == 8 else unpack_pairs(q)

    def forward(self, items: Tensor) -> Tensor:
        return pad(dequantise(self._whole(self.q[items]), self.scale[items]), items)

    def scores(self, states: Tensor) -> Tensor:
        """The scale of a row is multiplied once, behind the dot product."""
        return (states @ self._whole(self.q).to(states.dtype).T) * self.scale.T

    def dynamic_scores(self, states: Tensor) -> Tensor:
        """As :meth:`scores`, with states in whole numbers too: one product of int8 matrices; 8 bits alone."""
        if self.bits != 8:
            raise InputError("the product of whole numbers needs a table of 8 bits")
        asked, scale = quantise(states)
        return torch._int_mm(asked, self.q.T).to(states.dtype) * scale * self.scale.T

    def put(self, weight: Tensor) -> None:
        q, scale = quantise(weight.float(), self.bits)
        self.q.copy_(q if self.bits == 8 else pack_pairs(q))
        self.scale.copy_(scale)


def largest(weight: Tensor, kept: float) -> Tensor:
    """``(V+1, D)`` bool: the ``kept`` share of numbers with the largest absolute value, exactly so many."""
    count = count_kept(weight.numel(), kept)
    mask = torch.zeros(weight.numel(), dtype=torch.bool, device=weight.device)
    mask[weight.detach().abs().flatten().topk(count).indices] = True
    return mask.view_as(weight)


def count_kept(numbers: int, kept: float) -> int:
    """How many of ``numbers`` are kept, at least one. Raises InputError: a share outside 0 to 1."""
    if not 0 < kept <= 1:
        raise InputError(f"kept is {kept}: it must be above 0 and at most 1")
    return max(1, round(kept * numbers))


class SparseTable(StoredTable):
    """The largest numbers alone, row by row: value (4 bytes), column (1 byte), and where each row starts."""

    kind = "sparse"
    values: Tensor
    columns: Tensor
    starts: Tensor

    def __init__(self, rows: int, dim: int, kept: float) -> None:
        super().__init__(rows, dim)
        if dim > 256:
            raise InputError(f"dim is {dim}: a sparse table has a byte for a column, so at most 256")
        self.kept, count = kept, count_kept(rows * dim, kept)
        self.register_buffer("values", torch.zeros(count))
        self.register_buffer("columns", torch.zeros(count, dtype=torch.uint8))
        self.register_buffer("starts", torch.zeros(rows + 1, dtype=torch.int32))

    @property
    def weight(self) -> Tensor:
        dense = self.values.new_zeros(self.rows, self.dim)
        row = torch.repeat_interleave(self.starts.diff().long(), output_size=int(self.starts[-1]))
        dense[row, self.columns[: len(row)].long()] = self.values[: len(row)]
        return dense

    def forward(self, items: Tensor) -> Tensor:
        """A row is put together from its own numbers; those of other items are not touched."""
        asked, back = items.unique(return_inverse=True)
        start, end = self.starts[asked].long(), self.starts[asked + 1].long()
        count = end - start
        row = torch.repeat_interleave(count)
        place = torch.arange(len(row), device=row.device) - (count.cumsum(0) - count)[row] + start[row]
        dense = self.values.new_zeros(len(asked), self.dim)
        dense[row, self.columns[place].long()] = self.values[place]
        return dense[back]

    def put(self, weight: Tensor) -> None:
        mask = largest(weight, self.kept)
        row, column = mask.nonzero(as_tuple=True)
        self.values.copy_(weight[row, column])
        self.columns.copy_(column)
        self.starts[1:] = torch.bincount(row, minlength=self.rows).cumsum(0)
