"""From MyST to plain Markdown: everything the book uses is known, and nothing unknown passes in silence."""

from __future__ import annotations

import json
import re

import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from published.directives import DIRECTIVES, split_body
from published.errors import ConversionError, Place
from published.leftovers import leftovers
from published.markdown import to_plain
from published.names import Names
from published.notebook import TAGS, publish_notebook
from published.parser import parser
from published.roles import ROLES
from published.setup_cell import PRACTICE, Publication, set_up_source
from rendered import ROOT, soup

SITE = "https://someone.github.io/fork/"
FILES = sorted([*(ROOT / "book").glob("*.ipynb"), *(ROOT / "book").glob("*.md")])
NOTEBOOKS = [path for path in FILES if path.suffix == ".ipynb"]
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
HERE = Place("book/x.ipynb", "book/x", 7)
NAMES = Names(
    {
        "pages": {
            "book/x": {"title": "X", "anchors": ["here"]},
            "book/y": {"title": "Y", "anchors": ["there"]},
        },
        "equations": {"eq-a": {"page": "book/x", "anchor": "equation-eq-a", "number": "4.2"}},
        "numbered": {"book/x": {"fig-a": "4.1", "ex-a": "4.3"}},
        "labels": {"lab": {"page": "book/y", "anchor": "lab"}},
        "roles": {
            "book/x": {
                ":term:`key`": [{"text": "key", "link": "book/glossary.html#term-key"}],
                ":term:`a key <key>`": [{"text": "a key", "link": "book/glossary.html#term-key"}],
                ":eq:`eq-a`": [{"text": "(4.2)", "link": "book/x.html#equation-eq-a"}],
                ":cite:p:`ann2020`": [
                    {"text": "[", "link": ""},
                    {"text": "Ann, 2020", "link": "book/bibliography.html#id1"},
                    {"text": "]", "link": ""},
                ],
            }
        },
    },
    SITE,
)
TERM = f"[key]({SITE}book/glossary.html#term-key)"


def plain(text: str) -> str:
    return to_plain(text, HERE, NAMES)


def cells(path):
    """The Markdown of a file of the book, with the number of its cell."""
    if path.suffix == ".md":
        return [(None, path.read_text(encoding="utf-8"))]
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [(n, "".join(c["source"])) for n, c in enumerate(found) if c["cell_type"] == "markdown"]


def used(text: str) -> tuple[set[str], set[str]]:
    """Return the roles and directives in ``text``, those inside of directives too."""
    roles, directives = set(), set()
    for token in parser().parse(text):
        roles |= {child.meta["name"] for child in token.children or [] if child.type == "myst_role"}
        if token.type in ("fence", "colon_fence") and token.info.strip().startswith("{"):
            name = token.info.strip()[1:].partition("}")[0]
            directives.add(name)
            if name not in ("code", "code-block", "math", "mermaid", "raw"):
                more = used(split_body(token.content)[1])
                roles, directives = roles | more[0], directives | more[1]
    return roles, directives


@each_file
def test_every_role_and_directive_of_the_book_is_known(path):
    for number, text in cells(path):
        roles, directives = used(text)
        assert roles <= ROLES, f"{path.name}, cell {number}: unknown roles {sorted(roles - ROLES)}"
        unknown = directives - set(DIRECTIVES)
        assert not unknown, f"{path.name}, cell {number}: unknown directives {sorted(unknown)}"


def test_the_search_for_roles_and_directives_finds_them():
    assert used("a {role}`b` and\n\n```{thing} words\n:key: 1\n{inner}`x`\n```") == (
        {"role", "inner"},
        {"thing"},
    )


@pytest.fixture(scope="module")
def names():
    return Names.read(ROOT / "_build" / "names.json", SITE)


@each_file
def test_nothing_of_myst_is_left(path, names):
    page = path.relative_to(ROOT).with_suffix("").as_posix()
    if page not in names.data["pages"]:
        pytest.fail(f"{page} is not among the rendered pages")
    for number, text in cells(path):
        made = to_plain(text, Place(f"book/{path.name}", page, number), names)
        assert not leftovers(made), f"cell {number}"


def is_chapter(path) -> bool:
    """A page beside a chapter, such as 01b_listing, is none: it may have no formula and less text."""
    return re.match(r"\d\d_", path.name) is not None


@each_notebook
def test_equation_numbers_are_those_of_the_page(path, names):
    page = f"book/{path.stem}"
    printed = []
    for mark in soup(f"{page}.html").select(".eqno"):
        printed.append(re.search(r"\((.+?)\)", mark.get_text()).group(1))
    made = [to_plain(text, Place(f"book/{path.name}", page, n), names) for n, text in cells(path)]
    assert re.findall(r"\\tag\{(.+?)\}", "\n".join(made)) == printed
    assert printed or not is_chapter(path), "a chapter has at least one formula with a number"


def squeezed(text: str) -> str:
    text = text.replace("[", "(").replace("]", ")").replace("’", "'")
    return re.sub(r"\s+", "", text)


