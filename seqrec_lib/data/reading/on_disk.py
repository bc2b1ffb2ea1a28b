"""A log that is larger than memory: DuckDB numbers and sorts it on disk.

What comes out equals what the reader in memory gives, ties included: ids are numbered in sorted order, rows
stand by user and time, and rows with equal times stand as in the file. Size: ``N`` interactions.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from ...messages import InputError, unknown
from ..errors import DataError
from ..interactions import Interactions
from ..report import Report
from .columns import map_columns
from .ids import _WHOLE, MISSING_WORDS
from .nested import parts_in
from .times import LATEST, UNITS

LEAST_GB = 0.1
AT_ONCE = 1 << 20  # rows that travel from the engine at once
COLUMNS = {"users": np.int64, "items": np.int64, "times": np.float64}


def read_on_disk(
    path: Path, asked: dict[str, str | None], memory_gb: float, time_unit: str, repeats: bool, name: str
) -> Interactions:
    """Read ``path``, a CSV, a Parquet file or a folder of Parquet parts, within ``memory_gb`` for the engine.

    The columns of the log are memory maps of files in the system's temporary folder, which go with the log.

    Raises:
        DataError: no such columns, a missing id or time, with the row. InputError: DuckDB is not
            installed, too little memory, an unknown unit.
    """
    try:
        import duckdb
    except ImportError as error:
        raise InputError("memory_gb needs DuckDB: pip install 'seqrec_lib[practice]'") from error
    if not memory_gb >= LEAST_GB:
        raise InputError(f"memory_gb is {memory_gb}: it must be at least {LEAST_GB}")
    if time_unit not in UNITS:
        raise InputError(unknown("time_unit", time_unit, UNITS))
    source, names, text = _source(path)
    roles = map_columns(str(path), names, asked)
    home = Path(tempfile.mkdtemp(prefix="seqrec-log-"))
    engine = duckdb.connect(
        str(home / "log.duckdb"),
        config={
            "memory_limit": f"{memory_gb * 1000:.0f}MB",
            "temp_directory": str(home / "spill"),
            "threads": 1,  # each thread holds buffers of its own
        },
    )
    engine.execute("SET enable_progress_bar = false")
    try:
        log = _read(engine, str(path), source, roles, text, UNITS[time_unit], home)
    except duckdb.OutOfMemoryException as error:
        raise InputError(f"{path}: {memory_gb} GB are too little for DuckDB: give memory_gb more") from error
    except (duckdb.InvalidInputException, duckdb.IOException, duckdb.ConversionException) as error:
        raise DataError(f"{path}: cannot be read ({str(error).splitlines()[0]})") from error
    finally:
        engine.close()
        for each in home.glob("log.duckdb*"):
            each.unlink()
        shutil.rmtree(home / "spill", ignore_errors=True)
    users, items, times, user_ids, item_ids, rows = log
    weakref.finalize(users, shutil.rmtree, home, ignore_errors=True)
    report = Report(source=str(path), rows_read=rows)
    if times is None:
        report = report.note("no time column: each user's rows are taken to be in time order")
    no_item = np.array([None], dtype=object)
    return Interactions(
        users,
        items,
        times,
        user_ids,
        np.concatenate([no_item, item_ids]),
        repeats=repeats,
        name=name,
        report=report,
    )


def _source(path: Path) -> tuple[str, list[str], bool]:
    """``(what DuckDB reads from, column names, whether all values are text)``."""
    if path.is_dir():
        parts = parts_in(path)
        if not parts:
            raise DataError(f"{path}: no Parquet files right in this folder")
        files = ", ".join(_quoted(str(part)) for part in parts)
        return f"read_parquet([{files}])", pq.read_schema(parts[0]).names, False
    if path.suffix.lower() in (".parquet", ".pq"):
        return f"read_parquet([{_quoted(str(path))}])", pq.read_schema(path).names, False
    if path.suffix.lower() not in (".csv", ".tsv"):
        raise InputError(f"{path}: memory_gb reads CSV, TSV and Parquet, by the file's name")
    sign = "\t" if path.suffix.lower() == ".tsv" else ","
    with pacsv.open_csv(path, parse_options=pacsv.ParseOptions(delimiter=sign)) as stream:
        names = stream.schema.names
    how = f"header = true, all_varchar = true, delim = {_quoted(sign)}, quote = '\"'"
    return f"read_csv({_quoted(str(path))}, {how})", names, True


def _read(
    engine: Any, path: str, source: str, roles: dict[str, str], text: bool, unit: float, home: Path
) -> tuple[Any, Any, Any, np.ndarray, np.ndarray, int]:
    columns = {
        role: '"' + roles[role].replace('"', '""') + '"' for role in ("user", "item", "time") if role in roles
    }
    chosen = ", ".join(f"{column} AS {role}" for role, column in columns.items())
    engine.execute(f"CREATE TABLE raw AS SELECT row_number() OVER () AS place, {chosen} FROM {source}")
    types = dict(engine.execute("SELECT column_name, data_type FROM information_schema.columns").fetchall())
    ids = {role: _id(engine, path, role, roles[role], types[role]) for role in ("user", "item")}
    when = _time(engine, path, roles["time"], types["time"], text, unit) if "time" in roles else None
    for role, value in ids.items():
        engine.execute(
            f"CREATE TABLE {role}s AS SELECT id, row_number() OVER (ORDER BY id) AS number "
            f"FROM (SELECT DISTINCT {value} AS id FROM raw)"
        )
    answer = engine.sql(
        f"SELECT users.number - 1 AS users, items.number AS items"
        f"{'' if when is None else f', {when} AS times'} FROM raw "
        f"JOIN users ON users.id = {ids['user']} JOIN items ON items.id = {ids['item']} "
        f"ORDER BY users.number, {'' if when is None else 'times, '}place"
    )
    rows = 0
    kept = [name for name in COLUMNS if name != "times" or when is not None]
    with ExitStack() as closing:
        files = {each: closing.enter_context(open(home / each, "wb")) for each in kept}
        reader = getattr(answer, "to_arrow_reader", None) or answer.fetch_arrow_reader  # before 1.5
        for part in reader(AT_ONCE):
            rows += len(part)
            for each, file in files.items():
                np.asarray(part.column(each).to_numpy(zero_copy_only=False), COLUMNS[each]).tofile(file)
    maps = [np.memmap(home / each, COLUMNS[each], "c") if each in kept else None for each in COLUMNS]
    found = [
        np.array(engine.execute(f"SELECT id FROM {role}s ORDER BY number").fetchnumpy()["id"], object)
        for role in ("user", "item")
    ]
    return maps[0], maps[1], maps[2], found[0], found[1], rows


def _id(engine: Any, path: str, role: str, column: str, kind: str) -> str:
    """The expression that is a row's id: a whole number where all are, else text without spaces around."""
    if kind in ("BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UINTEGER", "USMALLINT", "UTINYINT"):
        _refuse(engine, path, column, f"{role} IS NULL", f"no {role} id")
        return f'CAST("{role}" AS BIGINT)'
    if kind != "VARCHAR":
        raise DataError(f"{path}, column {column!r}: {kind} cannot be an id: use text or whole numbers")
    words = ", ".join(_quoted(each) for each in sorted(MISSING_WORDS))
    _refuse(engine, path, column, f'"{role}" IS NULL OR lower(trim("{role}")) IN ({words})', f"no {role} id")
    whole = f'regexp_full_match(trim("{role}"), {_quoted(_WHOLE.strip("^$"))})'
    (all_whole,) = engine.execute(f"SELECT bool_and({whole}) FROM raw").fetchone()
    return f'CAST(trim("{role}") AS BIGINT)' if all_whole else f'trim("{role}")'


def _time(engine: Any, path: str, column: str, kind: str, text: bool, unit: float) -> str:
    """The expression that is a row's time in seconds."""
    if kind.startswith(("TIMESTAMP", "DATE")):
        value = 'epoch_us(CAST("time" AS TIMESTAMP)) / 1e6'
    elif text or kind == "VARCHAR":
        value = f'TRY_CAST(trim("time") AS DOUBLE) / {unit}'
    else:
        value = f'CAST("time" AS DOUBLE) / {unit}'
    _refuse(
        engine, path, column, f"NOT coalesce({value} BETWEEN 0 AND {LATEST}, false)",
        "no time in seconds since 1970, or one after 2100; numbers and Parquet's own times are read",
    )  # fmt: skip
    return value


def _refuse(engine: Any, path: str, column: str, bad: str, problem: str) -> None:
    """Raise DataError for the first row of which ``bad`` is true."""
    count, place = engine.execute(f"SELECT count(*), min(place) FROM raw WHERE {bad}").fetchone()
    if count:
        raise DataError(
            f"{path}, row {place:,} of the data, column {column!r}: {problem} ({count:,} rows): mend or "
            "delete them"
        )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
