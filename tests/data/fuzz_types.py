"""Random tables whose columns have any type that Arrow or pandas knows, and the ids that stand in them.

Every column is made of numbers from 0 to 99. ``SHOWN`` says under which id a reader must find a number; the
types that are not in it can hold no id, and a reader refuses them or, for lists, spreads them.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

Column = list[int | None]
ROLES = ("user", "item", "time", "more", "event", "title", "rating")


def _words(values: Column) -> list[str | None]:
    return [None if value is None else f"w{value}" for value in values]


def _bytes(values: Column) -> list[bytes | None]:
    return [None if value is None else f"w{value:02d}".encode() for value in values]


def _each(make: Callable[[int], object]) -> Callable[[Column], list]:
    return lambda values: [None if value is None else make(value) for value in values]


def _cast(base: pa.DataType, to: pa.DataType) -> Callable[[Column], pa.Array]:
    return lambda values: pa.array(values, base).cast(to)


def _of(kind: pa.DataType, make: Callable[[Column], list] = list) -> Callable[[Column], pa.Array]:
    return lambda values: pa.array(make(values), kind)


def _extension(kind: pa.BaseExtensionType, make: Callable[[int], object]) -> Callable[[Column], pa.Array]:
    storage = kind.storage_type
    return lambda values: pa.ExtensionArray.from_storage(kind, pa.array(_each(make)(values), storage))


def _runs(values: Column) -> pa.Array:
    return pa.RunEndEncodedArray.from_arrays(
        pa.array(range(1, len(values) + 1), pa.int32()), pa.array(values, pa.int64())
    )


def _union(values: Column) -> pa.Array:
    return pa.UnionArray.from_sparse(
        pa.array([0] * len(values), pa.int8()), [pa.array(values, pa.int64()), pa.array(_words(values))]
    )


ARROW: dict[str, Callable[[Column], pa.Array]] = {
    **{
        name: _of(getattr(pa, name)())
        for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
    },
    **{name: _of(getattr(pa, name)()) for name in ("float32", "float64")},
    "float16": _of(pa.float16(), _each(np.float16)),
    **{name: _of(getattr(pa, name)(), _words) for name in ("string", "large_string", "string_view")},
    **{name: _of(getattr(pa, name)(), _bytes) for name in ("binary", "large_binary", "binary_view")},
    "binary of 3": _of(pa.binary(3), _bytes),
    "decimal32": _of(pa.decimal32(7, 2), _each(Decimal)),
    "decimal64": _of(pa.decimal64(12, 2), _each(Decimal)),
    "decimal128": _of(pa.decimal128(12, 2), _each(Decimal)),
    "decimal256": _of(pa.decimal256(40, 2), _each(Decimal)),
    "halves": _of(pa.decimal128(12, 2), _each(lambda number: Decimal(number) / 2)),
    "dictionary": lambda values: pa.array(_words(values), pa.string()).dictionary_encode(),
    "dictionary with holes": lambda values: pa.DictionaryArray.from_arrays(
        pa.array(range(len(values)), pa.int32()), pa.array(_words(values), pa.string())
    ),
    "dictionary of numbers": lambda values: pa.array(values, pa.int32()).dictionary_encode(),
    "dictionary of bytes": lambda values: pa.array(_bytes(values), pa.binary()).dictionary_encode(),
    "dictionary of days": lambda values: pa.array(values, pa.int32()).cast(pa.date32()).dictionary_encode(),
    "bool": _of(pa.bool_(), _each(lambda number: number % 2 == 0)),
    "null": lambda values: pa.nulls(len(values)),
    "date32": _cast(pa.int32(), pa.date32()),
    "date64": _of(pa.date64(), _each(lambda number: datetime.date(2024, 1, 1) + datetime.timedelta(number))),
    "time32": _cast(pa.int32(), pa.time32("s")),
    "time64": _cast(pa.int64(), pa.time64("ns")),
    "duration": _cast(pa.int64(), pa.duration("ms")),
    **{f"timestamp {unit}": _cast(pa.int64(), pa.timestamp(unit)) for unit in ("s", "ms", "us", "ns")},
    "timestamp of Berlin": _cast(pa.int64(), pa.timestamp("ns", tz="Europe/Berlin")),
    "interval": _of(pa.month_day_nano_interval(), _each(lambda number: pa.MonthDayNano([0, number, number]))),
    "list": _of(pa.list_(pa.int64()), _each(lambda number: [number])),
    "large list": _of(pa.large_list(pa.int64()), _each(lambda number: [number])),
    "list of 2": _of(pa.list_(pa.int64(), 2), _each(lambda number: [number, number])),
    "list view": _of(pa.list_view(pa.int64()), _each(lambda number: [number])),
    "struct": _of(pa.struct({"a": pa.int64()}), _each(lambda number: {"a": number})),
    "map": _of(pa.map_(pa.string(), pa.int64()), _each(lambda number: [("a", number)])),
    "run ends": _runs,
    "union": _union,
    "uuid": _extension(pa.uuid(), lambda number: uuid.UUID(int=number).bytes),
    "json": _extension(pa.json_(), lambda number: f'{{"a": {number}}}'),
    "bool8": _extension(pa.bool8(), lambda number: number % 2),
    "opaque": _extension(pa.opaque(pa.string(), "point", "a maker"), str),
}
DAY = datetime.date(2024, 1, 1)
PANDAS: dict[str, Callable[[Column], object]] = {
    **{
        name: (lambda values, name=name: pd.array(values, dtype=name))
        for name in ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float32")
    },
    **{
        name: (lambda values, name=name: pd.Series(values, dtype="float64").astype(name))
        for name in ("float16", "float32", "float64", "Float64", "complex64", "complex128")
    },
    **{
        name: (lambda values, name=name: pd.array(_words(values), dtype=name))
        for name in ("string", "string[python]", "string[pyarrow]", "str")
    },
    "boolean": lambda values: pd.array(_each(lambda n: n % 2 == 0)(values), dtype="boolean"),
    "category": lambda values: pd.Categorical(_words(values), categories=[f"w{n}" for n in range(101)]),
    "category of numbers": lambda values: pd.Categorical(values, ordered=True),
    "category of floats": lambda values: pd.Categorical(_each(float)(values)),
    "category of days": lambda values: pd.Categorical(pd.to_datetime(pd.Series(values, dtype="Int64"))),
    "sparse": lambda values: pd.arrays.SparseArray(pd.Series(values, dtype="float64")),
    "sparse of whole": lambda values: pd.arrays.SparseArray([value or 0 for value in values]),
    "period": lambda values: pd.PeriodIndex.from_ordinals([value or 0 for value in values], freq="D"),
    "interval": lambda values: pd.arrays.IntervalArray.from_tuples(
        _each(lambda number: (number, number + 1))(values)
    ),
    "timestamp": lambda values: pd.to_datetime(pd.Series(values, dtype="Int64"), unit="s"),
    "timestamp of Berlin": lambda values: pd.to_datetime(
        pd.Series(values, dtype="Int64"), unit="s", utc=True
    ).dt.tz_convert("Europe/Berlin"),
    "duration": lambda values: pd.to_timedelta(pd.Series(values, dtype="Int64"), unit="s"),
}
PYTHON: dict[str, Callable[[int], object]] = {
    "int": int,
    "float": float,
    "str": lambda number: f"w{number}",
    "bytes": lambda number: f"w{number:02d}".encode(),
    "broken bytes": lambda number: bytes([255, number]),
    "mixed": lambda number: number if number % 2 else f"w{number}",
    "huge": lambda number: 2**70 + number,
    "far below": lambda number: -(2**65) - number,
    "decimal": Decimal,
    "decimal half": lambda number: Decimal(number) / 2,
    "decimal huge": lambda number: Decimal(10) ** 50 + number,
    "decimal nan": lambda number: Decimal("NaN") if number % 2 else Decimal(number),
    "complex": complex,
    "bool": lambda number: number % 2 == 0,
    "uuid": lambda number: uuid.UUID(int=number),
    "date": lambda number: DAY + datetime.timedelta(number),
    "clock": lambda number: datetime.time(1, number % 60),
    "datetime": lambda number: datetime.datetime(2024, 1, 1) + datetime.timedelta(number),
    "zoned": lambda number: datetime.datetime(2024, 1, 1, number % 24, tzinfo=datetime.timezone.utc),
    "far date": lambda number: datetime.datetime(9000 + number, 1, 1),
    "timedelta": datetime.timedelta,
    "stamp": lambda number: pd.Timestamp(number, unit="s"),
    "period": lambda number: pd.Period(ordinal=number, freq="D"),
    "interval": lambda number: pd.Interval(number, number + 1),
    "numpy int": np.int32,
    "numpy str": lambda number: np.str_(f"w{number}"),
    "numpy time": lambda number: np.datetime64(number, "s"),
    "array": lambda number: np.array([number]),
    "matrix": lambda number: np.array([[number], [number]]),
    "list": lambda number: [number],
    "list of words": lambda number: [f"w{number}"],
    "list of a list": lambda number: [[number]],
    "tuple": lambda number: (number,),
    "set": lambda number: {number},
    "frozenset": lambda number: frozenset([number]),
    "dict": lambda number: {"a": number},
    "empty dict": lambda number: {},
    "half a letter": lambda number: f"w{number}\ud800",
    "control": lambda number: f"w{number}\x00",
    "lines": lambda number: f"w{number}\nx",
    "inf": lambda number: float("inf") if number % 2 else float(number),
    "fraction": lambda number: number + 0.25,
    "nothing": lambda number: None,
    "nan": lambda number: float("nan"),
    "pandas' nothing": lambda number: pd.NA,
    "no time": lambda number: pd.NaT,
    "object": lambda number: object(),
    "class": lambda number: Decimal,
    "frame": lambda number: pd.DataFrame({"a": [number]}),
}
PANDAS |= {
    f"object: {name}": (lambda values, make=make: pd.Series(_each(make)(values), dtype=object))
    for name, make in PYTHON.items()
}
NUMBERS = {
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32"),
    *("float64", "decimal32", "decimal64", "decimal128", "decimal256", "dictionary of numbers", "run ends"),
    *("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float32", "Float64"),
    *("category of numbers", "category of floats", "sparse", "sparse of whole", "object: int"),
    *("object: float", "object: decimal", "object: numpy int"),
}
WORDS = {
    *("string", "large_string", "string_view", "dictionary", "dictionary with holes", "string[python]"),
    *("string[pyarrow]", "str", "category", "object: str", "object: numpy str"),
}
SHOWN: dict[str, Callable[[int], str]] = {
    **dict.fromkeys(NUMBERS, str),
    **dict.fromkeys(WORDS, lambda number: f"w{number}"),
}


@st.composite
def odd_tables(draw, native: bool = False) -> tuple[object, dict[str, list[int]], dict[str, str], set[str]]:
    """``(table, numbers, kinds, holes)``: what each column holds, its type, and which miss their first value.

    The table is Arrow's, or for ``native`` a DataFrame of pandas' own types and of Python's objects.
    """
    size = draw(st.integers(1, 8))
    known = PANDAS if native else ARROW
    # Half of the ids can be ids, so that a table with one odd column is as likely as one with many.
    usual = st.sampled_from(sorted(set(known) & set(SHOWN)))
    kinds = {
        name: draw(st.one_of(usual, st.sampled_from(sorted(known))))
        for name in ROLES
        if name in ("user", "item") or draw(st.booleans())
    }
    holes = draw(st.sets(st.sampled_from(sorted(kinds)), max_size=1))
    numbers = {name: draw(st.lists(st.integers(0, 99), min_size=size, max_size=size)) for name in kinds}
    columns = {
        name: known[kind]([None, *numbers[name][1:]] if name in holes else numbers[name])
        for name, kind in kinds.items()
    }
    table = pd.DataFrame(columns) if native else pa.table(columns)
    return table, numbers, kinds, holes


def as_source(table: object, kind: str, folder: Path) -> object:
    """The table as a Parquet file, or as a DataFrame of Arrow's types or pandas' own; None: not possible."""
    if not isinstance(table, pa.Table):
        return table
    try:
        if kind == "parquet":
            pq.write_table(table, folder / "odd.parquet")
            return folder / "odd.parquet"
        return table.to_pandas(types_mapper=pd.ArrowDtype if kind == "arrow" else None)
    except (pa.ArrowException, TypeError, ValueError):
        return None  # Parquet and pandas do not have every type of Arrow's
