"""From a file to an Arrow table of text: every value is kept as it was written.

Nothing is guessed here. Ids with leading zeros stay apart, and columns get their types later
(:mod:`.ids`, :mod:`.times`), where an error can name the line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from ..errors import ADVICE, DataError
from .first_line import USUAL, how_to_read
from .opening import refuse_binary
from .origin import Origin

# Repeated words are stored once, which is what makes twenty million rows fit.
WORDS = pa.dictionary(pa.int32(), pa.string())
INDEX = "\x00index"  # stands for a first column without a name
_DELIMITERS = (",", "\t", ";", "|")


@dataclass
class Table:
    """Columns, where they come from, and what the log's report is to say of them."""

    data: pa.Table
    origin: Origin
    notes: tuple[str, ...] = ()
    skipped: int = 0  # rows of the text that were too short or too long
    unread: Mapping[str, DataError] = field(default_factory=dict)  # columns that hold nothing yet, and why
    keep_na: bool = False  # text such as NA is an id, and not a missing one

    @property
    def names(self) -> list[str]:
        """The column names."""
        return self.data.column_names


def parse_text(
    origin: Origin, names: list[str], skip: int, plain: tuple[str, ...] = (), drop: bool = False
) -> Table:
    """Parse ``origin.text`` into columns ``names``, leaving out the first ``skip`` lines.

    Columns in ``plain`` have few repeated values and are read as plain text. ``drop``: rows that are too
    short or too long are left out and counted, and are no error.

    Raises:
        DataError: a row that is too short or too long, bytes that are not in the encoding, or a double
            quote that does not close.
    """
    types = {name: pa.string() if name in plain else WORDS for name in names}
    skipped: list[int] = []

    def leave_out(row: pacsv.InvalidRow) -> str:
        skipped.append(row.actual_columns)
        return "skip"

    try:
        data = pacsv.read_csv(
            pa.BufferReader(pa.py_buffer(origin.text)),
            pacsv.ReadOptions(
                column_names=names, skip_rows=skip, encoding=origin.encoding, block_size=1 << 24
            ),
            pacsv.ParseOptions(
                delimiter=origin.delimiter,
                quote_char='"' if origin.quoted else False,
                newlines_in_values=origin.quoted,
                invalid_row_handler=leave_out if drop else None,
            ),
            pacsv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True),
        )
    except UnicodeDecodeError:
        raise origin.bad_character() from None
    except pa.ArrowInvalid as error:
        if "UTF8" in str(error):
            raise origin.bad_character() from None
        raise origin.explain(names, str(error)) from None
    if origin.quoted and any(_runs_over(column) for column in data.columns):
        origin.check_quotes()  # Arrow takes a quote that does not close for one that closes at the end
    if skipped:
        origin.width = len(names)
    return Table(data, origin, skipped=len(skipped))


def _runs_over(column: pa.ChunkedArray) -> bool:
    """True where a value of ``column`` holds a line break."""
    parts = [part.dictionary if isinstance(part, pa.DictionaryArray) else part for part in column.chunks]
    return any(pc.any(pc.match_substring(part, sign)).as_py() for part in parts for sign in "\r\n")


