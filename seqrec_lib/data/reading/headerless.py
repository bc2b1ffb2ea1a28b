"""Text without a header: columns by their position, and one user's items a line."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from ..errors import ADVICE, DataError
from .first_line import first_line, separator_of
from .opening import refuse_binary
from .origin import Origin
from .table import WORDS, Table, check_names, parse_text

SPARE = "\x1f"  # the ASCII unit separator: stands for a separator of several letters while Arrow reads


def read_columns(
    name: str,
    text: bytes | memoryview,
    columns: list[str],
    sep: str | None,
    encoding: str,
    drop: bool = False,
) -> Table:
    """Read text whose first line is data. ``columns`` names them in order; ``-`` leaves one out.

    ``drop``: rows that are too short or too long are left out.

    Raises:
        DataError: no user or item among the names, another number of columns, or a first line that holds
            the names themselves.
    """
    refuse_binary(name, text, encoding)
    line = first_line(text, encoding)
    if not line:
        raise DataError(f"{name}: the file is empty: it needs at least one row")
    sep = separator_of(line) if sep is None else sep
    kept = [column for column in columns if column != "-"]
    check_names(name, kept)
    fields = [field.strip().strip('"') for field in line.split(sep)]
    if [field.lower() for field in fields] == [column.lower() for column in columns]:
        raise DataError(f"{name}: line 1 holds the names of the columns: leave columns out")
    if len(fields) != len(columns):
        raise DataError(
            f"{name}, line 1: {len(fields)} values, divided by {sep!r}, where {len(columns)} are expected "
            f"({', '.join(columns)}): name every column, with - for one that is left out, or {ADVICE}",
            "sep",
            "the sign between the columns",
        )
    text, sign = with_one_sign(name, text, sep, encoding)
    origin = Origin(name, text, encoding, sign, quoted=len(sep) == 1 and sep != " ", header=False)
    names = [f"-{place}" if column == "-" else column for place, column in enumerate(columns)]
    table = parse_text(origin, names, 0, tuple(c for c in kept if c == "time"), drop)
    return replace(table, data=table.data.select(kept))


def with_one_sign(
    name: str, text: bytes | memoryview, sep: str, encoding: str
) -> tuple[bytes | memoryview, str]:
    """``(text, separator)`` with a separator of one letter, which is all that Arrow takes."""
    if len(sep) == 1:
        return text, sep
    if SPARE.encode(encoding) in bytes(text):
        raise DataError(
            f"{name}: holds the byte 0x1f, so {sep!r} cannot stand between its columns: use another"
        )
    return bytes(text).replace(sep.encode(encoding), SPARE.encode(encoding)), SPARE


def read_sequences(name: str, text: bytes | memoryview, encoding: str = "utf-8") -> Table:
    """Read lines of ``user item item ...``, a line a user, each in time order; blanks or tabs between.

    Raises:
        DataError: a line with a user and no item, or a user with two lines.
    """
    refuse_binary(name, text, encoding)
    try:
        lines = bytes(text).decode(encoding).lstrip("\ufeff").splitlines()
    except UnicodeDecodeError:
        raise Origin(name, text, encoding).bad_character() from None
    users, items, places = [], [], []
    known: dict[str, int] = {}
    for place, line in enumerate(lines):
        user, *taken = line.split() or [""]
        if not user:
            continue
        if not taken:
            raise DataError(f"{name}, line {place + 1}: a user and no item: add the items or delete the line")
        if user in known:
            raise DataError(
                f"{name}, line {place + 1}: user {user!r} has line {known[user] + 1} too: one line a user"
            )
        known[user] = place
        users += [user] * len(taken)
        items += taken
        places += [place] * len(taken)
    if not users:
        raise DataError(f"{name}: the file is empty: it needs lines of 'user item item'")
    data = pa.table({"user": pa.array(users).cast(WORDS), "item": pa.array(items).cast(WORDS)})
    return Table(data, Origin(name, rows=places))
