"""Where a value stands in its file, in the words of a person who has the file open."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..errors import ADVICE, DataError


@dataclass
class Origin:
    """The source of a table, able to say where its rows stand.

    Attributes:
        name: the file's name as the reader typed it, or ``DataFrame``.
        text: the file's bytes, for a text file; None for a table that has no lines.
        encoding: of ``text``.
        delimiter: of ``text``.
        quoted: True if fields may stand in double quotes.
        header: True if the first line that is not blank holds the names.
        rows: for a table whose rows were made from others, which (from 0) each was made from.
        lined: those are lines of a text.
        width: values that a row has, where rows with more or fewer were left out; else 0.
    """

    name: str
    text: bytes | memoryview | None = None
    encoding: str = "utf-8"
    delimiter: str = ","
    quoted: bool = True
    header: bool = True
    rows: Sequence[int] | None = None
    lined: bool = True
    width: int = 0

    def records(self, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
        """Yield ``(first line, fields)`` of each record that is not blank.

        Slow: for errors, and once for a text that has a line break in quotes.
        A record in quotes may run over several lines. ``strict``: a quote that opens a field must close
        where the field ends.

        Raises:
            DataError: a quote that does not, with the line where its record begins.
        """
        if self.text is None:  # a table has no lines
            return
        stream = io.TextIOWrapper(io.BytesIO(self.text), self.encoding, errors="replace", newline="")
        reader = csv.reader(
            stream,
            delimiter=self.delimiter,
            quoting=csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE,
            strict=strict,
        )
        # A quote that does not close makes one field of all that follows.
        usual = csv.field_size_limit(min(len(self.text) + 1, 2**31 - 1))
        first = 1
        try:
            for fields in reader:
                if fields and self.width in (0, len(fields)):
                    yield first, fields
                first = reader.line_num + 1
        except csv.Error as error:
            raise DataError(
                f"{self.name}, line {first}: a double quote opens a field and does not close where the field "
                f"ends, so that rows may run together ({error}): mend or remove it"
            ) from None
        finally:
            csv.field_size_limit(usual)

    def check_quotes(self) -> None:
        """Raise DataError if a quote that opens a field does not close where the field ends."""
        deque(self.records(strict=True), maxlen=0)

    def row(self, row: int) -> str:
        """Name row ``row`` (from 0): ``line 7`` of a text file, ``row 5 (counting from 0)`` of a table."""
        if self.rows is not None:
            row = self.rows[row]
            if self.lined:
                return f"line {row + 1}"
        if self.text is None:
            return f"row {row} (counting from 0)"
        for number, (line, _) in enumerate(self.records()):
            if number == row + self.header:
                return f"line {line}"
        return f"line {row + self.header + 1}"

    def at(self, row: int, column: str | None = None) -> str:
        """Name a place: ``log.csv, line 7, column 'time'``."""
        place = f"{self.name}, {self.row(row)}"
        return place if column is None else f"{place}, column {column!r}"

    def explain(self, names: list[str], reason: str) -> DataError:
        """Find the first line that cannot be read and return the error that says so.

        Raises:
            DataError: the fault is a double quote that does not close.
        """
        for line, fields in self.records():
            if len(fields) != len(names):
                return DataError(
                    f"{self.name}, line {line}: {len(fields)} values where {len(names)} are expected "
                    f"({', '.join(names)}): mend that line"
                    + ("" if self.header else ", or add a header line that names every column")
                )
        if self.quoted:
            self.check_quotes()
        return DataError(f"{self.name}: cannot be read as text with columns ({reason}): mend the file")

    def bad_character(self) -> DataError:
        """Return the error for a file whose bytes are not in ``encoding``, with the first bad line."""
        text = bytes(self.text or b"")
        try:
            text.decode(self.encoding)
        except UnicodeDecodeError as error:
            line = len(re.findall(rb"\r\n|\r|\n", text[: error.start])) + 1
            return DataError(
                f"{self.name}, line {line}: byte 0x{text[error.start]:02x} is not {self.encoding.upper()}: "
                f"save the file as UTF-8, or {ADVICE} if that is what it is",
                "encoding",
                "latin-1",
            )
        return DataError(f"{self.name}: cannot be read as {self.encoding}")
