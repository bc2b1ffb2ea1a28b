"""The word after ``--data``: a file, a folder, a data set's name or a world."""

from __future__ import annotations

import difflib
from pathlib import Path

from ..errors import DataError
from ..interactions import Interactions
from ..reading.opening import home
from ..reading.readers import read_interactions
from ..worlds import OUTLOOK, WORLDS, World, simulate
from .download import CATALOGUE, movielens


def load_source(text: str) -> tuple[Interactions, World | None]:
    """Return ``(log, world)`` for a source; ``world`` is None unless the source is a world.

    A source is ``world:NAME[:users=N,seed=S]``, ``ml-100k``, ``ml-1m``, or a path that
    :func:`read_interactions` understands.

    Raises:
        DataError: nothing by that name, with the nearest names; or the data cannot be used.
        InputError: an unknown world or world setting.
    """
    text = str(text)
    if text == "world" or text.startswith("world:"):
        world = _world(text)
        return world.log, world
    if text in CATALOGUE and not Path(text).exists():
        return movielens(text), None
    looks_like_path = "/" in text or "\\" in text or "." in text or home(text).exists()
    if not looks_like_path:
        raise DataError(_unknown(text))
    return read_interactions(text), None


def _world(text: str) -> World:
    _, name, *rest = [*text.split(":"), ""] if text.count(":") < 2 else text.split(":", 2)
    changes: dict[str, int | float] = {}
    for setting in filter(None, "".join(rest).split(",")):
        key, sign, value = setting.partition("=")
        if not sign or key.strip() == "name":
            raise DataError(f"{text}: {setting!r} is no setting: write world:{name}:users=100,seed=1")
        changes[key.strip()] = _number(text, key, value)
    return simulate(name, **changes)


def _number(text: str, key: str, value: str) -> int | float:
    for kind in (int, float):
        try:
            number = kind(value)
        except ValueError:
            continue
        if key in ("users", "seed") and (kind is float or number < (key == "users")):
            break
        return number
    raise DataError(f"{text}: {key}={value!r} is not a number that fits: write for example users=100,seed=1")


def _unknown(text: str) -> str:
    worlds = [*WORLDS, *OUTLOOK]
    known = [*CATALOGUE, *(f"world:{name}" for name in worlds)]
    here = [entry.name for entry in Path().iterdir()]
    near = difflib.get_close_matches(text, [*known, *here, *worlds], 3, cutoff=0.5)
    near = [f"world:{name}" if name in worlds else name for name in near]
    hint = f"did you mean {' or '.join(dict.fromkeys(near))}? " if near else ""
    return f"unknown source {text!r}: {hint}use a file, a folder or one of {', '.join(known)}"
