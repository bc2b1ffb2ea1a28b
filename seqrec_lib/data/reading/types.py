"""The many column types of Arrow and pandas, as the few that the reader works with."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.types as pt

from ..errors import DataError
from .table import Table


def usual_types(data: pa.Table) -> pa.Table:
    """``data`` with views as plain columns, and decimals as whole numbers where they are, else as floats.

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


def refuse_nested(table: Table, column: str, what: str) -> None:
    """Raise DataError where a column holds lists, objects or what only its own program knows.

    ``what``: what the column was to be, such as ``the id of a user``.
    """
    kind = table.data[column].type
    if pt.is_nested(kind) or isinstance(kind, pa.BaseExtensionType):
        raise DataError(
            f"{table.origin.name}, column {column!r}: {kind} cannot be {what}: use a column of text or whole "
            "numbers"
        )
