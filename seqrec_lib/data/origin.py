"""Where a value stands in its file, in the words of a person who has the file open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from .errors import DataError


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
    """

    name: str
    text: bytes | memoryview | None = None
    encoding: str = "utf-8"
    delimiter: str = ","
    quoted: bool = True
    header: bool = True

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield ``(line number, fields)`` for each line that is not blank. Slow: for errors only."""
        stream = io.TextIOWrapper(io.BytesIO(self.text), self.encoding, errors="replace", newline="")
        quoting = csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE
        reader = csv.reader(stream, delimiter=self.delimiter, quoting=quoting)
        for fields in reader:
            if fields:
                yield reader.line_num, fields

    def row(self, row: int) -> str:
        """Name row ``row`` (from 0): ``line 7`` of a text file, ``row 5 (counting from 0)`` of a table."""
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
        """Find the first line that cannot be read and return the error that says so."""
        for line, fields in self.records():
            if len(fields) != len(names):
                return DataError(
                    f"{self.name}, line {line}: {len(fields)} values where {len(names)} are expected "
                    f"({', '.join(names)}): mend that line"
                    + ("" if self.header else ", or add a header line that names every column")
                )
        return DataError(f"{self.name}: cannot be read as text with columns ({reason}): mend the file")

    def bad_character(self) -> DataError:
        """Return the error for a file whose bytes are not in ``encoding``, with the first bad line."""
        text = bytes(self.text)
        try:
            text.decode(self.encoding)
        except UnicodeDecodeError as error:
            line = text.count(b"\n", 0, error.start) + 1
            return DataError(
                f"{self.name}, line {line}: byte 0x{text[error.start]:02x} is not {self.encoding.upper()}: "
                f"save the file as UTF-8, or pass encoding='latin-1' if that is what it is"
            )
        return DataError(f"{self.name}: cannot be read as {self.encoding}")
