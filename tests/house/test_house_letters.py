"""Letters that once had a second meaning in a chapter do not come back."""

import json
import re
from pathlib import Path

BOOK = Path(__file__).parents[2] / "book"
WORDED = r"\\(?:mathrm|text|mathbf|mathcal|mathbb|boldsymbol)\{[^}]*\}"


def equations(name):
    """The display equations of a chapter, words and bold letters taken out."""
    cells = json.loads((BOOK / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return [re.sub(WORDED, " ", each) for each in re.findall(r"(?s)\$\$(.+?)\$\$ \(eq-", text)]


def capitals(name):
    return {
        letter for each in equations(name) for letter in re.findall(r"(?<![A-Za-z\\])[A-Z](?![A-Za-z])", each)
    }


def test_the_capitals_of_chapter_2_are_sizes_and_no_sets():
    assert len(equations("02_logs_to_sequences")) >= 12
    assert capitals("02_logs_to_sequences") == {"B"}  # D is a width, R counts rivals, T counts steps


def test_the_capitals_of_chapter_1_are_those_of_the_page_of_notation():
    assert capitals("01_first_recommender") <= {"D", "V", "U", "N", "T"}


def test_the_vector_of_an_item_has_one_letter():
    text = (BOOK / "01_first_recommender.ipynb").read_text(encoding="utf-8")
    assert "mathbf{e}_{x_t}" in text and "mathbf{v}" not in text  # v is the value of attention
