"""Mend in the rendered pages what the theme gets wrong and offers no setting for.

- Icons are drawn twice over: by a font, and by a script of 0.5 MB that replaces it. The font is enough.
- Some buttons and folds carry a hidden name that is not the text one sees, so whoever speaks to the page
  cannot name them (WCAG 2.5.3). Without it, the text is the name.
- The title of the book in the side bar stands outside every landmark.
- A wide table scrolls in its own box on a phone, and nothing lets a keyboard scroll it (WCAG 2.1.1).
- The entries of the bibliography's list carry a role that lists no longer take (ARIA 1.3).
- A folded solution is called a solution, and not what every other fold is called; for those see folds.py.
"""

from __future__ import annotations

import re
from pathlib import Path

from folds import mend_folds

RULES = (
    (re.compile(r'<script[^>]* src="[^"]*/scripts/fontawesome\.js[^"]*"></script>\s*'), ""),
    (re.compile(r'(<summary\b[^>]*?) aria-label="Toggle hidden content"'), r"\1"),
    (re.compile(r'(<button\b[^>]*?)\s+aria-label="Search"(?=[^>]*>\s*<i\b[^>]*></i>\s*<span)'), r"\1"),
    # no quotes, so that it stays sound where a page holds HTML in a JSON string
    (re.compile(r"<table\b(?![^>]*tabindex)"), "<table tabindex=0"),
    (re.compile(r'(<div\b[^>]*?) role="doc-biblioentry"'), r'\1 role="listitem"'),
    (
        re.compile(
            r'(<div class="cell [^"]*\btag_solution\b[^>]*>\s*<details[^>]*>\s*<summary>\s*<p[^>]*>)[^<]*'
            r"(</p>\s*<p[^>]*>)[^<]*"
        ),
        r"\1Solution\2Solution",
    ),
    (
        re.compile(r'<div class="sidebar-primary-item">(?=\s*<a class="navbar-brand)'),
        '<div class="sidebar-primary-item" role="banner">',
    ),
)


def polish(html: Path) -> dict[str, int]:
    """Apply every rule to every page below ``html``, in place; return how often each was applied.

    Raises:
        RuntimeError: a rule never applied: the theme has changed, so the rule must go or follow it.
    """
    counts = dict.fromkeys([*(rule.pattern for rule, _ in RULES), "folds joined", "folds renamed"], 0)
    for page in sorted(html.rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        for rule, instead in RULES:
            text, times = rule.subn(instead, text)
            counts[rule.pattern] += times
        text, joined, renamed = mend_folds(text)
        counts["folds joined"] += joined
        counts["folds renamed"] += renamed
        page.write_text(text, encoding="utf-8")
    idle = [pattern for pattern, times in counts.items() if not times]
    if idle:
        raise RuntimeError(f"the theme has changed: these rules of polish.py no longer apply: {idle}")
    return counts
