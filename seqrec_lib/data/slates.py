"""Impressions as a log: what was shown, where, and whether it was clicked, beside a log of histories.

Sizes: ``N`` rows (items that were shown), ``M`` slates, ``T`` steps, ``C`` places.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from .batch import Batch
from .errors import DataError
from .interactions import Interactions
from .reading.opening import existing
from .report import Report

NEEDED, PLACES = ("user", "item", "click"), 1000


def read_slates(
    shown: pd.DataFrame | str | Path, log: Interactions, max_len: int = 50, purchases: bool = False
) -> tuple[Batch, Report]:
    """Slates with the history before each, ready for a model of clicks.

    Args:
        shown: a table, or a CSV file, with a row for each item that was shown: ``user``, ``item`` and
            ``click`` (0 or 1), and where known ``time`` in seconds (or as a date) and ``position``, from 1.
            Rows of one user and one time are one slate; without times all rows of a user are. Without
            positions rows stand in the order in which they were shown.
        log: the histories, with the same ids. Only what came before a slate's time is its history.
        max_len: the newest steps of a history that are kept.
        purchases: read the column ``purchase`` too: 1 where a click led to one, else 0 or nothing.

    Returns:
        The batch, a row a slate: ``candidates`` ``(M, C)``, column k at place k + 1, 0 where nothing was
        shown; ``labels`` ``(M, C)``, the clicks; ``bought``, where asked for. And the report: what was
        read, dropped and why.

    Raises:
        DataError: a column is missing, a click is neither 0 nor 1, a purchase is none or comes without a
            click, nothing or everything clicked was bought, a position is no whole number from 1 or
            stands twice in a slate, a time cannot be read, or no slate is left.
    """
    table = shown if isinstance(shown, pd.DataFrame) else read_impressions(shown)
    source, table = str(table.attrs.get("source", "impressions")), table.reset_index(drop=True)
    missing = [name for name in NEEDED if name not in table]
    if missing:
        raise DataError(
            f"{source} has no column {missing[0]!r}: impressions need user, item and click, and may have "
            f"time and position; found {', '.join(map(str, table.columns))}"
        )
    if "time" in table and log.times is None:
        raise DataError(
            f"{source} has times and the log has none, so nobody knows what came before: give the log a time "
            "column, or leave it out of the impressions"
        )
    if table.empty:
        raise DataError(f"{source}: names and no rows: at least one impression is needed")
    if purchases and "purchase" not in table:
        raise DataError(
            f"{source} has no column 'purchase', and this model learns which clicks led to a purchase: add "
            f"the column (0 or 1), or learn clicks alone; found {', '.join(map(str, table.columns))}"
        )
    report = Report(source, len(table))
    click, time = _clicks(source, table), _times(source, table)
    bought = _purchases(source, table, click) if purchases else np.zeros(len(table))
    user = pd.Index(log.user_ids).get_indexer(table["user"])
    item = pd.Index(log.item_ids[1:]).get_indexer(table["item"]) + 1
    place = _places(source, table, user, time)
    known = (user >= 0) & (item > 0)
    report = report.drop(int((user < 0).sum()), "impressions", "their user is not in the log")
    report = report.drop(
        int(((user >= 0) & (item == 0)).sum()), "impressions", "their item is not in the log"
    )
    rows = np.flatnonzero(known)
    rows = rows[np.lexsort((place[rows], time[rows], user[rows]))]
    new = np.ones(len(rows), dtype=bool)
    new[1:] = (user[rows][1:] != user[rows][:-1]) | (time[rows][1:] != time[rows][:-1])
    slate, first = new.cumsum() - 1, rows[new]
    start = log.offsets[user[first]]
    stop = log.offsets[user[first] + 1].copy()
    if "time" in table and log.times is not None:
        for n, (low, high) in enumerate(zip(start, stop, strict=True)):
            stop[n] = low + np.searchsorted(log.times[low:high], time[first[n]], side="left")
    kept = stop > start
    report = report.drop(int((~kept).sum()), "slates", "nothing came before them")
    if not kept.any():
        raise DataError(f"{source}: no slate is left of {len(table):,} impressions: {_why(table, log)}")
    number = np.where(kept, kept.cumsum() - 1, -1)[slate]
    rows, number = rows[number >= 0], number[number >= 0]
    candidates = torch.zeros(int(kept.sum()), int(place[rows].max()), dtype=torch.int64)
    labels = torch.zeros(candidates.shape, dtype=torch.float64)
    candidates[number, place[rows] - 1] = torch.from_numpy(item[rows])
    labels[number, place[rows] - 1] = torch.from_numpy(click[rows])
    asked = time[first[kept]] if "time" in table else None
    found = _batch(log, start[kept], stop[kept], max_len, user[first[kept]], asked, candidates, labels)
    if purchases:
        found.bought = torch.zeros_like(labels)
        found.bought[number, place[rows] - 1] = torch.from_numpy(bought[rows])
    return found, report


def _batch(
    log: Interactions,
    start: np.ndarray,
    stop: np.ndarray,
    max_len: int,
    users: np.ndarray,
    asked: np.ndarray | None,
    candidates: torch.Tensor,
    labels: torch.Tensor,
) -> Batch:
    """The newest ``max_len`` steps of ``log`` from ``start`` to ``stop``, padded at the end."""
    start = np.maximum(start, stop - max_len)
    lengths = stop - start
    step = np.arange(int(lengths.max()))
    real = step < lengths[:, None]  # (M, T)
    index = np.where(real, start[:, None] + step, 0)
    return Batch(
        items=torch.from_numpy(np.where(real, log.items[index], 0)),
        lengths=torch.from_numpy(lengths),
        times=None if log.times is None else torch.from_numpy(np.where(real, log.times[index], 0.0)),
        query_time=None if asked is None else torch.from_numpy(asked),
        users=torch.from_numpy(users),
        candidates=candidates,
        labels=labels,
    )


def read_impressions(path: str | Path) -> pd.DataFrame:
    """The table of impressions in a CSV or Parquet file, as it stands there.

    Raises:
        DataError: no such file, or no table in it.
    """
    found = existing(path)
    try:
        table = pd.read_parquet(found) if found.suffix == ".parquet" else pd.read_csv(found)
    except (ValueError, OSError) as error:  # pandas' own errors of reading are ValueErrors
        reason = str(error).strip().splitlines()[0]
        raise DataError(
            f"{path}: cannot be read ({reason}): write a CSV file with a header, or a .parquet file"
        ) from error
    table.attrs["source"] = str(path)
    return table


def _clicks(source: str, table: pd.DataFrame) -> np.ndarray:
    click = pd.to_numeric(table["click"], errors="coerce").to_numpy(dtype=np.float64)
    wrong = ~np.isin(click, (0, 1))
    _refuse(source, table, "click", wrong, "must be 0 or 1: fill it in, or delete the row")
    return click


def _purchases(source: str, table: pd.DataFrame, click: np.ndarray) -> np.ndarray:
    """``(N,)`` 0 or 1; an empty cell beside no click is 0."""
    bought = pd.to_numeric(table["purchase"], errors="coerce").to_numpy(dtype=np.float64).copy()
    bought[table["purchase"].isna().to_numpy() & (click == 0)] = 0.0
    _refuse(
        source, table, "purchase", ~np.isin(bought, (0, 1)), "must be 0 or 1: fill it in, or delete the row"
    )
    said = "is a purchase without a click: it counts where the click led to it; write 0, or mark the click"
    _refuse(source, table, "purchase", (bought == 1) & (click == 0), said)
    if bought.sum() in (0, click.sum()):
        what = "no" if bought.sum() == 0 else "every"
        raise DataError(
            f"{source}, column 'purchase': {what} click of {int(click.sum()):,} led to a purchase: nothing "
            "can be learned of it: check the column, or train a model of clicks alone"
        )
    return bought


def _times(source: str, table: pd.DataFrame) -> np.ndarray:
    """``(N,)`` seconds; all 0 where there are none."""
    if "time" not in table:
        return np.zeros(len(table))
    time = pd.to_numeric(table["time"], errors="coerce")
    if time.isna().all():  # dates, then
        dates = pd.to_datetime(table["time"], errors="coerce", utc=True)
        time = (dates - pd.Timestamp("1970-01-01", tz="UTC")) / pd.Timedelta(seconds=1)
    found = time.to_numpy(dtype=np.float64)
    _refuse(
        source, table, "time", ~np.isfinite(found), "is no time: use seconds in all rows, or dates in all"
    )
    return found


def _places(source: str, table: pd.DataFrame, user: np.ndarray, time: np.ndarray) -> np.ndarray:
    """``(N,)`` int64 from 1."""
    slate = pd.DataFrame({"user": user, "time": time})
    if "position" not in table:
        return slate.groupby(["user", "time"]).cumcount().to_numpy() + 1
    place = pd.to_numeric(table["position"], errors="coerce").to_numpy(dtype=np.float64)
    wrong = ~((place >= 1) & (place <= PLACES) & (place == np.floor(place)))
    said = f"must be a whole number from 1 to {PLACES:,}: count places from 1, or remove the column"
    _refuse(source, table, "position", wrong, said)
    twice = slate.assign(place=place).duplicated().to_numpy() & (user >= 0)
    said = (
        "stands twice in one slate: a slate is all rows of one user and one time, each at a place of its own"
    )
    _refuse(source, table, "position", twice, said)
    return place.astype(np.int64)


def _refuse(source: str, table: pd.DataFrame, column: str, wrong: np.ndarray, why: str) -> None:
    """Raise DataError for the first row of ``wrong``; rows count from 1, below the names."""
    if wrong.any():
        row = int(wrong.argmax())
        value = _plain(table[column].iloc[row])
        raise DataError(f"{source}, row {row + 1}, column {column!r}: {value!r} {why}")


def _why(table: pd.DataFrame, log: Interactions) -> str:
    for what, mine, theirs in (
        ("user", table["user"], log.user_ids),
        ("item", table["item"], log.item_ids[1:]),
    ):
        both = f"{_plain(theirs[0])!r}, {_plain(mine.iloc[0])!r}"
        if not np.isin(mine.astype(str), np.asarray(theirs).astype(str)).any():
            return f"no {what} of them is in the log: ids there and here look like {both}"
        if pd.Index(theirs).get_indexer(mine).max() < 0:
            return f"{what} ids are text on one side and numbers on the other: {both}"
    return "nothing came before any of them"


def _plain(value: object) -> object:
    """A NumPy number as Python's own, so that a message shows 2 and not np.int64(2)."""
    return value.item() if isinstance(value, np.generic) else value
