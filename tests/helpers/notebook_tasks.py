"""The exercises as the notebooks give them: task, stub and solution of each, read from the cells."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

BOOK = Path(__file__).resolve().parents[2] / "book"


@dataclass(frozen=True)
class Task:
    """One exercise of a notebook.

    Attributes:
        name: what ``check`` calls it. notebook: where it stands.
        statement: the Markdown of the cell before the stub, without its heading.
        stub, function: the source of the function to fill in, and the function's name.
        solution: the source of the folded cell, which checks itself. imports: those of the whole notebook.
    """

    name: str
    notebook: Path
    statement: str
    stub: str
    function: str
    solution: str
    imports: str

    def stub_function(self) -> Callable:
        """The stub as a reader has it who has run its cell and no more."""
        return self._space(self.stub, "stub")[self.function]

    def solution_function(self) -> Callable:
        """The function that the folded cell checks, defined by running that cell (with its ``check``)."""
        _, name = checked(self.solution)
        return self._space(self.solution, "solution")[name]

    def _space(self, source: str, kind: str) -> dict:
        space: dict = {}
        exec(compile(self.imports, f"<imports of {self.notebook.name}>", "exec"), space)
        exec(compile(source, f"<{kind} of {self.name}>", "exec"), space)
        return space


def checked(source: str) -> tuple[str, str]:
    """``(exercise, function)`` of the one ``check("exercise", function)`` in ``source``.

    Raises:
        ValueError: there is none, or more than one, or one of another form.
    """
    calls = [
        call.args
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "check"
    ]
    match calls:
        case [[ast.Constant(value=str(name)), ast.Name(id=function)]]:
            return name, function
    raise ValueError(f'write check("name", function) once in this cell, with both words plain:\n{source}')


def _definition(source: str, name: str) -> str:
    for node in ast.parse(source).body:
        if getattr(node, "name", None) == name:
            return ast.get_source_segment(source, node) + "\n"
    raise ValueError(f"the cell checks {name} and does not define it:\n{source}")


def _imports(cells: list[dict]) -> str:
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    lines = [ast.unparse(n) for n in ast.walk(ast.parse(code)) if isinstance(n, (ast.Import, ast.ImportFrom))]
    return "\n".join(lines)


def tasks_of(notebook: Path) -> list[Task]:
    """The exercises of one notebook, in their order.

    Raises:
        ValueError: a cell tagged ``exercise`` without a task before it or a solution after it.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    imports, found = _imports(cells), []
    tags = [cell["metadata"].get("tags", []) for cell in cells]
    sources = ["".join(cell["source"]) for cell in cells]
    starts = [n for n, own in enumerate(tags) if "exercise" in own]
    for start, end in pairwise([*starts, len(cells)]):
        name, function = checked(sources[start])
        if start == 0 or cells[start - 1]["cell_type"] != "markdown":
            raise ValueError(f"{notebook.name}, {name}: no task in Markdown stands before the stub")
        _, _, statement = sources[start - 1].partition("\n")
        solutions = [sources[n] for n in range(start + 1, end) if "solution" in tags[n]]
        if len(solutions) != 1 or checked(solutions[0])[0] != name:
            raise ValueError(f"{notebook.name}, {name}: one cell tagged solution should follow and check it")
        stub = _definition(sources[start], function)
        found.append(Task(name, notebook, statement.strip(), stub, function, solutions[0], imports))
    return found


def notebook_tasks(book: Path = BOOK) -> Mapping[str, Task]:
    """Every exercise of the book by name.

    Raises:
        ValueError: an exercise that stands in two places.
    """
    found: dict[str, Task] = {}
    for notebook in sorted(book.glob("*.ipynb")):
        for task in tasks_of(notebook):
            if task.name in found:
                raise ValueError(
                    f"{task.name} stands in {found[task.name].notebook.name} and {notebook.name}"
                )
            found[task.name] = task
    return found
