"""Simulated worlds, whose best possible ranking is known exactly."""

import difflib

from .ceiling import expected_metrics
from .oracle_model import OracleModel
from .presets import WORLDS
from .settings import WorldSettings
from .world import World


def simulate(name: str = "video", **changes: object) -> World:
    """Simulate the world called ``name``; ``changes`` are fields of :class:`WorldSettings`.

    ``users`` and ``seed`` are the usual ones: ``simulate("video", users=4000, seed=0)``.

    Raises:
        ValueError: no world or no setting has that name (the message gives the nearest ones).
    """
    if name not in WORLDS:
        raise ValueError(_unknown("world", name, WORLDS))
    base = WORLDS[name]
    for key in changes:
        if key not in base.__dataclass_fields__:
            raise ValueError(_unknown("world setting", key, base.__dataclass_fields__))
    return World(WorldSettings(**{**base.__dict__, **changes}))


def _unknown(kind: str, name: str, known) -> str:
    near = difflib.get_close_matches(name, list(known), n=3)
    hint = f"did you mean {', '.join(near)}?" if near else f"known: {', '.join(known)}"
    return f"unknown {kind} {name!r}: {hint}"


__all__ = ["WORLDS", "OracleModel", "World", "WorldSettings", "expected_metrics", "simulate"]
