"""Times that cannot be true: found by what a log's times may be, mended where the fault is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..errors import DataError
from ..moments import Moment, to_seconds

FAULTS = ("", "milliseconds", "early", "late")


def clock_faults(times: np.ndarray, earliest: Moment, latest: Moment) -> np.ndarray:
    """Say what is wrong with each of ``times`` ``(N,)`` seconds: ``(N,)`` text, one of ``FAULTS``.

    A time from ``earliest`` to ``latest`` is taken as it is. One that lies there once it is divided by 1,000
    was written in milliseconds. Any other is ``early`` or ``late``; one that is no number is ``early``.

    Args:
        earliest, latest: seconds, or a date such as ``"2020-09-01"``: when the service began, and when
            the log was written to its file.

    Raises:
        DataError: ``earliest`` is not before ``latest``.
    """
    low, high = to_seconds(earliest), to_seconds(latest)
    if not low < high:
        raise DataError(f"earliest {low:.0f} is not before latest {high:.0f}: exchange them")
    times = np.asarray(times, dtype=np.float64)
    fault = np.full(times.shape, "", dtype=object)
    fault[times > high] = "late"
    fault[(times / 1000 >= low) & (times / 1000 <= high)] = "milliseconds"
    fault[~(times >= low)] = "early"
    return fault


def mend_clocks(frame: pd.DataFrame, earliest: Moment, latest: Moment, time: str = "time") -> pd.DataFrame:
    """Divide times in milliseconds by 1,000 and drop rows whose time is early or late.

    It runs before :func:`read_interactions`, which refuses a time after the year 2100. What went is in the
    result's ``attrs["clocks"]``: fault to number of rows. A row whose true time is unknown cannot be put
    into order, so it is dropped and not guessed.

    Raises:
        DataError: no column ``time``, a value there that is no number, or no row is left.
    """
    if time not in frame.columns:
        names = ", ".join(map(str, frame.columns))
        raise DataError(f"no column {time!r} for the times; the columns are {names}: pass time='its name'")
    seconds = pd.to_numeric(frame[time], errors="coerce").to_numpy(dtype=np.float64)
    unread = np.isnan(seconds)
    if unread.any():
        row = int(unread.argmax())
        raise DataError(
            f"row {row} (counting from 0), column {time!r}: {frame[time].iloc[row]!r} is not a number of "
            f"seconds: mend or delete the row"
        )
    fault = clock_faults(seconds, earliest, latest)
    seconds = np.where(fault == "milliseconds", seconds / 1000, seconds)
    keep = (fault == "") | (fault == "milliseconds")
    if not keep.any():
        raise DataError(f"no time of column {time!r} lies between earliest and latest: look at their unit")
    mended = frame.assign(**{time: seconds})[keep]
    mended.attrs["clocks"] = {name: int((fault == name).sum()) for name in FAULTS[1:]}
    return mended
