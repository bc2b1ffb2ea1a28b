"""A table of items beside a log: what is known of them, also of those that nobody has met.

Size: ``W`` items of the table.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ...messages import InputError, unknown
from ..errors import DataError
from ..interactions import Interactions
from .opening import existing


@dataclass
class Catalogue:
    """A table with a line an item: ``(W+1,)`` ids, titles and features; entry 0 is unused."""

    name: str
    item_ids: np.ndarray
    titles: list[str] | None = None
    item_features: dict[str, np.ndarray] = field(default_factory=dict)


def read_catalogue(path: str | Path, item: str = "item", title: str = "title") -> Catalogue:
    """The table in a CSV or Parquet file: a column of ids, perhaps titles, and what is known of items.

    Raises:
        DataError: it cannot be read, or an id is missing or stands twice. InputError: no such file or column.
    """
    file = existing(path)
    try:
        frame = pd.read_parquet(file) if file.suffix in (".parquet", ".pq") else pd.read_csv(file)
    except (ValueError, OSError) as error:
        raise DataError(f"{path}: not a table: {error}") from error
    if item not in frame:
        raise InputError(f"{path}: {unknown('column', item, map(str, frame.columns))}")
    ids = frame.pop(item)
    if ids.isna().any() or ids.astype(str).duplicated().any():
        raise DataError(f"{path}: column {item!r} must name each item once, in every row")
    titles = ["", *frame.pop(title).fillna("").astype(str)] if title in frame else None
    features = {}
    for name, column in frame.items():
        if pd.api.types.is_numeric_dtype(column):
            features[str(name)] = np.append(np.nan, column.to_numpy(dtype=np.float64))
        else:
            features[str(name)] = np.array(["", *column.fillna("").astype(str)], dtype=object)
    return Catalogue(str(path), np.array([None, *ids.tolist()], dtype=object), titles, features)


def rows_of(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """``values[rows]``, and NaN or "" where the row is 0: nothing is known."""
    return np.where(rows > 0, values[rows], np.nan if np.issubdtype(values.dtype, np.number) else "")


def with_catalogue(log: Interactions, table: Catalogue, left_out: Collection[str] = ()) -> Interactions:
    """``log`` with what ``table`` says of its items; items that nobody has met yet come last.

    Args:
        left_out: ids that a filter has taken out of the log: they do not come back.

    Raises:
        DataError: the table has no item of the log.
    """
    place = {str(each): row for row, each in enumerate(table.item_ids) if row}
    own = [str(each) for each in log.item_ids[1:]]
    known = sum(each in place for each in own)
    if not known:
        raise DataError(f"{table.name}: no item of the log is in this table: are the ids of the same kind?")
    had = {*own, *left_out}
    fresh = [row for each, row in place.items() if each not in had]
    rows = np.array([0, *(place.get(each, 0) for each in own), *fresh])
    titles = log.titles and [*log.titles, *[""] * len(fresh)]
    if titles is None and table.titles is not None:
        titles = [table.titles[row] if row else "" for row in rows.tolist()]
    report = log.report.note(
        f"{known:,} of {len(own):,} items are described in {Path(table.name).name}; "
        f"{len(fresh):,} more are in it alone"
    )
    return replace(
        log,
        item_ids=np.array([*log.item_ids, *table.item_ids[fresh]], dtype=object),
        titles=titles,
        item_features={name: rows_of(values, rows) for name, values in table.item_features.items()},
        report=report,
    )
