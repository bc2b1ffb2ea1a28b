"""The table of methods on the first page: whatever it names is there, and no method is missing."""

import re

import contracts_ab  # noqa: F401  (registers its contracts)
import contracts_attention  # noqa: F401  (registers its contracts)
import contracts_clicks  # noqa: F401  (registers its contracts)
import contracts_compress  # noqa: F401  (registers its contracts)
import contracts_encoders  # noqa: F401  (registers its contracts)
import contracts_evaluation  # noqa: F401  (registers its contracts)
import contracts_explain  # noqa: F401  (registers its contracts)
import contracts_family  # noqa: F401  (registers its contracts)
import contracts_goals  # noqa: F401  (registers its contracts)
import contracts_little_data  # noqa: F401  (registers its contracts)
import contracts_logs  # noqa: F401  (registers its contracts)
import contracts_long  # noqa: F401  (registers its contracts)
import contracts_losses  # noqa: F401  (registers its contracts)
import contracts_masked  # noqa: F401  (registers its contracts)
import contracts_measure  # noqa: F401  (registers its contracts)
import contracts_modalities  # noqa: F401  (registers its contracts)
import contracts_model  # noqa: F401  (registers its contracts)
import contracts_movielens  # noqa: F401  (registers its contracts)
import contracts_privacy  # noqa: F401  (registers its contracts)
import contracts_rewards  # noqa: F401  (registers its contracts)
import contracts_sasrec  # noqa: F401  (registers its contracts)
import contracts_scale  # noqa: F401  (registers its contracts)
import contracts_serving  # noqa: F401  (registers its contracts)
import contracts_stages  # noqa: F401  (registers its contracts)
import contracts_time  # noqa: F401  (registers its contracts)
import contracts_training  # noqa: F401  (registers its contracts)
import pytest
from equation_contracts import BOOK, CONTRACTS, markdown_of

from seqrec_lib.models import recipe_settings
from seqrec_lib.teaching.exercises import EXERCISES

CHAPTERS = {path.stem.split("_")[0].lstrip("0"): path.stem for path in BOOK.glob("[0-9][0-9]*_*.ipynb")}
METHODS = ("Elman", "LSTM", "GRU", "gates", "dot product", "additive", "self-attention", "bi-attention")
METHODS += ("target attention", "levels", "heads", "mask", "temperature")


def rows():
    """``[method, equation, place, exercise, recipe]`` of each row."""
    page = (BOOK / "index.md").read_text(encoding="utf-8")
    _, _, text = page.partition(
        "## The methods of chapters 4 to 6, of time, long histories and experiments\n"
    )
    lines = re.findall(r"^\| (.+) \|$", text.partition("\n## ")[0], re.MULTILINE)
    return [line.split(" | ") for line in lines[2:]]


ROWS = [pytest.param(row, id=row[0]) for row in rows()]


def test_no_method_is_missing():
    named = " ".join(row[0] for row in rows())
    assert [method for method in METHODS if method not in named] == []


def as_number(text: str) -> int | float | str:
    """A setting as it is typed: a number where it is one."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


@pytest.mark.parametrize("row", ROWS)
def test_equation_contract_section_exercise_and_recipe_are_there(row):
    _, equation, place, exercise, recipe = row
    label = re.fullmatch(r"\{eq\}`(eq-[a-z-]+)`", equation)[1]
    assert label in CONTRACTS
    number, chapter, section = re.fullmatch(r"\{doc\}`(\w+) <(\w+)>`, (.+)", place).groups()
    assert CHAPTERS[number] == chapter
    heading = re.compile(rf"^##+ {re.escape(section)}$", re.MULTILINE)
    assert heading.search(markdown_of(BOOK / f"{chapter}.ipynb")), section
    if exercise != "–":
        name = exercise.strip("`")
        assert name in EXERCISES
        assert f'check("{name}"' in (BOOK / f"{chapter}.ipynb").read_text(encoding="utf-8").replace(
            '\\"', '"'
        )
    if recipe != "–":
        name, *changes = re.findall(r"`([^`]+)`", recipe)
        given = dict(change.split("=") for change in changes)
        settings = recipe_settings(name, 9, **{key: as_number(v) for key, v in given.items()})
        assert {key: str(getattr(settings, key)) for key in given} == given
