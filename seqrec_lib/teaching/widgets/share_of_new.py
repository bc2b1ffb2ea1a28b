"""Which way of meeting new items is best, by how often the next item is a new one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...messages import message
from .view import View

Point = tuple[float, float]  # NDCG@10 of warm and of cold targets


def share_of_new(
    worlds: Mapping[str, Mapping[str, Point]], oracle: Mapping[str, Point], usual: Mapping[str, float]
) -> View:
    """A view of ways to rank new items, weighed by the share of targets that are new.

    The figure of a way is (1 - s) times that of warm targets plus s times that of cold ones: the mean over
    all targets where a share s of them is cold.

    Args:
        worlds: world to ``{way: (warm, cold)}``, the same ways in each. oracle: world to ``(warm, cold)``.
        usual: world to the share of cold targets in its own test part.

    Raises:
        ValueError: no world, or one without ways, oracle or share.
    """
    if not worlds or not all(worlds.values()):
        raise ValueError("give at least one world, each with its ways")
    if set(worlds) != set(oracle) or set(worlds) != set(usual):
        raise ValueError("give an oracle and a share of cold targets for each world")
    data = {
        "words": _words(),
        "worlds": [
            {
                "name": name,
                "ways": [
                    {"name": way, "warm": round(a, 4), "cold": round(b, 4)} for way, (a, b) in ways.items()
                ],
                "oracle": [round(value, 4) for value in oracle[name]],
                "usual": round(100 * usual[name]),
            }
            for name, ways in worlds.items()
        ],
    }
    label = message("Choose how many of the next items are new: which way of ranking them is best then?")
    return View("share_of_new", label, data)


def _words() -> dict[str, Any]:
    """Every sentence of the view."""
    return {
        "title": message("How many of the next items are new?"),
        "tryThis": message("Try this:"),
        "experiment": message(
            "move the share from 0 to 100. At which shares does another way come first? Then the other world."
        ),
        "choose": message("The world and its new items"),
        "world": message("world"),
        "share": message("of 100 next items are new:"),
        "up": message("NDCG@10 over all next items"),
        "oracle": message("oracle"),
        "told": message(
            "With {share} new items among 100, {way} comes first with {value}; the oracle has {ceiling}. In "
            "the test part of this world {usual} of 100 are new."
        ),
        "alt": message("NDCG@10 with {share} new items among 100: {list}."),
        "table": message("The data of this figure"),
    }
