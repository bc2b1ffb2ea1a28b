"""A moment, however it is written, in seconds since 1970 (UTC)."""

from __future__ import annotations

import datetime
import re

import numpy as np
import pandas as pd

from .errors import DataError

Moment = float | str | datetime.date


def to_seconds(moment: Moment) -> float:
    """Return a moment given as seconds, a date or text (``"2003-02-28"``) in seconds (UTC).

    Text begins with the year: ``01/09/2023`` is a day in January to some readers and in September to others.

    Raises:
        DataError: text that is no date or does not begin with the year, or not a number.
    """
    if isinstance(moment, int | float | np.number):
        return float(moment)
    if isinstance(moment, str) and not re.match(r"\s*\d{4}", moment):
        raise DataError(
            f"{moment!r} is not a moment: give seconds or a date with its year first, such as '2003-02-28'"
        )
    try:
        stamp = pd.Timestamp(moment)
    except (ValueError, TypeError) as error:
        raise DataError(f"{moment!r} is not a moment: give seconds or a date such as '2003-02-28'") from error
    stamp = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp
    return float(stamp.timestamp())


def written(seconds: float) -> str:
    """A moment in seconds as a date and time of day in UTC; as a number where no calendar reaches."""
    try:
        moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    except (ValueError, OverflowError, OSError):
        return f"{seconds:.0f} seconds since 1970"
    return f"{moment:%Y-%m-%d %H:%M:%S}"
