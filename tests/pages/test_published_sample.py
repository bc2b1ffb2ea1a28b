"""A published notebook as Colab and plain Jupyter show it: plain Markdown, with MathJax for the formulas.

Their Markdown is CommonMark with tables and formulas between dollars. The same is put together here, drawn in
Chromium, and kept as a screenshot beside those of the pages.
"""

from __future__ import annotations

import html
import re

import publish
import pytest
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from published.names import Names
from published.setup_cell import Publication
from rendered import ROOT, SCREENSHOTS, has_own_mathjax, soup
from shapes import photograph

import book

pytestmark = pytest.mark.browser
SITE = "https://someone.github.io/fork/"
LOOK = """<!doctype html><html lang="en"><meta charset="utf-8"><title>sample</title>
<style>body { font: 15px/1.5 sans-serif; max-width: 46em; margin: 1em auto } td, th { padding: .2em .8em }
pre { background: #f4f4f4; padding: .6em; white-space: pre-wrap }
blockquote { border-left: 3px solid; padding-left: 1em }
</style><script>MathJax = {tex: {tags: "none"}}</script>
<script src="/_static/mathjax/tex-mml-chtml.js"></script><body>"""


def formula(tex: str, options: dict) -> str:
    return rf"\[{html.escape(tex)}\]" if options["display_mode"] else rf"\({html.escape(tex)}\)"


def as_shown(notebook: dict) -> str:
    """Return the notebook as one page of HTML; folded code shows its title alone."""
    markdown = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, renderer=formula)
    parts = [LOOK]
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            parts.append(markdown.render(cell["source"]))
        elif cell["metadata"].get("cellView") == "form":
            title = cell["source"].splitlines()[0].removeprefix("# @title ")
            parts.append(f"<pre>▸ {html.escape(title)}</pre>")
        else:
            parts.append(f"<pre>{html.escape(cell['source'])}</pre>")
    return "\n".join(parts)


@pytest.mark.parametrize("path", book.sources(), ids=lambda path: path.stem)
def test_a_notebook_as_colab_shows_it(browser, server, path):
    names = Names.read(ROOT / "_build" / "names.json", SITE)
    publication = Publication(names, "1.0", ("x.whl",), "someone/fork", "gh-pages")
    body = as_shown(publish.convert(path, publication))
    if not has_own_mathjax():
        pytest.skip("this build had no npm, so there is no MathJax to draw with")
    context = browser.new_context(viewport={"width": 900, "height": 900})
    tab = context.new_page()
    outside = []
    tab.route(
        "**/*", lambda r: r.continue_() if r.request.url.startswith(server) else outside.append(r.request.url)
    )
    tab.route(
        f"{server}/sample.html", lambda r: r.fulfill(body=body, content_type="text/html; charset=utf-8")
    )
    tab.goto(f"{server}/sample.html")
    tab.evaluate("MathJax.startup.promise")
    assert not outside, "a notebook shows without asking another host"
    assert tab.locator("mjx-merror, [data-mjx-error]").count() == 0
    printed = [
        re.search(r"\((.+?)\)", e.get_text()).group(1) for e in soup(f"book/{path.stem}.html").select(".eqno")
    ]
    # MathJax puts a number into a label of its own; the text of the glyphs is in the assistive MathML.
    shown = tab.evaluate("[...document.querySelectorAll('mjx-assistive-mml mlabeledtr > mtd:first-child')]"
                         ".map(e => e.textContent.trim())")  # fmt: skip
    assert shown == [f"({number})" for number in printed]
    text = tab.locator("body").evaluate(
        "b => [...b.querySelectorAll('p, li, td, h1, h2, h3, summary')].map(e => e.innerText).join('\\n')"
    )
    assert not re.search(r"\{(?:term|cite|doc|ref|eq|numref)[:\w]*\}|^:::|\(eq-[\w-]+\)", text, flags=re.M)
    photograph(tab, SCREENSHOTS / f"published-{path.stem}.png")
    context.close()
