"""Size against quality: choose how a model is made smaller and how far, and see figures and one list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...messages import message
from .view import View


@dataclass(frozen=True)
class Smaller:
    """One smaller model: its ``level`` in words ("4 bits"), all ``bytes``, and what it does.

    ``quality`` is NDCG@10, ``kept`` the share of the top 10 that stays, ``titles`` one case's list.
    """

    level: str
    bytes: int
    quality: float
    kept: float
    titles: Sequence[str]


def smaller_models(full: Smaller, ways: Mapping[str, Sequence[Smaller]]) -> View:
    """A view of one model and of smaller ones made of it.

    Args:
        full: the model itself. ways: name of a way ("whole numbers") to its models, largest first.

    Raises:
        ValueError: no way, a way without models, or lists of different lengths.
    """
    lists = [full.titles, *(one.titles for way in ways.values() for one in way)]
    if not ways or not all(ways.values()) or len({len(each) for each in lists}) > 1:
        raise ValueError("give at least one way with a model in it, and lists of one length")
    data = {
        "words": _words(),
        "full": _plain(full),
        "ways": [{"name": name, "models": [_plain(one) for one in way]} for name, way in ways.items()],
    }
    return View("smaller_models", message("Choose how a model is made smaller: what is lost?"), data)


def _plain(one: Smaller) -> dict[str, object]:
    return {
        "level": one.level,
        "bytes": one.bytes,
        "quality": round(one.quality, 6),
        "kept": round(one.kept, 6),
        "titles": list(one.titles),
    }


def _words() -> dict[str, object]:
    """Every sentence of the view."""
    return {
        "title": message("How small may it get?"),
        "tryThis": message("Try this:"),
        "experiment": message(
            "stay with whole numbers and go down to 2 bits. Where does the list change first?"
        ),
        "choose": message("The smaller model"),
        "way": message("made by"),
        "level": message("how far:"),
        "bars": [message("bytes"), message("NDCG@10"), message("top 10 kept")],
        "across": message("share of the full model"),
        "told": message(
            "{level}: {bytes} and not {full}, {times} times smaller. NDCG@10 is {quality}, the full model's "
            "{first}. Of a list of ten, {kept} stays."
        ),
        "alt": message(
            "Three bars, as shares of the full model: bytes {bytes}, NDCG@10 {quality}, top 10 kept {kept}."
        ),
        "table": message("The data of this figure"),
        "lists": message("One user’s list"),
        "place": message("place"),
        "before": message("full model"),
        "after": message("smaller model"),
        "fresh": message("(new)"),
    }
