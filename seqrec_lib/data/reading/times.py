"""From a time column to float64 seconds since 1970 (UTC)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from ...messages import InputError, rows, unknown
from ..errors import ADVICE, DataError
from .table import Table, is_number

UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
LATEST = 4102444800.0  # 2100-01-01: a later time is taken for a mistake of the unit
_SLASHED = ("%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%m-%d-%Y", "%d-%m-%Y", "%d.%m.%Y")
_CLOCKS = ("", " %H:%M", " %H:%M:%S")


def read_times(table: Table, column: str, unit: str = "s", date_format: str | None = None) -> np.ndarray:
    """Return ``(N,)`` float64 seconds. Numbers are in ``unit``; dates without a zone are UTC.

    With a ``date_format``, whole numbers are dates too: ``20200131`` is ``%Y%m%d``.

    Raises:
        DataError: a missing, negative or absurd time; a value unlike the others; dates that could be
            read in two ways.
        InputError: an unknown unit.
    """
    if unit not in UNITS:
        raise InputError(unknown("time_unit", unit, UNITS))
    values = table.data[column]
    missing = pc.is_null(values).to_numpy()
    _refuse(table, column, missing, "no time", "fill it in or delete the row")
    if pt.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pt.is_timestamp(values.type) or pt.is_date(values.type):
        seconds = _from_instants(values)
    elif date_format is not None and pt.is_integer(values.type):  # for example 20200131
        seconds = _with_format(table, column, values.cast(pa.string()), date_format)
    elif date_format is not None and pt.is_floating(values.type):
        raise DataError(
            f"{table.origin.name}, column {column!r}: {values.type} has no date_format: make the column "
            f"text or whole numbers, or leave date_format out"
        )
    elif pt.is_string(values.type) or pt.is_large_string(values.type):
        seconds = _from_text(table, column, pc.utf8_trim_whitespace(values), unit, date_format)
    elif pt.is_integer(values.type) or pt.is_floating(values.type):
        seconds = values.cast(pa.float64(), safe=False).to_numpy() / UNITS[unit]
    else:
        raise DataError(
            f"{table.origin.name}, column {column!r}: {values.type} is no time: use seconds or dates"
        )
    _refuse_absurd(table, column, seconds, unit)
    return seconds


def _refuse(
    table: Table,
    column: str,
    bad: np.ndarray,
    problem: str,
    advice: str,
    option: str = "",
    value: object = None,
) -> None:
    if bad.any():
        place = table.origin.at(int(bad.argmax()), column)
        raise DataError(f"{place}: {problem} ({rows(int(bad.sum()))}): {advice}", option, value, bad)


def _refuse_absurd(table: Table, column: str, seconds: np.ndarray, unit: str) -> None:
    _refuse(table, column, np.isnan(seconds), "no time", "fill it in or delete the row")
    bad = ~((seconds >= 0) & (seconds <= LATEST))
    if not bad.any():
        return
    value = seconds[bad.argmax()]
    if value < 0:
        _refuse(
            table, column, seconds < 0, f"time {value:g} is negative, before 1970", "mend or delete the row"
        )
    fits = [name for name, scale in UNITS.items() if 1e8 <= value * UNITS[unit] / scale <= LATEST]
    problem = f"time {value:g} s is absurd, after the year 2100"
    if fits and bad.mean() >= 0.5:  # a few bad rows among good ones are no other unit
        _refuse(table, column, bad, problem, f"if times are in {fits[0]}, {ADVICE}", "time_unit", fits[0])
    _refuse(table, column, bad, problem, "mend or delete the row")


def _from_instants(values: pa.ChunkedArray) -> np.ndarray:
    zone = getattr(values.type, "tz", None)
    micros = values.cast(pa.timestamp("us", tz=zone), safe=False).cast(pa.int64())
    return micros.to_numpy() / 1e6


def _from_text(
    table: Table, column: str, values: pa.ChunkedArray, unit: str, date_format: str | None
) -> np.ndarray:
    if date_format is not None:
        return _with_format(table, column, values, date_format)
    try:
        return values.cast(pa.float64()).to_numpy() / UNITS[unit]
    except pa.ArrowInvalid:
        pass
    for zone in (None, "UTC"):
        try:
            return _from_instants(values.cast(pa.timestamp("us", tz=zone)))
        except pa.ArrowInvalid:
            continue
    first = values[0].as_py()
    if is_number(first):
        bad = ~np.fromiter((is_number(text) for text in values.to_pylist()), bool, len(values))
        other = values[int(bad.argmax())].as_py()
        _refuse(
            table, column, bad, f"mixed types, {other!r} is not a number like {first!r}", "write all alike"
        )
    return _slashed(table, column, values, first)


def _slashed(table: Table, column: str, values: pa.ChunkedArray, first: str) -> np.ndarray:
    """Read dates that are not ISO: the one format that fits every row."""
    formats = [day + clock for day in _SLASHED for clock in _CLOCKS]
    text = pd.Series(values.to_pandas())
    head = [f for f in formats if not pd.to_datetime(text.iloc[:1], format=f, errors="coerce").isna().any()]
    fits = [f for f in head if not pd.to_datetime(text, format=f, errors="coerce").isna().any()]
    if len(fits) == 1:
        return _with_format(table, column, values, fits[0])
    if fits:
        raise DataError(
            f"{table.origin.at(0, column)}: {first!r} can be read as {' or '.join(fits)}: "
            f"{ADVICE}, or write dates as YYYY-MM-DD",
            "date_format",
            fits[0],
        )
    guess = head[0] if head else "ISO8601"
    return _with_format(table, column, values, guess)


def _with_format(table: Table, column: str, values: pa.ChunkedArray, date_format: str) -> np.ndarray:
    stamps = pd.to_datetime(pd.Series(values.to_pandas()), format=date_format, errors="coerce", utc=True)
    bad = stamps.isna().to_numpy()
    if bad.all():
        problem = f"{values[0].as_py()!r} is no time that can be read"
        advice = f"write seconds or YYYY-MM-DD HH:MM:SS, or {ADVICE}"
        _refuse(table, column, bad, problem, advice, "date_format")
    if bad.any():
        other, first = values[int(bad.argmax())].as_py(), values[int((~bad).argmax())].as_py()
        problem = f"{other!r} is not written like {first!r} (format {date_format})"
        _refuse(table, column, bad, problem, "write every date the same way, best as YYYY-MM-DD HH:MM:SS")
    return stamps.dt.as_unit("us").astype("int64").to_numpy() / 1e6
