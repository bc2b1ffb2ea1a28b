"""One fold before what it makes, and a name that says what that is.

Code that is no lesson stands in a fold before what it makes. Cells that follow each other with nothing to see
between them become one fold, and where a figure or a table follows, the fold is called after that.
"""

from __future__ import annotations

import re

CELL = re.compile(r'(?=<div class="cell )')
# A fold that is neither a solution nor part of an exercise: its head, up to the code.
HEAD = re.compile(
    r'<div class="cell tag_hide-(?:cell|input) docutils container">\s*'
    r'<details class="[^"]*\babove-input\b[^"]*">\s*<summary\b.*?</summary>\s*',
    re.S,
)
END = re.compile(r"\s*</details>\s*</div>\s*\Z")
LABEL = "How this number is made"
SEEN = (
    (re.compile(r'<figure class="(?:plot|tabs|view)|class="sq-place'), "How this figure is made"),
    (re.compile(r"<table\b[^>]*\b(?:id=\"T_|class=\"dataframe)"), "How this table is made"),
)


def mend_folds(text: str) -> tuple[str, int, int]:
    """Return ``text``, a page as HTML, with its folds mended; how many were joined, and how many renamed."""
    parts, joined, renamed = CELL.split(text), 0, 0
    for n in range(len(parts) - 1, 0, -1):  # from the end, so that a row of folds runs into its last
        before, head = HEAD.match(parts[n - 1]), HEAD.match(parts[n])
        if before and head and END.search(parts[n - 1]):
            parts[n - 1] = END.sub("\n", parts[n - 1]) + parts[n][head.end() :]
            del parts[n]
            joined += 1
    for n, part in enumerate(parts):
        if head := HEAD.match(part):
            name = next((name for what, name in SEEN if what.search(part)), LABEL)
            if name != LABEL:
                parts[n] = head.group().replace(LABEL, name) + part[head.end() :]
                renamed += 1
    return "".join(parts), joined, renamed
