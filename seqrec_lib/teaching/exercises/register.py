"""``exercises()``: what there is to do, and what has been done since Python started."""

from __future__ import annotations

import ast
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ...messages import message
from .listing import listing_faults
from .shelf import EXERCISES

HEADING = re.compile(r"^#+ Exercise (?P<number>[\w.]+)(?: \(GPU\))?: (?P<title>.+)$", re.MULTILINE)
EFFORT = re.compile(
    r"^\*(?P<kind>\w+) · (?P<difficulty>easy|medium|hard) · (?P<minutes>\d+) minutes(?:, [^*]+)?\*$", re.M
)
LISTING_PAGE = "01b_listing.html#exercises-the-other-eleven"
KINDS = ("predict", "write", "debug", "probe", "build", "read")


@dataclass(frozen=True)
class Entry:
    """One line of the table.

    Attributes:
        name: what ``check`` calls it. number, title, kind, difficulty, minutes: from the notebook's heading
            and the line below it, empty where the notebooks are not at hand. state: of this session.
        page: where it stands in the built book, such as ``01_x.html#exercise-1-1-title``.
    """

    name: str
    number: str = ""
    title: str = ""
    kind: str = ""
    difficulty: str = ""
    minutes: str = ""
    state: str = ""
    page: str = ""

    def cells(self) -> tuple[str, ...]:
        """The columns as texts."""
        words = (self.title, self.kind, self.difficulty)
        return (self.number, self.name, *(message(w) if w else "" for w in words), self.minutes, self.state)


class Register(list[Entry]):
    """The entries; a table in a notebook, lines in a terminal."""

    def _heads(self) -> list[str]:
        heads = ("No.", "Name", "Exercise", "Kind", "Difficulty", "Minutes", "This session")
        return [message(head) for head in heads]

    def summary(self) -> str:
        """How many are done."""
        done = sum(entry.state.startswith("✓") for entry in self)
        return message("{done} of {n} exercises are done in this session.", done=done, n=len(self))

    def overview(self) -> Overview:
        """The same with links, for a page of the book."""
        return Overview(list(self))

    def __repr__(self) -> str:
        rows = [tuple(self._heads()), *(entry.cells() for entry in self)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        return "\n".join([*lines, self.summary()])

    def _repr_html_(self) -> str:
        def row(cells: tuple[str, ...] | list[str], tag: str) -> str:
            return "<tr>" + "".join(f"<{tag}>{html.escape(c)}</{tag}>" for c in cells) + "</tr>"

        body = "".join(row(entry.cells(), "td") for entry in self)
        head = f"<thead>{row(self._heads(), 'th')}</thead>"
        return f"<p>{html.escape(self.summary())}</p><table>{head}<tbody>{body}</tbody></table>"


class Overview:
    """Every exercise with a link to its place in the book: for a page, where no session is."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries

    def summary(self) -> str:
        """How many there are, and how long they take together."""
        minutes = sum(int(entry.minutes or 0) for entry in self.entries)
        return message("{n} exercises, about {h} hours in all.", n=len(self.entries), h=round(minutes / 60))

    def __repr__(self) -> str:
        lines = (f"{e.number:4} {e.title} ({e.kind}, {e.difficulty}, {e.minutes})" for e in self.entries)
        return "\n".join([*lines, self.summary()])

    def _repr_html_(self) -> str:
        heads = [message(head) for head in ("No.", "Exercise", "Kind", "Difficulty", "Minutes")]
        rows = ["".join(f"<th>{html.escape(head)}</th>" for head in heads)]
        for entry in self.entries:
            title = html.escape(message(entry.title) if entry.title else entry.name)
            link = f'<a href="{html.escape(entry.page)}">{title}</a>' if entry.page else title
            named = f"{link}<br><code>{html.escape(entry.name)}</code>"
            words = [html.escape(message(word) if word else "") for word in (entry.kind, entry.difficulty)]
            cells = (html.escape(entry.number), named, *words, html.escape(entry.minutes))
            rows.append("".join(f"<td>{cell}</td>" for cell in cells))
        head, *body = (f"<tr>{row}</tr>" for row in rows)
        table = f"<table><thead>{head}</thead><tbody>{''.join(body)}</tbody></table>"
        return f"<p>{html.escape(self.summary())}</p>{table}"


def register(done: dict[str, bool], book: Path | None = None) -> Register:
    """Every exercise and every fault of the listing.

    Args:
        done: exercise name to whether its newest answer was right. book: the folder of the notebooks; by
            default the one beside the library, else one at or under the folder that Python runs in.
    """
    told = {entry.name: entry for entry in _told(book or notebooks_folder())}
    lines = [told.get(name, Entry(name)) for name in EXERCISES]
    lines += [
        Entry(name, "1b", fault.title, "debug", fault.difficulty, str(fault.minutes), page=LISTING_PAGE)
        for name, fault in listing_faults().items()
    ]
    states = {True: message("✓ right"), False: message("✗ not yet")}
    if told:
        lines.sort(key=_order)
    return Register(replace(one, state=states[done[one.name]] if one.name in done else "") for one in lines)


def _order(entry: Entry) -> tuple[float, str, int]:
    """Chapter, page of the chapter and place, as the book has them; what has no number comes last."""
    found = re.match(r"(\d+)([a-z]?)(?:\.(\d+))?", entry.number)
    return (int(found[1]), found[2], int(found[3] or 0)) if found else (float("inf"), "", 0)


def notebooks_folder() -> Path | None:
    """The folder of the notebooks: the one beside the library, else one at or under where Python runs."""
    here, code = Path.cwd(), Path(__file__).parents[3]
    return next((f for f in (code / "book", here, here / "book") if [*f.glob("[0-9][0-9]_*.ipynb")]), None)


def _told(book: Path | None) -> Iterator[Entry]:
    """What the notebooks say: a heading, the line below it, and the ``check`` in the cell that follows."""
    for notebook in sorted(book.glob("*.ipynb")) if book else ():
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        texts = ["".join(cell["source"]) for cell in cells]
        for task, stub in zip(texts, texts[1:], strict=False):
            found, name = HEADING.search(task), _checked(stub)
            if found and name:
                effort = EFFORT.search(task)
                words = {k: v.lower() for k, v in effort.groupdict().items()} if effort else {}
                yield Entry(name, found["number"], found["title"], **words, page=_place(notebook, found[0]))


def _place(notebook: Path, heading: str) -> str:
    """The page of a heading, with the anchor that Sphinx gives it."""
    anchor = re.sub(r"[^a-z0-9]+", "-", heading.lstrip("# ").lower()).strip("-")
    return f"{notebook.stem}.html#{anchor}"


def _checked(source: str) -> str:
    """The name in the cell's ``check("name", ...)``, if it has one."""
    try:
        calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    except SyntaxError:  # Markdown, or a magic command
        return ""
    for call in calls:
        if isinstance(call.func, ast.Name) and call.func.id == "check" and call.args:
            return str(getattr(call.args[0], "value", ""))
    return ""
