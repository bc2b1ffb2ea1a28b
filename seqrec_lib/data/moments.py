"""A moment, however it is written, in seconds since 1970 (UTC)."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

from .errors import DataError

Moment = float | str | datetime.date


def to_seconds(moment: Moment) -> float:
    """Return a moment given as seconds, a date or text (``"2003-02-28"``) in seconds (UTC).

    Raises:
        DataError: text that is no date, or not a number.
    """
    if isinstance(moment, int | float | np.number):
        return float(moment)
    try:
        stamp = pd.Timestamp(moment)
    except (ValueError, TypeError) as error:
        raise DataError(f"{moment!r} is not a moment: give seconds or a date such as '2003-02-28'") from error
    stamp = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp
    return float(stamp.timestamp())
