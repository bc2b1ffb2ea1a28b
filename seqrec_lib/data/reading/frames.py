"""From a DataFrame to an Arrow table."""

from __future__ import annotations

from textwrap import shorten

import numpy as np
import pandas as pd
import pyarrow as pa

from ..errors import DataError
from .origin import Origin
from .table import Table, check_names

LARGEST = 2**63  # of the whole numbers that a column can hold


def from_frame(frame: pd.DataFrame) -> Table:
    """Turn a DataFrame into a table; its index is left out.

    A column of mixed types, with a number that is too large, or of a type that Arrow does not know is unread:
    the table holds the error, for whoever needs that column.

    Raises:
        DataError: a column without a name, or two of one name.
    """
    names = [str(name) for name in frame.columns]
    check_names("DataFrame", names)
    columns, unread = [], {}
    for position, name in enumerate(names):
        column = frame.iloc[:, position]
        if isinstance(column.dtype, pd.SparseDtype):
            column = column.sparse.to_dense()
        try:
            columns.append(pa.Array.from_pandas(column))
            continue
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            unread[name] = _mixed(column, name)
        except OverflowError:
            unread[name] = _too_large(column, name)
        except (pa.ArrowNotImplementedError, UnicodeEncodeError) as error:
            unread[name] = DataError(
                f"DataFrame, column {name!r}: {column.dtype} cannot be read ({error}): make it text or "
                "numbers"
            )
        columns.append(pa.nulls(len(frame)))
    return Table(pa.table(columns, names=names), Origin("DataFrame"), unread=unread)


def _mixed(column: pd.Series, name: str) -> DataError:
    values = [value for value in column if not _is_missing(value)]
    kinds = [type(value).__name__ for value in values] or [str(column.dtype)]
    other = next((i for i, kind in enumerate(kinds) if kind != kinds[0]), None)
    if other is None:  # one type, and no column of Arrow's holds it
        return DataError(
            f"DataFrame, column {name!r}: objects of type {kinds[0]} cannot be read: make them text or "
            "numbers, for example with astype(str)"
        )
    return DataError(
        f"DataFrame, column {name!r}: mixed types, {kinds[0]} first and {kinds[other]} later "
        f"({shorten(repr(values[other]), 60)}): make them one type, for example with astype(str)"
    )


def _is_missing(value: object) -> bool:
    """Whether an object stands for no value; arrays and tables are values, whatever is in them."""
    missing = pd.isna(value)
    return isinstance(missing, bool | np.bool_) and bool(missing)


def _too_large(column: pd.Series, name: str) -> DataError:
    bad = (isinstance(value, int) and not -LARGEST <= value < LARGEST for value in column)
    row = next((i for i, large in enumerate(bad) if large), 0)
    return DataError(
        f"{Origin('DataFrame').at(row, name)}: {column.iloc[row]!r} is too large for a whole number of 64 "
        f"bits: make the column text, for example with astype(str)"
    )
