"""One letter, one meaning: the symbol tables of the chapters say what the page of notation says."""

import json
import re
from pathlib import Path

import pytest

BOOK = Path(__file__).parents[2] / "book"
CHAPTERS = sorted(BOOK.glob("0*.ipynb"))
# What a chapter says in its own words. A new line here is a decision: better words in the chapter are usual.
OWN = {
    ("01_first_recommender", r"$\mathbf{h}_t$"): "the LSTM's state after step $t$",
    ("02_logs_to_sequences", "$k$"): "the least number of rows that a user or an item has in a k-core",
    ("02_logs_to_sequences", r"$L$, $\ell_b$"): "the longest history allowed; what is left of row $b$",
    ("03_evaluation", "$y$"): "the item that came next",
    ("03_evaluation", "$r$"): "the target's rank, 1 is best",
    ("03_evaluation", "$n$"): "how many of them are drawn",
    ("08_two_stages", "$y_n$"): "whether shown item $n$ was clicked",
    ("09_sasrec", r"$\mathbf{h}_t$"): "what a block reads at step $t$",
    ("09_sasrec", r"$\mathbf{q}, \mathbf{k}, \mathbf{v}$"): "query, key and value of one head",
    ("09_sasrec", "$H$, $d$"): "heads; width of one head, $D / H$",
}


def table_rows(text):
    """``(symbol, meaning)`` of each line of a table that begins with a formula."""
    lines = [line for line in text.splitlines() if line.startswith("| $")]
    cells = [[cell.strip() for cell in line.strip()[1:-1].split("|")] for line in lines]
    return [(row[0], row[-1]) for row in cells]


def chapter_rows(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    return [row for text in texts for row in table_rows(text) if re.search(r"(?m)^\| symbol \|", text)]


def shortens(short, full):
    """Whether the words of ``short`` stand in ``full`` in the same order."""
    words = iter(re.findall(r"[^\s,;:.]+", full))
    return all(word in words for word in re.findall(r"[^\s,;:.]+", short))


LAW = table_rows((BOOK / "notation.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapters_symbols_mean_what_the_page_of_notation_says(path):
    law = dict(LAW)
    strange = [
        f"{symbol}: {meaning!r}, but the page of notation: {law.get(symbol, 'nothing')!r}"
        for symbol, meaning in chapter_rows(path)
        if OWN.get((path.stem, symbol)) != meaning and not shortens(meaning, law.get(symbol, ""))
    ]
    assert not strange, "\n".join(strange)


def test_tables_are_found_and_no_exception_is_left_over():
    found = {(path.stem, *row) for path in CHAPTERS for row in chapter_rows(path)}
    assert len(found) >= 30
    assert {(*key, meaning) for key, meaning in OWN.items()} <= found


def test_no_symbol_stands_twice():
    symbols = [symbol for symbol, _ in LAW]
    assert len(symbols) > 40 and len(set(symbols)) == len(symbols)


WORDS = r"\\(mathrm|mathbb|mathbf|mathcal|operatorname|text|begin|end)\s*\{[^{}]*\}|\\[a-zA-Z]+|\\."
# Letters of the chapters that were read against the law letter by letter, which their own text explains.
EXPLAINED = {
    "03_evaluation": set("jgNPq"),
    "04_encoders": set("Fo"),  # a norm and a width; the output gate
    "05_attention": set("lq"),  # another step; the query as an index
    "06_attention_family": set("l"),
    "09_sasrec": set("iNjMo"),
}


def letters_of(formula):
    """The plain Latin letters of a formula: not bold, not of words such as ``Var``."""
    return set(re.findall(r"[A-Za-z]", re.sub(WORDS, " ", formula)))


def equations(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return {label: body for body, label in re.findall(r"\$\$([^$]+)\$\$ \((eq-[a-z-]+)\)", text)}


@pytest.mark.parametrize("name", EXPLAINED)
def test_each_letter_of_an_equation_stands_in_the_law(name):
    known = set().union(*(letters_of(symbol) for symbol, _ in LAW)) | EXPLAINED[name]
    found = equations(BOOK / f"{name}.ipynb")
    assert len(found) >= 9
    strange = {label: letters_of(body) - known for label, body in found.items()}
    assert not {label: letters for label, letters in strange.items() if letters}


def test_an_unknown_letter_is_seen():
    assert letters_of(r"\mathrm{Var}(\bar{m}) \ge \mathbf{q}_t \frac{a}{\hat{Q}_{uu}}") == {
        "m",
        "t",
        "a",
        "Q",
        "u",
    }


def test_another_meaning_is_seen():
    assert shortens("the item at step $t$", "the item at step $t$; $x_1$ is the oldest")
    assert not shortens("the value at step $t$", "the item at step $t$; $x_1$ is the oldest")
