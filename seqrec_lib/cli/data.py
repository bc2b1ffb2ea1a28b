"""From the words after ``--data`` to a log and its split."""

from __future__ import annotations

import re

from ..data import Split, k_core, leave_one_out, load_source, read_interactions, temporal_split
from ..data.reading.opening import home

OPTIONS = (
    *("user", "item", "time", "event", "title", "format", "encoding", "time_unit", "date_format"),
    *("duplicates", "repeats", "k_core"),
)


def flag(option: str) -> str:
    """The flag of a reading option: ``time_unit`` is ``--time-unit``."""
    return "--" + option.replace("_", "-")


def with_flags(message: str) -> str:
    """Advice of the reader for this command line: ``pass time_unit='ms'`` is ``pass --time-unit 'ms'``."""
    return re.sub(rf"\bpass ({'|'.join(OPTIONS)})\b=?", lambda found: f"pass {flag(found[1])} ", message)


def reading_options(arguments) -> dict:
    """The reading options that were given, plain values."""
    found = {name: getattr(arguments, name) for name in OPTIONS}
    return {name: value for name, value in found.items() if value is not None}


def read_log(source: str, options: dict):
    """``(log, world)``; ``world`` is None unless the source is one.

    Raises:
        DataError: the data cannot be used. ValueError: options for a file, but the source is none.
    """
    columns = {name: value for name, value in options.items() if name != "k_core"}
    if source.startswith("world:") or not home(source).exists():
        log, world = load_source(source)
        if columns:
            flags = ", ".join(map(flag, columns))
            raise ValueError(f"{flags}: only a file has columns to map; {source} is read as it is")
        return k_core(log, options.get("k_core", 0)), world
    return read_interactions(source, **options) if options else load_source(source)[0], None


def make_split(log, how: dict, max_len: int) -> Split:
    """Split ``log`` as ``how`` says: ``{"split": "loo"}`` or ``{"split": "temporal", "at": ...}``.

    ``"windows": True`` in it trains on what is older than ``max_len`` too.
    """
    windows = bool(how.get("windows"))
    if how.get("split", "loo") == "loo":
        if how.get("at") is not None:
            raise ValueError("--at belongs to --split temporal")
        return leave_one_out(log, max_len, windows)
    return temporal_split(log, _moment(how.get("at")), max_len=max_len, windows=windows)


def _moment(text: str | None):
    try:
        return None if text is None else float(text)
    except ValueError:
        return text
