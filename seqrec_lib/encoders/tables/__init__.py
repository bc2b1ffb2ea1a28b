"""Item tables: where the vector of an item comes from, and how states are scored against all items."""

from __future__ import annotations

from torch import nn

from ...messages import InputError, unknown
from .coded import CodedTable, nearest_codes, product_scores, quantile_codes
from .frame import ItemTable
from .rows import bytes_of_rows, dequantise, pack_pairs, quantise, unpack_pairs
from .shared import HashedTable, QuotientRemainderTable
from .stored import HalfTable, RowTable, SparseTable, largest

TRAINED = ("full", "hashed", "qr", "codes")
STORED = ("bf16", "int8", "int4", "sparse")
TABLES = (*TRAINED, *STORED)


def make_table(
    kind: str, rows: int, dim: int, std: float, shared_rows: int = 1000, pieces: int = 8, kept: float = 0.1
) -> nn.Embedding | ItemTable:
    """A table of ``rows`` = V+1 item vectors: ``nn.Embedding`` for ``full``, else an :class:`ItemTable`.

    Args:
        kind: one of ``TABLES``. std: of the numbers that a trained table begins with.
        shared_rows: of ``hashed`` and ``qr``. pieces: of ``codes``. kept: share of numbers in ``sparse``.

    Raises:
        InputError: an unknown kind (the nearest is named), or a width that ``pieces`` does not divide.
    """
    if kind not in TABLES:
        raise InputError(unknown("table", kind, TABLES))
    if kind == "hashed":
        return HashedTable(rows, dim, std, shared_rows)
    if kind == "qr":
        return QuotientRemainderTable(rows, dim, std, shared_rows)
    if kind == "codes":
        return CodedTable(rows, dim, std, pieces)
    if kind == "bf16":
        return HalfTable(rows, dim)
    if kind in ("int8", "int4"):
        return RowTable(rows, dim, 8 if kind == "int8" else 4)
    if kind == "sparse":
        return SparseTable(rows, dim, kept)
    return nn.Embedding(rows, dim, padding_idx=0)


__all__ = [
    "STORED",
    "TABLES",
    "TRAINED",
    "CodedTable",
    "HalfTable",
    "HashedTable",
    "ItemTable",
    "QuotientRemainderTable",
    "RowTable",
    "SparseTable",
    "bytes_of_rows",
    "dequantise",
    "largest",
    "make_table",
    "nearest_codes",
    "pack_pairs",
    "product_scores",
    "quantile_codes",
    "quantise",
    "unpack_pairs",
]
