"""The map from the article to the book: nothing is missing, what it names is there, each command runs."""

import json
import re
import shlex
from pathlib import Path

import pytest

from seqrec_lib.__main__ import main
from seqrec_lib.teaching.exercises.listing import listing_faults

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "book" / "from_the_article.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| article", "| ---"))
]
# The article's sections that hold more than a heading, a summary or thanks.
SECTIONS = ("1.1", "1.2", "2.1", "3.2", "3.3", "3.4", "4.1", "4.2", "4.3", "5.1", "5.2", "5.3")
SECTIONS += ("6.1", "6.2", "6.3", "6.4", "7.1", "7.2", "7.3", "8.2", "8.3", "8.4")
SYSTEMS = (
    "collaborative filtering", "content-based", "RNN", "LSTM", "GRU", "dot-product", "additive",
    "self-attention", "bi-attention", "MLP", "FM", "click rates", "recall", "adversarial", "A/B",
    "Transformer-XL", "DALL-E", "multi-level", "multi-head", "TensorBoard", "health", "education", "city",
    "finan", "advertisements", "music", "video", "shop", "reinforcement", "compression", "privacy",
    "modalities", "self-supervised", "normalise", "task adaptation",
)  # fmt: skip
SMALLER = ((r"users=\d+", "users=100"), (r"--users \d+", "--users 100"), (r"--epochs \d+", "--epochs 1"))


def commands():
    """Each command of the page once, in order: some need what an earlier one wrote."""
    found = [re.fullmatch(r"`python -m seqrec_lib (.+)`", row[-1]) for row in ROWS]
    return list(dict.fromkeys(match[1] for match in found if match))


def test_every_section_of_the_article_has_its_row():
    named = {part.strip() for row in ROWS for part in row[0].split(",")}
    assert set(SECTIONS) <= named
    assert not [section for section in named if section[0].isdigit() and section not in SECTIONS]


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_of_the_article_has_its_row(system):
    assert any(system in row[1] for row in ROWS)


def test_it_counts_the_faults_of_the_listing():
    (row,) = [row for row in ROWS if "the listing and its" in row[1]]
    assert f"{ {11: 'eleven', 12: 'twelve', 13: 'thirteen'}[len(listing_faults())] } faults" in row[1]


def test_each_of_the_five_questions_has_its_heading():
    cells = json.loads((ROOT / "book" / "questions.ipynb").read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    asked, headings = (re.findall(rf"^{mark}(\d)\. ", text, re.MULTILINE) for mark in ("", "## "))
    assert asked == headings == list("12345")


def test_files_and_pages_that_it_names_are_there():
    for row in ROWS:
        assert len(row) == 5, row
        for file in re.findall(r"`([\w/]+\.py)`", row[3]):
            assert (ROOT / "seqrec_lib" / file).is_file(), file
        for page in re.findall(r"\{doc\}`(?:[^`<]*<)?([\w]+)>?`", row[2]):
            assert any((ROOT / "book" / f"{page}.{ending}").is_file() for ending in ("md", "ipynb")), page
        if "coming" not in row[2] and "{doc}" not in row[2]:
            assert "README" in row[2], row


def test_a_row_without_a_command_says_why():
    for row in ROWS:
        if row[-1] == "–":
            assert "coming" in row[2] or "{doc}" in row[2], row


def test_there_are_commands():
    assert len(commands()) >= 35


def test_each_command_runs(tmp_path, monkeypatch, capsys):
    """In the order of the page, in one folder, on fewer users."""
    monkeypatch.chdir(tmp_path)
    for command in commands():
        small = command
        for pattern, smaller in SMALLER:
            small = re.sub(pattern, smaller, small)
        words = shlex.split(small)
        if words[0] in ("fit", "evaluate"):
            words += ["--quiet", "--device", "cpu"]
        try:
            code = main(words)
        except SystemExit as end:  # --version
            code = end.code or 0
        assert code == 0, f"{small}\n{capsys.readouterr().err}"
        assert capsys.readouterr().out, small
