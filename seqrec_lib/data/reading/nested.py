"""Rows of JSON, folders of Parquet parts, and tables that hold a whole history in a row."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as pt

from ..errors import DataError
from .opening import refuse_binary
from .origin import Origin
from .table import Table, check_names


def read_json(name: str, text: bytes | memoryview, encoding: str = "utf-8") -> Table:
    """Read JSON: an object a line, or one list of objects. A key that an object lacks is missing there.

    Raises:
        DataError: a line that is no JSON or no object, or a column whose values are of several types.
    """
    refuse_binary(name, text, encoding)
    try:
        words = bytes(text).decode(encoding).lstrip("\ufeff")
    except UnicodeDecodeError:
        raise Origin(name, text, encoding).bad_character() from None
    rows, places = [], []
    if words.lstrip().startswith("["):
        try:
            rows = json.loads(words)
        except json.JSONDecodeError as error:
            raise DataError(f"{name}, line {error.lineno}: not JSON ({error.msg}): mend that line") from None
    else:
        for place, line in enumerate(words.splitlines()):
            if line.strip():
                try:
                    rows.append(json.loads(line))
                except json.JSONDecodeError as error:
                    raise DataError(
                        f"{name}, line {place + 1}: not one whole JSON object ({error.msg}): mend that line"
                    ) from None
                places.append(place)
    origin = Origin(name, rows=places or None)
    if not rows:
        raise DataError(f"{name}: the file is empty: it needs at least one object")
    wrong = next((i for i, row in enumerate(rows) if not isinstance(row, dict)), None)
    if wrong is not None:
        raise DataError(f"{origin.at(wrong)}: {type(rows[wrong]).__name__} is no object with names: mend it")
    names = list(dict.fromkeys(key for row in rows for key in row))
    check_names(name, names)
    columns = []
    for column in names:
        values = [row.get(column) for row in rows]
        try:
            columns.append(pa.array(values))
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            columns.append(pa.array([None if value is None else _as_text(value) for value in values]))
    return Table(pa.table(columns, names=names), origin)


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def parts_in(folder: Path) -> list[Path]:
    """The Parquet files right in ``folder``, by name; what begins with a dot or ``_`` is no part."""
    return sorted(p for p in folder.glob("*.parquet") if p.is_file() and p.name[0] not in "._")


def read_parts(folder: Path) -> Table:
    """Read a folder of Parquet parts as one table, in the order of their names.

    Raises:
        DataError: a part is damaged, or has other columns than the first.
    """
    tables, first = [], None
    for path in parts_in(folder):
        try:
            table = pq.read_table(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise DataError(
                f"{path}: not a Parquet file, or a damaged one ({error}): export it again"
            ) from error
        first = first or (path, table.column_names)
        if set(table.column_names) != set(first[1]):
            other = ", ".join(sorted(set(table.column_names) ^ set(first[1])))
            raise DataError(f"{path}: has other columns than {first[0].name} ({other}): export them alike")
        tables.append(table.select(first[1]))
    check_names(str(folder), tables[0].column_names)
    try:
        data = pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise DataError(
            f"{folder}: the parts have columns of different types ({error}): export them alike"
        ) from None
    return Table(data, Origin(str(folder)))


def spread(table: Table, item: str) -> Table:
    """Where ``item`` holds lists, a row an item of its own; other columns of lists go along, others repeat.

    Raises:
        DataError: a list of another length than the items' in the same row.
    """
    if not is_list(table.data[item].type):
        return table
    counts = pc.fill_null(pc.list_value_length(table.data[item]), 0).to_numpy().astype(np.int64)
    if not counts.sum():
        raise DataError(
            f"{table.origin.name}, column {item!r}: no list holds an item: bring at least one interaction"
        )
    rows = np.repeat(np.arange(len(counts)), counts)
    columns = []
    for name in table.names:
        column = table.data[name]
        if not is_list(column.type):
            columns.append(column.take(pa.array(rows)))
            continue
        own = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
        if (own != counts).any():
            row = int((own != counts).argmax())
            raise DataError(
                f"{table.origin.at(row, name)}: {own[row]} values beside {counts[row]} items: mend that row"
            )
        columns.append(pc.list_flatten(column))
    base = table.origin.rows
    of = rows.tolist() if base is None else [base[int(row)] for row in rows]
    origin = Origin(table.origin.name, rows=of, lined=base is not None)
    empty = int((counts == 0).sum())
    notes = [f"{empty:,} rows have no item in their list, so no interaction"] if empty else []
    return Table(pa.table(columns, names=table.names), origin, (*table.notes, *notes))


def is_list(kind: pa.DataType) -> bool:
    """Whether a cell of this type holds a whole history."""
    return pt.is_list(kind) or pt.is_large_list(kind)
