"""Invented titles: no film, song or product here exists on purpose.

A skin dresses the same tables in other words. Titles say what the world does: parts of a series
share its name, and a companion names the item that calls for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

_FIRST = (
    "Amber", "Borrowed", "Crooked", "Distant", "Eleventh", "Folded", "Gentle", "Hollow", "Iron", "Jade",
    "Kindled", "Lantern", "Marble", "Northern", "Orchard", "Paper", "Quiet", "Russet", "Silver", "Tidal",
    "Umber", "Velvet", "Winter", "Yonder", "Zinc",
)  # fmt: skip
_SECOND = (
    "Anchor", "Bridge", "Compass", "Doorway", "Engine", "Ferry", "Garden", "Harbour", "Island", "Journey",
    "Kettle", "Letter", "Meadow", "Notebook", "Oath", "Pilot", "Quarry", "River", "Station", "Tower",
    "Umbrella", "Valley", "Window", "Yard", "Zeppelin",
)  # fmt: skip


@dataclass(frozen=True)
class Skin:
    """The words of one world: category names, and how parts and companions are called."""

    categories: tuple[str, ...]
    part: str
    companion: str


SKINS = {
    "video": Skin(
        ("comedy", "crime", "documentary", "drama", "fantasy", "history", "mystery", "science fiction"),
        "{name}, part {part}",
        "Behind {name}",
    ),
}


def find_skin(name: str, categories: int) -> Skin:
    """The skin called ``name``. Raises ValueError: there is none, or it has too few categories."""
    if name not in SKINS:
        raise ValueError(f"unknown skin {name!r}: use one of {', '.join(SKINS)}")
    known = len(SKINS[name].categories)
    if categories > known:
        raise ValueError(f"categories is {categories}, but skin {name!r} has words for {known}")
    return SKINS[name]


def invent_names(count: int) -> list[str]:
    """``count`` different two-word names, always the same ones in the same order.

    Raises ValueError: more names are asked for than the two word lists can make.
    """
    a, b = len(_FIRST), len(_SECOND)
    if count > a * b:
        raise ValueError(f"{count} names asked for; the word lists make {a * b}")
    # Each round walks both lists at once, one step further apart, so neighbours share no word.
    return [f"{_FIRST[i % a]} {_SECOND[(i + 7 * (i // a)) % b]}" for i in range(count)]


def make_titles(skin: Skin, part: torch.Tensor, series: int, parts: int) -> list[str]:
    """Titles ``(V+1,)`` for items numbered as in :func:`make_tables`; entry 0, padding, is empty.

    Args:
        part: ``(V+1,)``: 1, 2, ... in a series; 0 a film; -1 a companion or padding.
    """
    films = int((part == 0).sum())
    names = invent_names(series + films)
    titles = [""]
    for name in names[:series]:
        titles += [skin.part.format(name=name, part=k + 1) for k in range(parts)]
    titles += names[series:]
    titles += [skin.companion.format(name=name) for name in names]
    return titles
