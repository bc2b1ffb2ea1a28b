"""The many column types of Arrow and pandas, as the few that the reader works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from ..errors import DataError
from .table import Table


def usual_types(data: pa.Table) -> pa.Table:
    """``data`` with views and runs as plain columns, decimals as whole numbers where they are, else floats.

    All values stay what they were; a type that is none of these stays too, and whoever needs it as an id or
    a time says so.
    """
    for place, name in enumerate(data.column_names):
        column = data.column(place)
        usual = _usual(column)
        if usual is not column:
            data = data.set_column(place, name, usual)
    return data


def _usual(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pt.is_run_end_encoded(kind):
        column = pc.run_end_decode(column)
        kind = column.type
    if pt.is_dictionary(kind) and not (pt.is_string(kind.value_type) or pt.is_integer(kind.value_type)):
        column = column.cast(kind.value_type)
        kind = column.type
    if pt.is_string_view(kind):
        return column.cast(pa.string())
    if pt.is_binary_view(kind):
        return column.cast(pa.binary())
    if pt.is_float16(kind):
        return column.cast(pa.float32())
    if pt.is_decimal(kind):
        try:
            return column.cast(pa.int64())
        except pa.ArrowInvalid:
            return column.cast(pa.float64(), safe=False)
    return column


def is_opaque(kind: pa.DataType) -> bool:
    """Whether values of a type are lists, objects, bytes, calendar spans or what only its program knows."""
    return (
        pt.is_nested(kind)
        or pt.is_interval(kind)
        or pt.is_binary(kind)
        or pt.is_large_binary(kind)
        or pt.is_fixed_size_binary(kind)
        or isinstance(kind, pa.BaseExtensionType)
    )


def refuse_opaque(table: Table, column: str, what: str) -> None:
    """Raise DataError where a column cannot be ``what``, such as ``the id of a user``."""
    kind = table.data[column].type
    if is_opaque(kind):
        raise DataError(
            f"{table.origin.name}, column {column!r}: {kind} cannot be {what}: use text or whole numbers, "
            "for example with astype(str)"
        )


def without_unread(table: Table, roles: Mapping[str, str]) -> Table:
    """``table`` without the columns that could not be read, each with a note.

    Raises:
        DataError: one of them is needed, as a user, an item, a time, an event or a title.
    """
    for name, fault in table.unread.items():
        if name in roles.values():
            raise fault
    notes = [f"left out, because no other column needs it: {fault}" for fault in table.unread.values()]
    kept = [name for name in table.names if name not in table.unread]
    return replace(table, data=table.data.select(kept), notes=(*table.notes, *notes), unread={})
