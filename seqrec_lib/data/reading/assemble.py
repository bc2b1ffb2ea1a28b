"""From a table of columns to a log: check, number, sort."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from ..errors import DataError
from ..interactions import Interactions
from ..moments import written
from ..report import Report
from .ids import encode, map_ids
from .table import Table
from .times import read_times
from .types import is_opaque, refuse_opaque

EARLY = (
    315_532_800.0  # 1980: no log of a service is older, so times that all lie before it are of another unit
)
COUNTED = 1e6  # times up to here may be numbers of steps


def assemble(
    table: Table,
    roles: dict[str, str],
    *,
    name: str,
    repeats: bool = False,
    time_unit: str = "s",
    date_format: str | None = None,
) -> tuple[Interactions, np.ndarray | None]:
    """Check the columns, number users and items, sort by user and time.

    Returns the log and ``(N,)`` the row in the table of each of its rows (None: in table order).
    Every row of the table is in the log: a row that cannot be used is an error.
    """
    if not table.data.num_rows:
        raise DataError(f"{table.origin.name}: names and no rows: at least one interaction is needed")
    report = Report(source=table.origin.name, rows_read=table.data.num_rows)
    users, user_ids, user_note = map_ids(table, roles["user"], "user")
    items, item_ids, item_note = map_ids(table, roles["item"], "item")
    items += 1  # 0 is padding
    for note in (user_note, item_note):
        report = report.note(note) if note else report
    times = None
    if "time" in roles:
        times = read_times(table, roles["time"], time_unit, date_format)
    else:
        report = report.note("no time column: each user's rows are taken to be in time order")
    order = _sorting(users, times)
    coarse = "time" in roles and pt.is_float32(table.data[roles["time"]].type)
    for note in _time_notes(users, times, order, coarse):
        report = report.note(note)
    titles = _titles(table, roles["title"], items, len(item_ids)) if "title" in roles else None
    events, event_names = _events(table, roles["event"]) if "event" in roles else (None, [])
    features: dict[str, np.ndarray] = {}
    for column in table.names:
        if column not in roles.values():
            kept, note = read_feature(table, column)
            report = report.note(note) if note else report
            features |= {} if kept is None else {column: kept}

    def pick(values: np.ndarray) -> np.ndarray:
        return values if order is None else values[order]

    log = Interactions(
        users=pick(users),
        items=pick(items),
        times=None if times is None else pick(times),
        user_ids=user_ids,
        item_ids=np.concatenate([np.array([None], dtype=object), item_ids]),
        titles=titles,
        events=None if events is None else pick(events),
        event_names=event_names,
        features={key: pick(values) for key, values in features.items()},
        repeats=repeats,
        name=name,
        report=report,
    )
    return log, order


def _time_notes(
    users: np.ndarray, times: np.ndarray | None, order: np.ndarray | None, coarse: bool
) -> list[str]:
    """What a reader should know of the times: order that they do not tell, and a unit that may be wrong.

    ``coarse``: they were read as float32, which has 24 bits for a number.
    """
    if times is None:
        return []
    at = slice(None) if order is None else order
    users, times = users[at], times[at]
    notes = []
    tied = int(((users[1:] == users[:-1]) & (times[1:] == times[:-1])).sum())
    if tied:
        notes.append(
            f"{tied:,} rows have the same time as their user's row before: they stand as in the file"
        )
    if coarse and times.max() >= 2**24:
        step = float(np.spacing(np.float32(times.max())))
        notes.append(
            f"times are float32, which tells moments apart that are {step:.0f} seconds or more apart: keep "
            "the column as float64 or whole numbers where it is made"
        )
    if _are_days(times):
        notes.append(
            f"times such as {times.max():.0f} look like days, and are read as seconds: pass "
            "date_format='%Y%m%d', --date-format %Y%m%d, if they are"
        )
    elif COUNTED < times.max() < EARLY:
        notes.append(
            f"all times lie before 1980, the last at {written(float(times.max()))}: is their unit right?"
        )
    return notes


def _are_days(times: np.ndarray) -> bool:
    """Whether all times look like 20200131, a year, a month and a day."""
    year, month, day = times // 10_000, times // 100 % 100, times % 100
    return bool(
        ((year >= 1970) & (year <= 2100) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).all()
        and (times == np.floor(times)).all()
    )


def _sorting(users: np.ndarray, times: np.ndarray | None) -> np.ndarray | None:
    """Return the stable order by user, then time; None if the rows stand so already."""
    same, step = np.diff(users) == 0, np.diff(users)
    if (step >= 0).all() and (times is None or (np.diff(times)[same] >= 0).all()):
        return None
    if times is None:
        return np.argsort(users, kind="stable")
    by_time = np.argsort(times, kind="stable")
    return by_time[np.argsort(users[by_time], kind="stable")]


def _titles(table: Table, column: str, items: np.ndarray, n_items: int) -> list[str]:
    refuse_opaque(table, column, "a title")
    codes, values = encode(table.data[column])
    words = ["", *map(str, values.to_pylist())]  # code -1, no title, comes first
    named = np.array([bool(word.strip()) for word in words])[codes + 1]  # (N,)
    rows = np.flatnonzero(named)
    place, first = np.unique(items[rows], return_index=True)  # the first row with a title names its item
    titles = [""] * (n_items + 1)
    for item, row in zip(place, rows[first], strict=True):
        titles[item] = words[codes[row] + 1]
    return titles


def _events(table: Table, column: str) -> tuple[np.ndarray, list[str]]:
    refuse_opaque(table, column, "an event")
    codes, values = encode(table.data[column])
    if (codes < 0).any():
        row = int((codes < 0).argmax())
        raise DataError(
            f"{table.origin.at(row, column)}: no event type: fill it in or delete the row", bad=codes < 0
        )
    names, place = np.unique(np.asarray(values.cast(pa.string()).to_pylist()), return_inverse=True)
    return place[codes] + 1, ["", *map(str, names)]


def read_feature(table: Table, column: str) -> tuple[np.ndarray | None, str | None]:
    """Return ``(N,)`` float64 with NaN where a value is missing, or text, and a note if values mix.

    A column that can be neither is left out: None, and the note says so.
    """
    kind = table.data[column].type
    if is_opaque(kind):
        return None, f"column {column!r} is left out: {kind} can be no feature"
    codes, values = encode(table.data[column])
    number = pt.is_integer(values.type) or pt.is_floating(values.type) or pt.is_boolean(values.type)
    if number:
        found, note = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), None
    else:
        words = values.cast(pa.string())
        whole = pc.match_substring_regex(words, r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*$")
        numeric = whole.to_numpy(zero_copy_only=False).astype(bool)
        note = None
        if numeric.all():
            trimmed = pc.utf8_ltrim(pc.utf8_trim_whitespace(words), characters="+")
            found = trimmed.cast(pa.float64()).to_numpy(zero_copy_only=False)
        else:
            found = np.asarray(words.to_pylist(), dtype=object)
            if numeric.any():
                row = int(np.append(~numeric, False)[codes].argmax())
                note = (
                    f"column {column!r} is kept as text: it mixes numbers and words "
                    f"(first word: {found[codes[row]]!r}, {table.origin.row(row)})"
                )
    blank = np.array([np.nan if found.dtype == np.float64 else ""], dtype=found.dtype)
    return np.concatenate([found, blank])[codes], note
