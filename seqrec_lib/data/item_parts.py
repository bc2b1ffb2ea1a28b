"""What a log says of its items, as numbers: words, numbers, vectors, sequences of frames.

Sizes: ``V`` items (row 0 is padding), ``S`` frames (1 for all but sequences), ``F`` numbers a frame.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..messages import InputError
from .errors import DataError
from .interactions import Interactions

WORD = re.compile(r"[^\W_]+")
NUMBERED = re.compile(r"^(.+?)_(\d+)(?:_(\d+))?$")


@dataclass(frozen=True)
class ItemPart:
    """One thing that is known of items: their text, their price, their image.

    Attributes:
        name: of the column, or of the columns that belong together.
        values: ``(V+1, S, F)`` float32, 0 where nothing is known. The rows that are known have mean length 1,
            so that no part is louder than another because of its unit.
        known: ``(V+1, S)`` bool; an item of which no frame is known lacks this part.
    """

    name: str
    values: np.ndarray
    known: np.ndarray

    @property
    def shape(self) -> tuple[str, int, int]:
        """``(name, S, F)``."""
        return self.name, self.values.shape[1], self.values.shape[2]


def read_parts(log: Interactions, fitted: np.ndarray | None = None, words: int = 64) -> list[ItemPart]:
    """The parts of a log's items, in the order of its columns.

    Columns ``image_0``, ``image_1``, … are one vector called ``image``. Columns ``speech_0_0``,
    ``speech_0_1``, …, ``speech_1_0``, … are a sequence of frames. A column of text is the sum of the hashed
    vectors of its words, each times ``tf * ln((1 + V) / df)`` (TF-IDF), and of length 1. Titles stand with
    the column ``text``, or alone as ``title``: what an item says of another one, such as its name, then meets
    that one's title in the same numbers. Any other column of numbers is one number.

    Args:
        fitted: ``(V+1,)`` bool: the items that means, spreads and rarities of words are taken from.
            None: all. Items that are not on sale yet should not count there.
        words: F of a text; see :func:`word_vector`.

    Raises:
        DataError: no item features and no titles; a column of numbers known for no fitted item.
        InputError: ``fitted`` has another length or names no item; ``words`` below 2.
    """
    v = log.n_items
    if words < 2:
        raise InputError(f"words is {words}: it must be at least 2")
    fitted = np.arange(v + 1) > 0 if fitted is None else np.asarray(fitted, dtype=bool)
    if fitted.shape != (v + 1,) or not fitted[1:].any():
        raise InputError(f"fitted must name at least one of {v} items, one entry an item and one for padding")
    texts, numbers = _sorted_out(log)
    if not texts and not numbers:
        raise DataError(f"{log.name}: no item features and no titles, so items have no parts: name a column")
    parts = [_text_part(name, lines, fitted, words) for name, lines in texts.items()]
    parts += [_number_part(log.name, name, columns, fitted) for name, columns in numbers.items()]
    return parts


def part_shapes(log: Interactions, words: int = 64) -> tuple[tuple[str, int, int], ...]:
    """``((name, S, F), ...)`` of :func:`read_parts`, without reading; empty where there is nothing."""
    texts, numbers = _sorted_out(log)
    shapes = [(name, 1, words) for name in texts]
    for name, columns in numbers.items():
        frames = {t for t, _ in columns}
        shapes.append((name, len(frames), len(columns) // len(frames)))
    return tuple(shapes)


def shapes_as_text(shapes: object) -> str:
    """``((name, S, F), ...)`` as one plain text, which settings and JSON keep as it is; "" for none."""
    if isinstance(shapes, str):
        return shapes
    assert isinstance(shapes, list | tuple)  # what part_shapes gives
    return json.dumps([list(each) for each in shapes]) if shapes else ""


def shapes_from_text(text: str) -> tuple[tuple[str, int, int], ...]:
    """What :func:`shapes_as_text` wrote."""
    return tuple((str(name), int(steps), int(width)) for name, steps, width in json.loads(text or "[]"))


Columns = dict[tuple[int, int], np.ndarray]  # (frame, number) -> (V+1,)


def _sorted_out(log: Interactions) -> tuple[dict[str, list[str]], dict[str, Columns]]:
    """``(name -> lines (V+1), name -> columns)``: which columns are text, and which belong together."""
    texts: dict[str, list[str]] = {}
    groups: dict[str, Columns] = defaultdict(dict)
    alone: dict[str, np.ndarray] = {}
    for name, column in log.item_features.items():
        if not np.issubdtype(column.dtype, np.number):
            texts[name] = ["" if line is None or line != line else str(line) for line in column]
            continue
        alone[name] = column
        if found := NUMBERED.match(name):
            frame, number = (0, found[2]) if found[3] is None else (int(found[2]), found[3])
            groups[found[1]][frame, int(number)] = column
    if log.titles is not None:
        named = texts.get("text")
        title = [str(line) for line in log.titles]
        if named is None:
            texts["title"] = title
        else:
            texts["text"] = [f"{a} {b}" for a, b in zip(named, title, strict=True)]
    numbers: dict[str, Columns] = {}
    for name, column in alone.items():
        found = NUMBERED.match(name)
        group = found[1] if found else name
        if found and _is_full(groups[group]) and group not in texts:
            numbers[group] = groups[group]
        else:
            numbers[name] = {(0, 0): column}
    return texts, numbers


def _is_full(places: Iterable[tuple[int, int]]) -> bool:
    """Whether at least two numbers are there, and every one of every frame, counted from 0."""
    places = set(places)
    frames, width = max(t for t, _ in places) + 1, max(k for _, k in places) + 1
    return 1 < len(places) == frames * width


def word_vector(word: str, words: int) -> np.ndarray:
    """``(F,)`` plus or minus 1 / sqrt(F), by the word alone: the same in every log and on every machine.

    Two words have a product near 0. A word that nobody has met yet shares its numbers with the met ones, so
    what was learned of numbers holds for it too; with a number of its own it would have learned nothing.
    """
    chance = np.random.Generator(np.random.PCG64(zlib.crc32(word.encode())))
    return (2.0 * chance.integers(0, 2, words) - 1.0) / np.sqrt(words)


def _text_part(name: str, lines: list[str], fitted: np.ndarray, words: int) -> ItemPart:
    found = [WORD.findall(line.lower()) if item else [] for item, line in enumerate(lines)]
    often: dict[str, int] = defaultdict(int)
    for item in np.flatnonzero(fitted).tolist():
        for word in set(found[item]):
            often[word] += 1
    values = np.zeros((len(lines), 1, words))
    for item, of_item in enumerate(found):
        for word in of_item:
            # A word of no fitted item is as rare as one of a single item.
            rare = np.log((1 + fitted.sum()) / max(often.get(word, 0), 1))
            values[item, 0] += rare * word_vector(word, words)
    known = np.array([[bool(of_item)] for of_item in found])
    length = np.linalg.norm(values, axis=2, keepdims=True)
    return ItemPart(name, (values / np.maximum(length, 1e-12)).astype(np.float32), known)


def _number_part(log: str, name: str, columns: Columns, fitted: np.ndarray) -> ItemPart:
    frames, width = max(t for t, _ in columns) + 1, max(k for _, k in columns) + 1
    raw = np.stack([np.stack([columns[t, k] for k in range(width)], 1) for t in range(frames)], 1)
    raw = raw.astype(np.float64)  # (V+1, S, F)
    known = np.isfinite(raw).all(2)
    known[0] = False
    ready = known & fitted[:, None]
    if not ready.any():
        raise DataError(
            f"{log}: column {name!r} is known for no item of the training part: "
            "leave the column out, or fill it"
        )
    if width == 1 and frames == 1 and (raw[known] > 0).all():
        raw = np.log(np.where(known[..., None], raw, 1.0))  # prices are compared by their ratios
    seen = raw[ready]  # (N, F)
    spread = seen.std(0)
    values = (raw - seen.mean(0)) / np.where(spread > 0, spread, 1.0) / np.sqrt(width)
    return ItemPart(name, np.where(known[..., None], values, 0.0).astype(np.float32), known)
