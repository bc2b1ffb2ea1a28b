"""One door for every log: CSV, TSV, Parquet, DataFrame, MovieLens, headerless pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from ...messages import InputError, unknown
from ..errors import ADVICE, DataError
from ..filters import POLICIES, drop_duplicates
from ..filters import k_core as keep_core
from ..interactions import Interactions
from ..report import Report
from . import layouts
from .archive import check_members, only_table, read_member
from .assemble import assemble
from .catalogue import read_catalogue, with_catalogue
from .choosing import keep_events, keep_grades, without_bad_rows
from .columns import column_notes, map_columns, time_note
from .first_line import first_line, how_to_read
from .frames import from_frame
from .headerless import read_columns, read_sequences, with_one_sign
from .nested import is_list, parts_in, read_json, read_parts, spread
from .opening import existing, in_utf8, read_bytes
from .table import Table, read_delimited, read_pairs, read_parquet
from .types import usual_types, without_unread

FORMATS = ("csv", "tsv", "parquet", "json", "pairs", "sequences", "movielens")
_BY_SUFFIX = {".csv": "csv", ".tsv": "tsv", ".inter": "tsv", ".parquet": "parquet", ".pq": "parquet",
              ".json": "json", ".jsonl": "json", ".ndjson": "json", ".txt": "pairs",
              ".zip": "zip"}  # fmt: skip
MOVIELENS_CORE = 5
BAD_ROWS = ("error", "drop")


def read_interactions(
    source: str | Path | pd.DataFrame,
    *,
    user: str | None = None,
    item: str | None = None,
    time: str | None = None,
    event: str | None = None,
    title: str | None = None,
    columns: str | Sequence[str] | None = None,
    sep: str | None = None,
    events: str | Sequence[str] | None = None,
    least_rating: float | None = None,
    bad_rows: str = "error",
    keep_na: bool = False,
    format: str | None = None,
    encoding: str = "utf-8",
    time_unit: str = "s",
    date_format: str | None = None,
    repeats: bool = False,
    duplicates: str | Mapping[str, str] = "keep",
    k_core: int | None = None,
    name: str | None = None,
    memory_gb: float | None = None,
    items: str | Path | None = None,
) -> Interactions:
    """Read a log, check every row, and sort it by user and time (stable on ties).

    Nothing is lost in silence: a row that cannot be used raises, and what an option drops is
    counted in the log's ``report``.

    Args:
        source: a CSV or TSV with a header, a Parquet file or a folder of its parts, JSON (an object a
            line, or one list), a DataFrame, a MovieLens zip or folder, a zip that holds one such table, or
            headerless ``user item`` lines in time order (.txt, .txt.gz). A row may hold a user's whole
            history as lists.
        user, item, time, event, title: column names; None finds the usual names. All other columns
            are kept as ``features``.
        columns: names by position for a text without a header, ``"user,item,rating,time"``; ``-`` leaves
            a column out. sep: the sign between the columns of a text, ``"::"`` too; None finds it.
        events: keep rows of these events alone, ``"buy,cart"``. least_rating: keep rows whose rating, score
            or stars are at least that.
        bad_rows: ``error``, or ``drop``: rows without an id or a time, with a time that cannot be read or
            with too few or too many values are left out; the report counts each kind.
        keep_na: True: text such as ``NA``, ``none`` or ``null`` is an id; else it stands for a missing one.
        format: csv, tsv, parquet, json, pairs, sequences (a line a user: ``user item item``) or movielens;
            None goes by the file's name.
        encoding: of a text file, by a name that Python knows.
        time_unit: of times that are numbers: s, ms, us or ns.
        date_format: of dates that are not ISO, for example ``%d/%m/%Y``, or ``%Y%m%d`` for 20200131.
        repeats: True where meeting an item again is normal; seen items then stay in the ranking.
        duplicates: keep, first, last or error; or by event, ``"view=first,buy=keep"`` or a mapping: then only
            meetings by the same event are duplicates, and events that are not named are kept.
        k_core: keep users and items with at least so many interactions. None: 5 for MovieLens
            layouts, where films with fewer ratings cannot be learned; else 0, which is off.
        name: for tables; None takes the file's name.
        memory_gb: for a CSV, a Parquet file or a folder of parts that is larger than memory: DuckDB sorts it
            on disk within so many gigabytes, and users, items and times stay there until they are looked at.
            Columns with other roles, features and dropped rows are for logs that fit.
        items: a table of the catalogue, see :func:`.catalogue.read_catalogue`: a line an item, with what is
            known of it. Items that nobody has met yet come into the catalogue too.

    Raises:
        DataError: with the file, the line, the column and what to do.
        InputError: an unknown format, policy, unit or encoding.
    """
    duplicates = _policies(duplicates)  # say so before a large file is read
    if bad_rows not in BAD_ROWS:
        raise InputError(unknown("policy for bad rows", bad_rows, BAD_ROWS))
    try:
        "".encode(encoding)
    except LookupError:
        raise InputError(f"unknown encoding {encoding!r}: use for example utf-8, latin-1 or utf-16") from None
    asked = {"user": user, "item": item, "time": time, "event": event, "title": title}
    if memory_gb is not None:
        changed = {
            "event": event, "title": title, "columns": columns, "sep": sep, "events": events,
            "least_rating": least_rating, "date_format": date_format, "k_core": k_core or None,
            "items": items, "keep_na": keep_na or None,
            "bad_rows": None if bad_rows == "error" else bad_rows,
            "duplicates": None if duplicates == "keep" else duplicates,
            "encoding": None if encoding == "utf-8" else encoding,
        }  # fmt: skip
        return _on_disk(source, asked, changed, memory_gb, time_unit, repeats, name)
    films: layouts.Films
    if isinstance(source, pd.DataFrame):
        table, films, kind, label = from_frame(source), {}, "frame", "DataFrame"
    elif isinstance(source, str | Path):
        path = existing(source)
        by_place = None if columns is None else _listed(columns)
        kind = _format_of(path, format, text=by_place is not None or sep is not None)
        label = path.name.split(".")[0]
        kind, table, films = _open(path, kind, encoding, asked, by_place, sep, bad_rows == "drop")
    else:
        raise DataError(f"cannot read a {type(source).__name__}: give a path or a DataFrame")
    table = replace(table, data=usual_types(table.data), keep_na=keep_na)
    notes: list[str] = []
    if kind == "movielens":
        roles = layouts.ROLES
    elif kind == "pairs":
        roles = {"user": "user", "item": "item"}
    else:
        lists = [each for each in table.names if is_list(table.data[each].type)]
        roles = map_columns(table.origin.name, table.names, asked, lists)
        table = without_unread(table, roles)
        notes = [
            *table.notes,
            *time_note(table, roles),
            *column_notes(roles, table.names, asked, events is not None, least_rating is not None),
        ]
        table = spread(table, roles["item"])
        notes += [note for note in table.notes if note not in notes]
    read = Report(rows_read=table.data.num_rows + table.skipped)
    read = read.drop(table.skipped, "interactions", f"not {len(table.names)} values in their line")
    if events is not None:
        table, read = keep_events(table, roles.get("event"), _listed(events), read)
    if least_rating is not None:
        table, read = keep_grades(table, least_rating, read)
    make = partial(
        assemble,
        roles=roles,
        name=name or label,
        repeats=repeats,
        time_unit=time_unit,
        date_format=date_format,
    )
    if bad_rows == "drop":
        (log, order), table, read = without_bad_rows(table, make, read)
    else:
        log, order = make(table)
    report = replace(log.report, rows_read=read.rows_read, dropped=(*read.dropped, *log.report.dropped))
    for note in notes:
        report = report.note(note)
    log = replace(log, report=report)
    if films:
        titles, features = layouts.film_columns(log.item_ids, films)
        log = replace(log, titles=titles, item_features=features)
    log = drop_duplicates(
        log, duplicates, lambda row: table.origin.at(row if order is None else int(order[row]))
    )
    core = keep_core(log, (MOVIELENS_CORE if kind == "movielens" else 0) if k_core is None else k_core)
    if items is None:
        return core
    return with_catalogue(core, read_catalogue(items), {str(each) for each in log.item_ids[1:]})


def _on_disk(
    source: str | Path | pd.DataFrame,
    asked: dict[str, str | None],
    changed: Mapping[str, object],
    memory_gb: float,
    time_unit: str,
    repeats: bool,
    name: str | None,
) -> Interactions:
    from .on_disk import read_on_disk  # brings DuckDB, which few logs need

    if unfit := [option for option, value in changed.items() if value is not None]:
        raise InputError(
            f"memory_gb reads users, items and times alone: leave {', '.join(unfit)} out, "
            "or read the log whole"
        )
    if isinstance(source, pd.DataFrame):
        raise InputError("a DataFrame is in memory already: leave memory_gb out")
    path = existing(source)
    return read_on_disk(path, asked, memory_gb, time_unit, repeats, name or path.name.split(".")[0])


def _policies(duplicates: str | Mapping[str, str]) -> str | Mapping[str, str]:
    """The policy for duplicates, or one for each event that is named."""
    if isinstance(duplicates, str) and "=" in duplicates:
        pairs = [part.partition("=") for part in _listed(duplicates)]
        duplicates = {event.strip(): policy.strip() for event, _, policy in pairs}
    for policy in [duplicates] if isinstance(duplicates, str) else duplicates.values():
        if policy not in POLICIES:
            raise InputError(unknown("duplicate policy", policy, POLICIES))
    return duplicates


def _listed(names: str | Sequence[str]) -> list[str]:
    return [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)


def _format_of(path: Path, format: str | None, text: bool) -> str:
    """The format asked for, or by the file's name; ``text``: options for text columns were given."""
    if format is not None:
        if format not in FORMATS:
            raise InputError(unknown("format", format, FORMATS))
        return format
    if path.is_dir() and path.suffix not in _BY_SUFFIX:
        return "parts" if parts_in(path) else "movielens"
    suffix = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    kind = _BY_SUFFIX.get(suffix.lower())
    if text and kind in (None, "pairs"):
        return "csv"
    if kind is not None:
        return kind
    line = "" if path.is_dir() else first_line(read_bytes(path), "latin-1")
    option, value = how_to_read(line)
    raise DataError(
        f"{path}: the ending {suffix!r} says no format, and line 1 is {line[:60]!r}: if that is data, "
        f"{ADVICE}; else give the format, one of {', '.join(FORMATS)}",
        option,
        value,
    )


