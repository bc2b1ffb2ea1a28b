"""The rendered book as the tests see it: its pages, and what was built."""

from __future__ import annotations

import json
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


@lru_cache(maxsize=256)
def soup(page: str) -> BeautifulSoup:
    """Return the parsed HTML of ``page``."""
    return BeautifulSoup((HTML / page).read_text(encoding="utf-8"), "html.parser")
