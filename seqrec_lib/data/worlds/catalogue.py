"""Invented titles: no film, song, product or fund here exists on purpose.

A skin dresses the same tables in other words. Titles say what the world does: parts of a series
share its name, and a companion names the item that calls for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ...messages import InputError, unknown

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
    """The words of one world.

    Attributes:
        categories: their names. part, companion: how a part of a series and a companion are called.
        price: the median price. follows, calls: what succession and the trigger bring, in words;
            ``{lag}`` stands for how long ago the trigger's event was.
        series, single: how the text of an item calls what it belongs to.
    """

    categories: tuple[str, ...]
    part: str
    companion: str
    price: float
    follows: str
    calls: str
    series: str = "series"
    single: str = "single item"


SKINS = {
    "shop": Skin(
        ("books", "garden", "kitchen", "music room", "office", "outdoors", "photo", "workshop"),
        "{name} set, piece {part}",
        "Refill for {name}",
        30.0,
        "the next piece of the set that was just bought",
        "the refill of an item bought {lag}",
        "set",
        "single product",
    ),
    "video": Skin(
        ("comedy", "crime", "documentary", "drama", "fantasy", "history", "mystery", "science fiction"),
        "{name}, part {part}",
        "Behind {name}",
        6.0,
        "the next part of the series that was just watched",
        "the companion of an item seen {lag}",
        "series",
        "single film",
    ),
    "music": Skin(
        ("ballads", "brass", "choir", "dance", "folk", "piano", "strings", "synthesiser"),
        "{name}, track {part}",
        "{name} again",
        1.2,
        "the next track of the album that is playing",
        "a song heard {lag}, once more",
        "album",
        "single song",
    ),
    "ads": Skin(
        ("bicycles", "courses", "furniture", "games", "groceries", "insurance", "shoes", "travel"),
        "{name} campaign, step {part}",
        "{name}: come back",
        2.0,
        "the next step of the campaign that was just opened",
        "the reminder of an offer opened {lag}",
        "campaign",
        "single offer",
    ),
    "finance": Skin(
        ("bond funds", "deposits", "equity funds", "insurance", "pensions", "savings plans"),
        "{name}, step {part}",
        "{name} renewal",
        2500.0,
        "the next step of the plan that was just opened",
        "the renewal of a product taken {lag}",
        "plan",
        "single product",
    ),
    "courses": Skin(
        ("algebra", "biology", "drawing", "essays", "geography", "grammar", "physics", "programming"),
        "{name}, unit {part}",
        "Review of {name}",
        12.0,
        "the next unit of the course that was just worked on",
        "the review of something learned {lag}",
        "course",
        "single lesson",
    ),
    "care": Skin(
        ("exercise", "food", "mood", "pain", "skin", "sleep", "teeth", "vaccines"),
        "{name} programme, session {part}",
        "{name}: check-up",
        45.0,
        "the next session of the programme that was just attended",
        "the check-up after something that took place {lag}",
        "programme",
        "single leaflet",
    ),
    "city": Skin(
        ("childcare", "housing", "libraries", "parks", "recycling", "sport", "transport", "work"),
        "{name} application, step {part}",
        "{name}: renewal",
        20.0,
        "the next step of the application that was just sent",
        "the renewal of something granted {lag}",
        "application",
        "single service",
    ),
}


def find_skin(name: str, categories: int) -> Skin:
    """The skin called ``name``. Raises InputError: there is none, or it has too few categories."""
    if name not in SKINS:
        raise InputError(unknown("skin", name, SKINS))
    known = len(SKINS[name].categories)
    if categories > known:
        raise InputError(f"categories is {categories}, but skin {name!r} has words for {known}")
    return SKINS[name]


def invent_names(count: int) -> list[str]:
    """``count`` different names of two words, always the same ones in the same order.

    After the 625 that the two word lists make, the same come again with a number: "Amber Anchor 2".
    """
    a, b = len(_FIRST), len(_SECOND)
    names = []
    for i in range(count):
        # Each round walks both lists at once, one step further apart, so neighbours share no word.
        again, n = divmod(i, a * b)
        name = f"{_FIRST[n % a]} {_SECOND[(n + 7 * (n // a)) % b]}"
        names.append(f"{name} {again + 1}" if again else name)
    return names


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
    if len(titles) < len(part):  # items that call for themselves have no companions
        titles += [skin.companion.format(name=name) for name in names]
    return titles