@each_notebook
def test_a_reader_of_the_notebook_reads_what_the_page_says(path, names):
    article = BeautifulSoup(str(soup(f"book/{path.stem}.html").find("article")), "html.parser")
    for extra in article.select(".headerlink, .section-number, script, style"):
        extra.decompose()
    page = squeezed(article.get_text())
    shown = (
        MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, renderer=lambda tex, _: rf"\({tex}\)")
    )
    compared = 0
    for number, text in cells(path):
        made = to_plain(text, Place(f"book/{path.name}", f"book/{path.stem}", number), names)
        for piece in BeautifulSoup(shown.render(made), "html.parser").find_all(["p", "h1", "h2", "h3", "td"]):
            if piece.find("details") or piece.find(class_="block"):
                continue
            assert squeezed(piece.get_text()) in page, f"cell {number}: {piece.get_text()[:200]}"
            compared += 1
    few = {"exercises": 2}  # its table is an output, not a text
    assert compared > few.get(path.stem, 40 if is_chapter(path) else 12)


CASES = {
    "role": ("a {term}`key`.", f"a {TERM}."),
    "role across lines": ("x {term}`a\nkey <key>` y", f"x [a key]({SITE}book/glossary.html#term-key) y"),
    "two roles in a list": ("- {term}`key`\n  and {term}`key`", f"- {TERM}\n  and {TERM}"),
    "cells of a table": ("| {term}`key` | a |\n| --- | --- |\n| a | {term}`key` |",
                         f"| {TERM} | a |\n| --- | --- |\n| a | {TERM} |"),
    "heading": ("## The {term}`key`", f"## The {TERM}"),
    "citation": ("said {cite:p}`ann2020`", f"said ([Ann, 2020]({SITE}book/bibliography.html#id1))"),
    "equation": ("$$\na = b\n$$ (eq-a)", "$$\na = b\n\\tag{4.2}\n$$"),
    "lines of an equation": ("$$\na \\\\ b\n$$ (eq-a)",
                             "$$\n\\begin{aligned}\na \\\\ b\n\\end{aligned}\n\\tag{4.2}\n$$"),
    "lines without a number": ("$$\na \\\\ b\n$$", "$$\n\\begin{aligned}\na \\\\ b\n\\end{aligned}\n$$"),
    "lines that are aligned already": ("$$\n\\begin{aligned}\na \\\\ b\n\\end{aligned}\n$$",
                                       "$$\n\\begin{aligned}\na \\\\ b\n\\end{aligned}\n$$"),
    "starred environment": ("\\begin{align*}\na\n\\end{align*}", "\\begin{align*}\na\n\\end{align*}"),
    "reference": ("see {eq}`eq-a`", f"see [(4.2)]({SITE}book/x.html#equation-eq-a)"),
    "note": ("```{note}\nA {term}`key`.\n```", f"> **Note.**\n>\n> A {TERM}."),
    "colon fence": (":::{tip}\nx\n:::", "> **Tip.**\n>\n> x"),
    "admonition": ("```{admonition} Why?\nx\n```", "> **Why?**\n>\n> x"),
    "folded": ("```{admonition} More\n:class: dropdown\nx\n```",
               "<details>\n<summary>More</summary>\n\nx\n\n</details>"),
    "exercise": ("```{exercise} Try\n:label: ex-a\nx\n```", "> **Exercise 4.3: Try**\n>\n> x"),
    "solution": ("```{solution} ex-a\nx\n```", "<details>\n<summary>Solution</summary>\n\nx\n\n</details>"),
    "note in a list": ("- a\n\n  ```{note}\n  x\n  ```", "- a\n\n  > **Note.**\n  >\n  > x"),
    "link to a page": ("[w](y.md)", f"[w]({SITE}book/y.html)"),
    "link to an anchor": ("[w](y.md#there) [v](#lab)",
                          f"[w]({SITE}book/y.html#there) [v]({SITE}book/y.html#lab)"),
    "link on the page": ("[u](#here)", f"[u]({SITE}book/x.html#here)"),
    "role in a link": ("[a {sub}`1`](y)", f"[a <sub>1</sub>]({SITE}book/y.html)"),
    "link outside": ("[w](https://example.org/a)", "[w](https://example.org/a)"),
    "target": ("(lab)=\n## T", "## T"),
    "comment": ("% hidden\n\nshown", "\nshown"),
    "definitions": ("one\n: the {term}`key`", f"- **one**: the {TERM}\n"),
    "code stays": ("`{term}` and\n\n```python\nx = '{a}'\n```", "`{term}` and\n\n```python\nx = '{a}'\n```"),
    "formula stays": ("$a_{b}`c$ and $$\nx\n$$", "$a_{b}`c$ and $$\nx\n$$"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_plain_markdown(name):
    text, expected = CASES[name]
    assert plain(text) == expected
    assert not leftovers(plain(text))


UNKNOWN = {
    "role": ("a {nosuch}`x`", "unknown role {nosuch}"),
    "directive": ("```{nosuch}\nx\n```", "unknown directive {nosuch}"),
    "directive in a note": ("```{note}\n:::{nosuch}\nx\n:::\n```", "unknown directive {nosuch}"),
    "role in a folded note": ("```{dropdown} a\n{nosuch}`x`\n```", "unknown role {nosuch}"),
    "term": ("{term}`nobody`", "nothing for :term:`nobody`"),
    "equation": ("$$\nx\n$$ (eq-none)", "the equation 'eq-none'"),
    "number without a label": ("\\begin{align}\na\n\\end{align}", "a formula with a number and no label"),
    "footnote": ("a[^1]\n\n[^1]: b", "unknown syntax: footnote"),
    "substitution": ("{{ x }}", "unknown syntax: substitution"),
    "dead link": ("[w](nowhere.md)", "no page of the book"),
    "dead anchor": ("[w](y.md#nowhere)", "no anchor #nowhere"),
    "relative html": ('<a href="y.html">w</a>', "raw HTML with a relative address"),
    "image elsewhere": ("![w](https://example.org/a.png)", "lies on another host"),
    "missing image": ("![w](nowhere.png)", "there is no image"),
    "figure without words": ("```{figure} a.png\nx\n```", "no alt text"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_unknown_is_an_error_that_names_file_and_cell(name):
    text, expected = UNKNOWN[name]
    with pytest.raises(ConversionError, match=r"book/x\.ipynb, cell 7: ") as found:
        plain(text)
    assert expected in str(found.value)


@pytest.mark.parametrize(
    "text", ["{a}`b`", "```{note}\nx\n```", "(a)=\nb", "$$\nx\n$$ (eq-a)", ":::{x}\n:::", "a\n: b"]
)
def test_left_over_myst_is_noticed(text):
    assert leftovers(text)


def one_cell(source="1", kind="code", **metadata):
    cell = {"cell_type": kind, "id": "a", "metadata": metadata, "source": source}
    return {"cells": [cell], "metadata": {}}


PUBLICATION = Publication(NAMES, "1.0+gabc", ("https://a/b.whl",), "someone/fork", "gh-pages")


def publish(notebook, gpu=False):
    return publish_notebook(notebook, Place("book/x.ipynb", "book/x"), PUBLICATION, gpu)


def test_solutions_are_folded_and_hidden_code_is_not_lost():
    made = publish(one_cell("x = 1", tags=["solution", "hide-cell"]))["cells"][-1]
    assert made["metadata"]["jupyter"] == {"source_hidden": True} and made["metadata"]["cellView"] == "form"
    assert made["source"] == "# @title Solution: unfold to read\nx = 1"
    assert publish(one_cell("y = 2", tags=["remove-cell"]))["cells"][-1]["source"].endswith("\ny = 2")


def test_a_chapter_that_uses_more_packages_installs_them_and_no_other_does():
    assert "MORE = []" in set_up_source(PUBLICATION, "book/01_first_recommender")
    extra = re.search(r"^practice = \[(.*?)\]", (ROOT / "pyproject.toml").read_text(), re.M | re.S)[1]
    for page, packages in PRACTICE.items():
        source = set_up_source(PUBLICATION, page)
        compile(source, "set-up", "exec")
        assert (ROOT / f"{page}.ipynb").is_file()
        assert all(package in source and f'"{package}"' in extra for package in packages)
    assert sorted(p for packages in PRACTICE.values() for p in packages) == sorted(
        re.findall('"(.*?)"', extra)
    )


def test_a_published_notebook_begins_with_its_place_and_its_set_up():
    made = publish(one_cell(), gpu=True)
    about, set_up = made["cells"][:2]
    colab = "https://colab.research.google.com/github/someone/fork/blob/gh-pages/book/x.ipynb"
    assert colab in about["source"] and f"{SITE}book/x.html" in about["source"]
    compile(set_up["source"], "set-up", "exec")
    assert "https://a/b.whl" in set_up["source"] and '"1.0+gabc"' in set_up["source"]
    assert made["metadata"]["accelerator"] == "GPU" and made["metadata"]["colab"]["gpuType"] == "T4"
    assert "accelerator" not in publish(one_cell())["metadata"]


@pytest.mark.parametrize(
    "notebook, expected",
    [
        (one_cell(tags=["nosuch"]), "unknown tag"),
        (one_cell("x", kind="raw"), "a raw cell"),
        (one_cell("open('references.bib')"), "a file of the repository"),
        (one_cell("open('assets/book.css')"), "a file of the repository"),
    ],
)
def test_a_cell_that_cannot_travel_is_an_error(notebook, expected):
    with pytest.raises(ConversionError, match="book/x.ipynb, cell 0") as found:
        publish(notebook)
    assert expected in str(found.value)


@each_notebook
def test_the_tags_of_the_book_are_known(path):
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        assert set(cell["metadata"].get("tags", [])) <= TAGS