def read_delimited(
    name: str,
    text: bytes | memoryview,
    delimiter: str | None,
    encoding: str,
    time: Callable[[list[str]], str | None] | None = None,
    drop: bool = False,
) -> Table:
    """Read text with a header. ``delimiter`` None: the one that the header uses most.

    ``time`` is a function from the names to the name of the time column, or None; ``drop``: see
    :func:`parse_text`.
    """
    refuse_binary(name, text, encoding)
    origin = Origin(name, text, encoding)
    # Lines and what ends them, in turn; in UTF-16 the byte of a \r may be half of a letter.
    parts = re.split(rb"(\n)" if "16" in encoding else rb"(\r\n|\r|\n)", bytes(text[: 1 << 16]))
    lines = parts[::2]
    skip = next((i for i, line in enumerate(lines) if line.strip()), None)
    if skip is None:
        raise DataError(f"{name}: the file is empty: it needs a header and at least one row")
    try:
        header = lines[skip].decode(encoding).strip("\r\ufeff")
    except UnicodeDecodeError:
        raise origin.bad_character() from None
    origin.delimiter = delimiter or max(_DELIMITERS, key=header.count)
    if header.count(origin.delimiter) == 0:
        raise DataError(
            f"{name}, line {skip + 1}: only one column, {header[:60]!r}: "
            f"separate the columns by commas or tabs"
        )
    names = [field.strip() for field in next(csv.reader(io.StringIO(header), delimiter=origin.delimiter))]
    if not names[0]:  # as pandas writes its index; what it holds is looked at below
        names[0] = INDEX
    check_names(name, names)
    body = len(b"".join(parts[: 2 * skip + 2]))
    if not bytes(text[body : body + (1 << 16)]).strip():
        raise DataError(f"{name}: a header and no rows: the file needs at least one interaction")
    try:
        if all(is_number(field) for field in names):
            raise DataError(f"{name}: no names")
        of_time = time(names) if time else None
    except DataError:
        if any(is_number(field) for field in names):  # then the names that were missed are missing indeed
            raise DataError(
                f"{name}, line {skip + 1}: the first line holds data, not names: add a header such as "
                f"user,item,time, or {ADVICE} if that is what the columns are",
                *how_to_read(header),
            ) from None
        raise
    table = parse_text(origin, names, skip + 1, () if of_time is None else (of_time,), drop)
    return table if names[0] != INDEX else _without_index(table)


def _without_index(table: Table) -> Table:
    """``table`` without its nameless first column, if that counts the rows from 0, as pandas writes it.

    Raises:
        DataError: it holds something else.
    """
    words = table.data[INDEX].cast(pa.string()).to_pylist()
    if words != [str(row) for row in range(len(words))]:
        raise DataError(f"{table.origin.name}: column 1 of the header has no name: give it one")
    note = "the first column, which has no name, counts the rows and is left out"
    return replace(table, data=table.data.drop_columns([INDEX]), notes=(note,))


def check_names(name: str, names: list[str]) -> None:
    """Raise DataError if a column has no name or two columns have the same."""
    for position, column in enumerate(names):
        if not column:
            raise DataError(f"{name}: column {position + 1} of the header has no name: give it one")
    doubled = sorted({column for column in names if names.count(column) > 1})
    if doubled:
        raise DataError(f"{name}: column {doubled[0]!r} stands in the header twice: rename or remove one")


def is_number(text: str) -> bool:
    """True where ``text`` can be read as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def read_pairs(name: str, text: bytes | memoryview, encoding: str = "utf-8") -> Table:
    """Read headerless ``user item`` lines, each user's in time order."""
    refuse_binary(name, text, encoding)
    first = bytes(text[:4096]).lstrip().split(b"\n")[0]
    delimiter = "\t" if b"\t" in first else " "
    origin = Origin(name, text, encoding, delimiter, quoted=False, header=False)
    if not first.strip():
        raise DataError(f"{name}: the file is empty: it needs lines of 'user item'")
    fields = first.decode(encoding, errors="replace").split(delimiter)
    if len(fields) > 2:
        three = len(fields) == 3
        found = "user, item and time" if three else "a user and all items of this user"
        option = ("columns", USUAL[3]) if three else ("format", "sequences")
        raise DataError(
            f"{name}, line 1: {len(fields)} values where 2 are expected (user, item): if they are {found}, "
            f"{ADVICE}; else add a header line that names every column",
            *option,
        )
    return parse_text(origin, ["user", "item"], 0)


def read_parquet(name: str, text: bytes | memoryview) -> Table:
    """Read a Parquet file from its bytes."""
    try:
        data = pq.read_table(pa.BufferReader(pa.py_buffer(text)))
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(f"{name}: not a Parquet file, or a damaged one ({error}): export it again") from error
    check_names(name, data.column_names)
    return Table(data, Origin(name))