def _open(
    path: Path,
    kind: str,
    encoding: str,
    asked: dict[str, str | None],
    columns: list[str] | None,
    sep: str | None,
    drop: bool,
) -> tuple[str, Table, layouts.Films]:
    """Return ``(kind, table, films)``: films are titles and genres by item id as text, if there are any."""
    if kind in ("movielens", "zip"):
        names = check_members(path) if path.is_file() else []
        if kind == "movielens" or layouts.find_layout(names):
            return "movielens", *(layouts.read_folder(path) if path.is_dir() else layouts.read_zip(path))
        inside = only_table(path, names, _BY_SUFFIX)
        kind, name = _BY_SUFFIX[Path(inside).suffix.lower()], f"{path}: {inside}"
        text: bytes | memoryview = read_member(path, inside)
    elif kind == "parts":
        return kind, read_parts(path), {}
    else:
        name, text = str(path), read_bytes(path)
    if (columns is not None or sep is not None) and kind not in ("csv", "tsv"):
        raise InputError(f"{name}: columns and sep are for a text with columns, and this is read as {kind}")
    if kind == "parquet":
        return kind, read_parquet(name, text), {}
    text, encoding = in_utf8(name, text, encoding)
    if kind == "json":
        return kind, read_json(name, text, encoding), {}
    if kind == "sequences":
        return "pairs", read_sequences(name, text, encoding), _companion(path)
    if kind == "pairs":
        return kind, read_pairs(name, text, encoding), _companion(path)
    if columns is not None:
        return kind, read_columns(name, text, columns, sep, encoding, drop), {}

    def time_column(names: list[str]) -> str | None:
        return map_columns(name, names, asked).get("time")

    sign = sep or ("\t" if kind == "tsv" else None)
    if sign is not None and len(sign) > 1:
        text, sign = with_one_sign(name, text, sign, encoding)
    return kind, read_delimited(name, text, sign, encoding, time_column, drop), {}


def _companion(path: Path) -> layouts.Films:
    """Titles for ``X.txt`` or ``X.txt.gz`` from ``X-items.tsv`` beside it, if there is one."""
    beside = path.with_name(path.name.split(".")[0] + "-items.tsv")
    if not beside.is_file():
        return {}
    table = read_delimited(str(beside), read_bytes(beside), "\t", "utf-8")
    if not {"item", "title"} <= set(table.names):
        raise DataError(f"{beside}: needs the columns item and title; it has {', '.join(table.names)}")
    columns = {
        name: np.asarray(table.data[name].cast("string").fill_null("").to_pylist()) for name in table.names
    }
    genres = columns.get("genres", np.full(len(columns["item"]), ""))
    rows = zip(columns["item"], columns["title"], genres, strict=True)
    return {str(item).strip(): (str(title), str(genre)) for item, title, genre in rows}
