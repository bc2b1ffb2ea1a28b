"""One name and one look a model, in the whole book."""

import ast
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from seqrec_lib.models.registry import RECIPES
from seqrec_lib.teaching.figures import curves, ladder, table
from seqrec_lib.teaching.figures.lines import PALETTE
from seqrec_lib.teaching.names import COLOURS, MODELS, OTHERS, display_name, looks

BOOK = Path(__file__).parents[2] / "book"
NOTEBOOKS = sorted(BOOK.glob("*.ipynb"))
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
KNOWN = {word for model in MODELS for word in (model.name, model.recipe)}


def bare(name: str) -> str:
    """A name without what people write in several ways: capitals, spaces, hyphens, plus signs."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


MODELS_BARE = {bare(model.name) for model in MODELS} | {"markov", "lstmattention", "lstmmlp", "lstmmean"}


def other_spellings(text: str) -> list[str]:
    """The words in ``text`` that are a model's name in a spelling that is not the book's."""
    found = re.findall(
        r"\bg?sas[- ]?rec\b|\bgru ?4 ?rec\b|\blstm ?\+ ?\w+|\bmarkov[- ]chain\b", text, re.IGNORECASE
    )
    return [word for word in found if not re.match(r"Markov chain|" + "|".join(map(re.escape, KNOWN)), word)]


def test_names_and_looks_are_all_different():
    for part in ("name", "recipe", "look"):
        values = [getattr(model, part) for model in MODELS]
        assert len(set(values)) == len(values), part
    assert {model.look.colour for model in MODELS} <= set(COLOURS) == set(PALETTE)


def test_every_recipe_has_a_name():
    assert set(RECIPES) <= {model.recipe for model in MODELS}, "give the new model a line in names.py"


def test_a_recipe_becomes_the_name_and_other_words_stay():
    assert display_name("lstm-attention") == "LSTM + attention" and display_name("markov") == "Markov chain"
    assert display_name("SASRec") == "SASRec" and display_name("content only") == "content only"


def test_a_model_has_its_look_whoever_stands_beside_it():
    own = {model.name: model.look for model in MODELS}
    assert looks(["sasrec", "oracle"]) == [own["SASRec"], own["oracle"]]
    assert looks(["SASRec, 24 epochs"]) == [own["SASRec"]]
    first, second = looks(["SASRec, 8 epochs", "SASRec, 24 epochs"])
    assert first == own["SASRec"] != second
    assert looks(["a", "b", "c", "d", "e"]) == list(OTHERS)
    five = looks(["same score for all", "popularity", "Markov chain", "LSTM + attention", "oracle"])
    assert len({look.colour for look in five}) == 5 and five[3] == own["LSTM + attention"]


def test_tables_and_figures_show_the_name():
    frame = pd.DataFrame({"model": ["gru4rec", "<b>"], "sasrec": [1.0, 2.0]})
    page = table(frame).to_html()
    assert "GRU4Rec" in page and "SASRec" in page and "gru4rec" not in page and "&lt;b&gt;" in page
    picture = ladder([("markov", 0.2, 0.1, 0.3), ("lstm-attention", 0.4, 0.3, 0.5)], 0.6, 0.2)
    assert "Markov chain" in picture.alt and "LSTM + attention" in picture.alt
    assert list(curves([1, 2], {"gsasrec": [0.1, 0.2]}, "x", "y").table.columns) == ["x", "gSASRec"]


def strings(cell: str):
    """The plain strings of a code cell."""
    source = re.sub(r"^[%!].*$", "", cell, flags=re.MULTILINE)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@each
def test_no_notebook_calls_a_model_by_another_name(path):
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            prose = re.sub(r"```.*?```|`[^`]*`|\$[^$]*\$|\{[a-z:]+\}|\]\([^)]*\)", "", text, flags=re.DOTALL)
            assert not other_spellings(prose), (cell["id"], other_spellings(prose))
            continue
        wrong = [
            word for word in strings(text) if bare(word) in MODELS_BARE and word.strip(", ") not in KNOWN
        ]
        assert not wrong, (cell["id"], wrong)


@pytest.mark.parametrize(
    "text", ["SasRec wins", "a GRU4REC", "LSTM+attention", "the Markov-chain", "gSASrec"]
)
def test_another_spelling_is_found(text):
    assert other_spellings(text)


@pytest.mark.parametrize(
    "text",
    ["SASRec and gSASRec", "GRU4Rec", "LSTM + attention and LSTM + MLP", "the Markov chain", "SASRec's"],
)
def test_the_books_spelling_is_left_alone(text):
    assert not other_spellings(text)
