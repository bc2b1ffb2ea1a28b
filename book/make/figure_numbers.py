"""Number the figures of each page in order: captions in the code, and "Figure 1.2" wherever it is written.

A new caption may say ``"4.?"``; ``make format`` then finds its number. Where two captions of a page claim
one number, as after a merge, mentions of it stay as they are and are told: nobody can say which is meant.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path

BOOK = Path(__file__).resolve().parents[1]
CAPTION = re.compile(r'(\.caption\(\s*")([\w?]+\.[\d?]+)(")')
MENTION = re.compile(r"\b((?:Figures? |figures? ))(\w+\.\d+)\b")


def page_of(stem: str) -> str:
    """What the numbers of a page begin with: ``1`` for ``01_first``, ``1b`` for ``01b_x``, else a letter."""
    found = re.match(r"0*(\d+[a-z]?)_", stem)
    return found[1] if found else stem[0]


def renumber(cells: list[list[str]], page: str) -> tuple[list[list[str]], dict[str, str], list[str]]:
    """Captions of one page in order.

    Args:
        cells: the lines of each code cell.

    Returns:
        the cells; old number to new; numbers that two captions had.
    """
    old: list[str] = []

    def next_number(found: re.Match[str]) -> str:
        old.append(found[2])
        return f"{found[1]}{page}.{len(old)}{found[3]}"

    made = [CAPTION.sub(next_number, "".join(lines)).splitlines(keepends=True) for lines in cells]
    twice = [number for number, times in Counter(old).items() if times > 1]
    moved = {was: f"{page}.{n}" for n, was in enumerate(old, 1) if was not in twice and "?" not in was}
    return made, moved, [number for number in twice if "?" not in number]


def main() -> int:
    """Renumber all notebooks; say what was moved."""
    books = {path: json.loads(path.read_text(encoding="utf-8")) for path in sorted(BOOK.glob("*.ipynb"))}
    moved: dict[str, str] = {}
    unclear: list[str] = []
    for path, notebook in books.items():
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        made, here, twice = renumber([cell["source"] for cell in code], page_of(path.stem))
        for cell, lines in zip(code, made, strict=True):
            cell["source"] = lines
        moved, unclear = moved | here, unclear + twice

    def mention(found: re.Match[str]) -> str:
        if found[2] in unclear:
            print(f"look at {found[0]!r}: two captions had this number", file=sys.stderr)
        return found[1] + moved.get(found[2], found[2])

    for path, notebook in books.items():
        for cell in notebook["cells"]:
            cell["source"] = MENTION.sub(mention, "".join(cell["source"])).splitlines(keepends=True)
        text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
        if text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8")
    for was, now in moved.items():
        if was != now:
            print(f"Figure {was} is now {now}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
