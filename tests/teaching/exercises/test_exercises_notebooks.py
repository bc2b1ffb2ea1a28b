"""A chapter gives each of its exercises as the library has it: the statement, the stub, the check."""

import json
from pathlib import Path

import pytest

from seqrec_lib.teaching.exercises import EXERCISES

BOOK = Path(__file__).resolve().parents[3] / "book"


def cells_of(chapter: int, kind: str) -> str:
    """The cells of one kind in a chapter's notebook, one after the other; "" before it is written."""
    for path in BOOK.glob(f"{chapter:02d}_*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == kind)
    return ""


@pytest.mark.parametrize("name", EXERCISES)
def test_the_chapter_has_the_exercise(name):
    exercise = EXERCISES[name]
    code, prose = cells_of(exercise.chapter, "code"), cells_of(exercise.chapter, "markdown")
    if not code:
        pytest.skip(f"chapter {exercise.chapter} is not written yet")
    assert exercise.stub.strip() in code
    function = exercise.stub.split("(")[0].removeprefix("def ")
    assert f'check("{name}", {function})' in code
    assert code.count(f'check("{name}", ') >= 2, "the folded solution is checked too"
    assert " ".join(exercise.statement.split()) in " ".join(prose.split())
