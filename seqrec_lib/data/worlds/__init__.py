"""Simulated worlds, whose best possible ranking is known exactly."""

from ...messages import InputError, unknown
from .ceiling import expected_metrics
from .doing import DoOracle, oracle_do, quiet_items
from .fitted import FittedModel, fit_world
from .oracle_model import OracleModel
from .order_only import OrderOnlyOracle
from .presets import LARGE, LONG, OUTLOOK, SPECIAL, WORLDS
from .session_lists import ListWorld
from .session_play import Played, log_of_sessions, play
from .session_settings import SESSION_PRESETS, SessionSettings, session_settings
from .sessions import SessionWorld, greedy
from .settings import WorldSettings
from .world import World


def simulate(name: str = "video", **changes: object) -> World:
    """Simulate the world called ``name``; ``changes`` are fields of :class:`WorldSettings`.

    ``users`` and ``seed`` are the usual ones: ``simulate("video", users=4000, seed=0)``.

    Raises:
        InputError: no world or no setting has that name (the message gives the nearest ones).
    """
    known = {**WORLDS, **SPECIAL}
    if name not in known:
        raise InputError(unknown("world", name, [*WORLDS, *OUTLOOK]))
    base = known[name]
    for key in changes:
        if key not in base.__dataclass_fields__:
            raise InputError(unknown("world setting", key, base.__dataclass_fields__))
    return World(WorldSettings(**{**base.__dict__, **changes}))


def session_world(name: str = "feed", **changes: object) -> SessionWorld:
    """The world of sessions called ``name``: ``feed``, or ``small-feed``, which is small enough to enumerate.

    Raises:
        InputError: no world or no setting has that name (the message gives the nearest ones).
    """
    return SessionWorld(session_settings(name, **changes))


__all__ = [
    "LARGE",
    "LONG",
    "OUTLOOK",
    "SESSION_PRESETS",
    "WORLDS",
    "DoOracle",
    "FittedModel",
    "ListWorld",
    "OracleModel",
    "OrderOnlyOracle",
    "Played",
    "SessionSettings",
    "SessionWorld",
    "World",
    "WorldSettings",
    "expected_metrics",
    "fit_world",
    "greedy",
    "log_of_sessions",
    "oracle_do",
    "play",
    "quiet_items",
    "session_settings",
    "session_world",
    "simulate",
]
