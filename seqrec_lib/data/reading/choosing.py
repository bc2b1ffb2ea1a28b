"""Rows that the caller does not want: other events, low grades, and, on request, rows that cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from ...messages import InputError, unknown
from ..errors import ADVICE, DataError
from ..report import Report
from .columns import GRADES, plain
from .ids import encode
from .table import Table

Made = TypeVar("Made")


def take(table: Table, keep: np.ndarray) -> Table:
    """The rows of ``table`` where ``keep`` is True; their places in the file stay known."""
    rows = np.flatnonzero(keep)
    before = table.origin.rows
    of = rows if before is None else np.asarray(before)[rows]
    origin = replace(table.origin, rows=of.tolist(), lined=before is not None and table.origin.lined)
    return replace(table, data=table.data.filter(pa.array(keep)), origin=origin)


def keep_events(
    table: Table, column: str | None, events: Sequence[str], report: Report
) -> tuple[Table, Report]:
    """Keep the rows whose event is one of ``events``.

    Raises:
        DataError: no event column. InputError: an event that occurs in no row.
    """
    if column is None:
        raise DataError(
            f"{table.origin.name}: events are chosen and there is no event column: {ADVICE}",
            "event",
            "its name",
        )
    codes, values = encode(table.data[column])
    names = [str(value) for value in values.to_pylist()]
    for event in events:
        if event not in names:
            raise InputError(unknown(f"event in column {column!r}", event, names))
    wanted = np.append(np.isin(np.asarray(names, dtype=object), list(events)), False)  # code -1: no event
    keep = wanted[codes]
    why = f"other events than {', '.join(events)}"
    return take(table, keep), report.drop(int((~keep).sum()), "interactions", why)


def keep_grades(table: Table, least: float, report: Report) -> tuple[Table, Report]:
    """Keep the rows whose grade (rating, score, stars) is at least ``least``.

    Raises:
        DataError: no column of grades, two of them, or a grade that is no number.
    """
    found = [name for name in table.names if plain(name) in GRADES]
    if len(found) != 1:
        problem = "no column" if not found else f"columns {' and '.join(map(repr, found))}"
        raise DataError(
            f"{table.origin.name}: a least rating is asked for and there is {problem} called "
            f"{' or '.join(sorted(GRADES))}: name one so"
        )
    column = table.data[found[0]]
    if pt.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pt.is_string(column.type) or pt.is_large_string(column.type):
        column = pc.utf8_trim_whitespace(column)
    try:
        grades = column.cast(pa.float64()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataError(f"{table.origin.name}, column {found[0]!r}: not all are numbers ({error})") from None
    keep = np.nan_to_num(grades, nan=-np.inf) >= least
    why = f"{found[0]} below {least:g}, or missing"
    return take(table, keep), report.drop(int((~keep).sum()), "interactions", why)


def without_bad_rows(
    table: Table, make: Callable[[Table], Made], report: Report
) -> tuple[Made, Table, Report]:
    """``make(table)``, with the rows that it finds at fault left out, kind after kind, and counted.

    Raises:
        DataError: a fault that is not one of rows, or no row is left.
    """
    while True:
        try:
            return make(table), table, report
        except DataError as fault:
            if fault.bad is None or fault.bad.all():
                raise
            why = fault.told(lambda option, value: "").removeprefix(f"{table.origin.name}, ")
            why = why.rpartition(": ")[0]  # without the advice, which was taken
            report = report.drop(int(fault.bad.sum()), "interactions", f"cannot be used, first: {why}")
            table = take(table, ~fault.bad)
