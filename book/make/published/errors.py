"""The error of the converter, and the place that it names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where some text stands: a file, a cell (None in a Markdown page), and the page it becomes."""

    file: str
    page: str
    cell: int | None = None

    def __str__(self) -> str:
        return self.file if self.cell is None else f"{self.file}, cell {self.cell}"


class ConversionError(Exception):
    """The converter does not know what to make of something; the message says what, where, what to do."""

    def __init__(self, place: Place, what: str, advice: str = "") -> None:
        super().__init__(f"{place}: {what}" + (f"; {advice}" if advice else ""))
