"""The rendered book as the tests see it: its pages, and what was built."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
SCREENSHOTS = ROOT / "_build" / "screenshots"


def pages() -> list[str]:
    """Return the book's own pages as paths below ``_build/html``, such as ``book/index.html``."""
    return sorted(path.relative_to(HTML).as_posix() for path in (HTML / "book").glob("*.html"))


def has_own_mathjax() -> bool:
    """Return whether the build brought MathJax along, so that no page needs another host."""
    state = ROOT / "_build" / "book.json"
    return state.is_file() and json.loads(state.read_text(encoding="utf-8"))["mathjax"]


def source_of(page: str) -> str:
    """Return the Markdown that ``page`` was made from: of a notebook, its text cells."""
    stem = ROOT / page.removesuffix(".html")
    if stem.with_suffix(".md").is_file():
        return stem.with_suffix(".md").read_text(encoding="utf-8")
    cells = json.loads(stem.with_suffix(".ipynb").read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


def count_formulas(markdown: str) -> tuple[int, int]:
    """Return how many display and how many inline formulas a source holds; code is not looked into."""
    for code in (r"^(```|~~~)(?!\{).*?^\1", r"`[^`\n]*`"):
        markdown = re.sub(code, "code", markdown, flags=re.S | re.M)
    display = re.compile(r"\$\$.+?\$\$", re.S)
    inline = re.compile(r"(?<![\\$\w])\$(?![\s$])(?:[^$\n]|\n(?!\s*\n))+?(?<![\s\\])\$(?!\d)")
    return len(display.findall(markdown)), len(inline.findall(display.sub(" ", markdown)))


def pages_with(mark: str) -> list[str]:
    """Return the pages whose HTML matches ``mark``; parsing them all would cost each worker half a minute."""
    return [page for page in pages() if re.search(mark, (HTML / page).read_text(encoding="utf-8"))]


@lru_cache(maxsize=256)
def anchors(page: str) -> frozenset[str]:
    """Return the places of ``page`` that a link can name."""
    found = soup(page)
    named = (one["name"] for one in found.find_all("a", attrs={"name": True}))
    return frozenset([*(one["id"] for one in found.find_all(id=True)), *named])


@lru_cache(maxsize=256)
def soup(page: str) -> BeautifulSoup:
    """Return the parsed HTML of ``page``."""
    return BeautifulSoup((HTML / page).read_text(encoding="utf-8"), "html.parser")
