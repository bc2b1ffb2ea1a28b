"""From the words after ``--data`` to a log and its split."""

from __future__ import annotations

import shlex
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any

from ..data import (
    Interactions,
    Split,
    World,
    k_core,
    leave_one_out,
    load_source,
    read_interactions,
    temporal_split,
)
from ..data.reading.opening import home
from ..data.session_split import split_sessions
from ..messages import InputError

OPTIONS = (
    *("user", "item", "time", "event", "title", "columns", "sep", "format", "encoding", "time_unit"),
    *("date_format", "events", "least_rating", "bad_rows", "keep_na", "duplicates", "repeats"),
    *("k_core", "memory_gb", "items"),
)


def flag(option: str) -> str:
    """The flag of a reading option: ``time_unit`` is ``--time-unit``."""
    return "--" + option.replace("_", "-")


def as_flag(option: str, value: object) -> str:
    """Advice of the reader for this command line: ``pass --time-unit ms``."""
    return f"pass {flag(option)}" if value is None else f"pass {flag(option)} {shlex.quote(str(value))}"


def reading_options(arguments: Namespace) -> dict[str, object]:
    """The reading options that were given, plain values."""
    found = {name: getattr(arguments, name) for name in OPTIONS}
    return {name: value for name, value in found.items() if value is not None}


def read_log(source: str, options: Mapping[str, Any]) -> tuple[Interactions, World | None]:
    """``(log, world)``; ``world`` is None unless the source is one.

    Raises:
        DataError: the data cannot be used. InputError: options for a file, but the source is none.
    """
    columns = {name: value for name, value in options.items() if name != "k_core"}
    if source.startswith("world:") or not home(source).exists():
        log, world = load_source(source)
        if columns:
            flags = ", ".join(map(flag, columns))
            raise InputError(f"{flags}: only a file has columns to map; {source} is read as it is")
        return k_core(log, options.get("k_core", 0)), world
    return read_interactions(source, **options) if options else load_source(source)[0], None


def split_files(arguments: Namespace) -> tuple[str, str] | None:
    """``(validation, test)``: the files of a split that was made elsewhere, if there are any.

    Raises:
        InputError: one of them alone, or what would move rows from one part to another.
    """
    files = arguments.validation, arguments.test
    if files == (None, None):
        return None
    if None in files:
        raise InputError("--validation and --test go together: a split made elsewhere has three files")
    unfit = [name for name in ("at", "k_core", "duplicates") if getattr(arguments, name, None) is not None]
    unfit += ["split"] if getattr(arguments, "split", "loo") != "loo" else []
    if unfit:
        raise InputError(
            f"{flag(unfit[0])}: the split is made already by --validation and --test: leave it out"
        )
    return files


def read_parts(
    arguments: Namespace, files: tuple[str, str], read: Callable[[str], Interactions]
) -> tuple[Interactions, Interactions, Interactions]:
    """``(training, validation, test)``, each read by ``read``."""
    return read(arguments.data), read(files[0]), read(files[1])


def make_split(log: Interactions, how: Mapping[str, Any], max_len: int) -> Split:
    """Split ``log`` as ``how`` says: ``{"split": "loo"}``, or ``sessions``, or ``temporal`` with ``at``.

    ``"windows": True`` in it trains on what is older than ``max_len`` too.
    """
    windows = bool(how.get("windows"))
    if how.get("split") == "given":
        raise InputError(
            "the run was measured on a split made elsewhere: give its files, --validation and --test"
        )
    if how.get("split", "loo") == "loo":
        if how.get("at") is not None:
            raise InputError("--at belongs to --split temporal")
        return leave_one_out(log, max_len, windows)
    if how.get("split") == "sessions":
        if how.get("at") is not None or windows:
            raise InputError("--at and --windows do not belong to --split sessions: sessions are kept whole")
        return split_sessions(log, max_len)
    return temporal_split(log, moment(how.get("at")), max_len=max_len, windows=windows)


def moment(text: str | None) -> float | str | None:
    """The value of ``--at``: seconds, or a date as it was typed."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return text
