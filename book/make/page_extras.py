"""A Sphinx extension of this book: what a reader expects around the text of a page.

- Under a chapter's title: how long it takes to read, and how long its exercises.
- A description for search engines and previews: the page's first paragraph.
- On each link to a glossary term its meaning, and on each to an equation its formula, for the card that
  ``book.js`` shows over it.
"""

from __future__ import annotations

import html
import re

from docutils import nodes
from sphinx.application import Sphinx

from seqrec_lib.messages import message

WORDS_A_MINUTE = 180  # slower than a novel: there are formulas
ROUND = 5  # minutes
EXERCISE = re.compile(r"\w+ · (?:easy|medium|hard) · (\d+) minutes")
GLOSSARY = "book/glossary"
LINK = re.compile(r'<a class="reference internal" href="[^"#]*#((?:term|equation)-[^"]+)"')


def text_of(doctree: nodes.document) -> str:
    """The page's paragraphs and list items as one text, without cells, code and formulas."""
    found = []
    for node in doctree.findall(nodes.TextElement):
        above, parts = node.parent, []
        while above is not None:
            parts.append(above)
            above = above.parent
        code = any(isinstance(one, nodes.container) and "cell" in one.get("classes", []) for one in parts)
        if not code and isinstance(node, nodes.paragraph | nodes.term):
            found.append(node.astext())
    return "\n".join(found)


def to_fives(minutes: float) -> int:
    return max(ROUND, ROUND * round(minutes / ROUND))


def reading_time(doctree: nodes.document) -> str:
    """``About 40 minutes to read, and 90 for its exercises.``; the exercises state their own minutes."""
    text = text_of(doctree)
    reading = to_fives(len(text.split()) / WORDS_A_MINUTE)
    exercises = sum(map(int, EXERCISE.findall(text)))
    if not exercises:
        return message("About {n} minutes to read.", n=reading)
    return message("About {n} minutes to read, and {m} for its exercises.", n=reading, m=to_fives(exercises))


def description(doctree: nodes.document, longest: int = 200) -> str:
    """The first paragraph that is no part of a cell, in at most ``longest`` letters of whole words."""
    text = next((line for line in text_of(doctree).split("\n") if len(line) > 40), "")
    if len(text) <= longest:
        return text
    return text[: longest - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def cards(app: Sphinx) -> dict[str, tuple[str, str]]:
    """By anchor: ``("card", meaning)`` of each glossary term, ``("formula", LaTeX)`` of each equation."""
    found = {}
    for item in app.env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
        meaning = " ".join(item[-1].astext().split())
        for term in item.findall(nodes.term):
            found |= {anchor: ("card", meaning) for anchor in term.get("ids", [])}
    for page in app.env.found_docs:
        for block in app.env.get_doctree(page).findall(nodes.math_block):
            if block.get("label"):
                found[nodes.make_id(f"equation-{block['label']}")] = ("formula", block.astext())
    return found


def with_cards(body: str, known: dict[str, tuple[str, str]]) -> str:
    """``body`` with what its card says on each link that ``known`` has."""

    def marked(link: re.Match[str]) -> str:
        if link[1] not in known:
            return link[0]
        kind, text = known[link[1]]
        return f'{link[0]} data-{kind}="{html.escape(text)}"'

    return LINK.sub(marked, body)


def dress(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    if doctree is None:
        return
    if not hasattr(app.env, "book_cards"):
        app.env.book_cards = cards(app)
    body = context["body"]
    if app.env.doc2path(page).endswith(".ipynb"):
        body = body.replace("</h1>", f'</h1>\n<p class="reading-time">{reading_time(doctree)}</p>', 1)
    context["body"] = with_cards(body, app.env.book_cards)
    about = html.escape(description(doctree))
    context["metatags"] = context.get("metatags", "") + f'\n<meta name="description" content="{about}" />'


def setup(app: Sphinx) -> dict:
    # Before page_names marks its place, which is right below the title.
    app.connect("html-page-context", dress, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
