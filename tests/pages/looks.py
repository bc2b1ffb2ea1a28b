"""What a page looks like, in a few numbers that a font does not change and a broken figure does.

Stored pictures would differ on every machine: its fonts, its browser, the last digits of a training run.
So each figure is reduced to its shape, to how much of it is inked and how much is coloured, and to which
cells of a 6 by 6 grid hold colour, and to how many marks (lines, points, bars) it is made of. Text is drawn
in the colour of the page, data in colours, so another font hardly moves these numbers; a missing line, an
empty box or a collapsed axis does.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

Image.MAX_IMAGE_PIXELS = None  # a chapter is a long picture
STORED = Path(__file__).parent / "looks.json"
NEW: dict[str, dict] = {}  # looks that are to be stored when all tests are done: page to look
GRID = 6
BOXES = """() => [...document.querySelectorAll('article svg[role=img], article img, article .sq-view')]
  .filter(e => e.getClientRects().length && !e.parentElement.closest('.sq-view')).map(e => {
    const r = e.getBoundingClientRect();
    return {kind: e.classList.contains('sq-view') ? 'view' : 'figure',
            timed: /milliseconds|seconds/.test(e.getAttribute('aria-label') || ''),
            marks: e.querySelectorAll('use, path, rect, circle, polygon, line').length,
            box: [r.left + scrollX, r.top + scrollY, r.right + scrollX, r.bottom + scrollY]};
  })"""


def middle(channel: np.ndarray) -> float:
    """The median of some bytes; counting them is many times faster than sorting them."""
    below = np.bincount(channel.ravel(), minlength=256).cumsum()
    return float(np.searchsorted(below, [(channel.size - 1) // 2, channel.size // 2], side="right").mean())


def numbers_of(pixels: np.ndarray) -> dict[str, object]:
    """Reduce the picture of one figure, ``(height, width, 3)`` bytes."""
    red, green, blue = channels = [pixels[..., i] for i in range(3)]
    away = [np.abs(one.astype(np.float32) - middle(one)) > 60 for one in channels]
    ink = away[0] | away[1] | away[2]
    high, low = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    colour = high - low > 60
    rows = np.array_split(colour, GRID, axis=0)
    cells = [float(cell.mean()) > 0.004 for row in rows for cell in np.array_split(row, GRID, axis=1)]
    return {
        "ratio": round(pixels.shape[0] / pixels.shape[1], 3),
        "ink": round(float(ink.mean()), 4),
        "colour": round(float(colour.mean()), 4),
        "cells": "".join("x" if cell else "." for cell in cells),
    }


def measure(tab, picture: Path) -> dict[str, object]:
    """Return the look of the page that ``tab`` shows and ``picture`` holds in full."""
    boxes, figures = tab.evaluate(BOXES), []
    with Image.open(picture) as image:
        for one in boxes:
            pixels = np.asarray(image.crop([int(round(v)) for v in one["box"]]).convert("RGB"))
            marks = {"marks": one["marks"]} if one["kind"] == "figure" else {}
            timed = {"timed": True} if one["timed"] else {}
            figures.append({"kind": one["kind"], **timed, **marks, **numbers_of(pixels)})
        return {"height": image.height, "figures": figures}


def within(a: float, b: float, factor: float, least: float) -> bool:
    """Return whether two shares are alike: by a factor, or both as good as nothing."""
    return max(a, b) <= factor * min(a, b) + least


def difference(now: dict, then: dict) -> list[str]:
    """Return in what one figure differs from its stored look; empty when it looks as it did."""
    if now["kind"] != then["kind"]:
        return [f"it was a {then['kind']} and is a {now['kind']}"]
    found = []
    view = now["kind"] == "view"  # its rows are text, so another font changes its height
    if not within(now["ratio"], then["ratio"], 1.35 if view else 1.04, 0.01):
        found.append(f"height to width {then['ratio']} -> {now['ratio']}")
    if not within(now.get("marks", 0), then.get("marks", 0), 1.2, 1):
        found.append(f"marks drawn {then['marks']} -> {now['marks']}")
    if not within(now["ink"], then["ink"], 1.7, 0.004):
        found.append(f"ink {then['ink']} -> {now['ink']}")
    if not within(now["colour"], then["colour"], 1.5, 0.002):
        found.append(f"colour {then['colour']} -> {now['colour']}")
    a, b = (np.array(list(look["cells"])) == "x" for look in (now, then))
    timed = then.get("timed", False)  # measured in the page: its lines lie where this machine puts them
    if (a ^ b).sum() > max(3, 0.3 * (a | b).sum()) and not (view or timed):
        found.append(f"colour in other places {then['cells']} -> {now['cells']}")
    return found


def load() -> dict[str, dict]:
    """Return the stored looks: page to look."""
    return json.loads(STORED.read_text(encoding="utf-8")) if STORED.is_file() else {}


def save(looks: dict[str, dict]) -> None:
    """Store ``looks``, a line a figure, so that a change reads well in a review."""
    pages = []
    for page, look in sorted(looks.items()):
        lines = ",\n".join("   " + json.dumps(figure) for figure in look["figures"])
        inner = f"\n{lines}\n  " if lines else ""
        pages.append(f' "{page}": {{"height": {look["height"]}, "figures": [{inner}]}}')
    STORED.write_text("{\n" + ",\n".join(pages) + "\n}\n", encoding="utf-8")
