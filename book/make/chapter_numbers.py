"""A Sphinx extension of this book: a chapter's number is that of its file, ``09_sasrec`` is chapter 9.

Sphinx counts the chapters that are there, so that with a gap between them chapter 9 would be the
fourth, its equations (4.1), (4.2) and so on, and all would change when a chapter is added.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx_external_toc.collectors import TocTreeCollectorWithStyles

CHAPTER = re.compile(r"(?:^|/)(\d\d)([b-z]?)_[^/]*$")


def chapter_of(page: str) -> int | str | None:
    """Return the number of the chapter ``page``: 9, or "1b" for a page beside chapter 1; None for others."""
    found = CHAPTER.search(page)
    if not found:
        return None
    return f"{int(found[1])}{found[2]}" if found[2] else int(found[1])


def renumber(env: BuildEnvironment) -> None:
    """Put the chapter's own number first in every section number; figures and equations follow it."""
    for page, anchors in env.toc_secnumbers.items():
        chapter = chapter_of(page)
        if chapter is None:
            continue
        for anchor, number in anchors.items():
            if number:
                anchors[anchor] = (chapter, *number[1:])
        for node in (*env.tocs[page].findall(nodes.reference), env.titles[page]):
            if node.get("secnumber"):
                node["secnumber"] = [chapter, *node["secnumber"][1:]]


def wrap(app: Sphinx, config: Config) -> None:
    """Renumber right after Jupyter Book's collector has numbered the sections, before it does the figures."""
    count = TocTreeCollectorWithStyles.assign_section_numbers

    def assign_section_numbers(self, env: BuildEnvironment) -> list[str]:
        changed = count(self, env)
        renumber(env)
        return changed

    TocTreeCollectorWithStyles.assign_section_numbers = assign_section_numbers


def setup(app: Sphinx) -> dict:
    app.connect("config-inited", wrap)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
