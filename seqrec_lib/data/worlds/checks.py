"""Which settings make a world: every fault is named, with its value and the range."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from ...messages import InputError

if TYPE_CHECKING:
    from .settings import WorldSettings
    from .tables import Tables

MOST_CLICKBAIT = 10  # its exponential stays far from what a float can hold
_NOT_NEGATIVE = (
    *("seed", "series", "films", "succession", "trigger", "taste", "sharpness", "popularity", "zipf"),
    *("drift", "entry", "session_end", "within_minutes", "between_days", "start_days", "trigger_days"),
    *("fade_hours", "weekend", "weekend_pull", "pace", "new_share", "price_sense", "slate", "examination"),
    *("buy_slope", "clickbait"),
)
# Tables that must be finite, and the settings that decide how large their numbers are.
_DECIDED_BY = {
    "taste": ("taste", "sharpness", "price_sense"),
    "popularity": ("popularity", "zipf"),
    "drift": ("drift",),
    "weekend": ("weekend",),
    "session_end": ("pace",),
    "succession": ("succession",),
    "trigger": ("trigger",),
}


def check_settings(s: WorldSettings) -> None:
    """Raises InputError: a setting of ``s`` is out of its range."""
    for setting in fields(s):
        _check_kind(setting.name, getattr(s, setting.name), type(setting.default))
    if s.users < 1:
        raise InputError(f"users is {s.users}: a world needs at least 1 user")
    for name in ("parts", "categories", "types"):
        if getattr(s, name) < 1:
            raise InputError(f"{name} is {getattr(s, name)}: it must be at least 1")
    for name in _NOT_NEGATIVE:
        if getattr(s, name) < 0:
            raise InputError(f"{name} is {getattr(s, name)}: it must be at least 0")
    if s.series + s.films < 1:
        raise InputError("series and films are both 0: a world needs items")
    if not 1 <= s.min_length <= s.max_length:
        raise InputError(f"lengths from {s.min_length} to {s.max_length}: use 1 <= min <= max")
    if not s.repeats and s.max_length > s.n_items:
        raise InputError(f"max_length {s.max_length} needs as many items; there are {s.n_items}")
    if any(lag < 2 or not 0 <= share < math.inf for lag, share in s.lag_kernel):
        raise InputError(
            f"lag_kernel {s.lag_kernel}: lags are 2 events or more, shares not below 0 and finite"
        )
    for name in ("session_end", "weekend_pull"):
        if getattr(s, name) > 1:
            raise InputError(f"{name} is {getattr(s, name)}: a probability is 0 to 1")
    if s.taste + s.popularity <= 0 or s.entry <= 0:
        raise InputError("taste + popularity and entry must be above 0, or some histories have no next item")
    if s.drift and not s.popularity:
        raise InputError(f"drift is {s.drift} but popularity is 0: there is nothing that drifts")
    _check_times(s)
    _check_catalogue(s)


def check_tables(s: WorldSettings, tables: Tables) -> None:
    """Raises InputError: settings so large that numbers of the world's tables overflow, or vanish."""
    for name, settings in _DECIDED_BY.items():
        if not bool(getattr(tables, name).isfinite().all()):
            raise InputError(f"{_values(s, settings)}: {name} is not finite then: use smaller numbers")
    if not bool((tables.taste + tables.popularity)[:, 1:].gt(0).all()):
        settings = ("sharpness", "price_sense", "zipf")
        raise InputError(f"{_values(s, settings)}: some items can never come then: use smaller numbers")


def check_moments(s: WorldSettings, tables: Tables, seconds: np.ndarray) -> None:
    """Raises InputError: the world cannot last until the latest of ``seconds`` after its start."""
    last = seconds.max()
    if not last < 2**53:  # from there on a float does not tell seconds apart
        settings = ("start_days", "between_days", "within_minutes")
        raise InputError(f"{_values(s, settings)}: the log lasts too long then: use smaller numbers")
    if not bool(tables.popularity_at(tables.popularity.new_tensor([last])).isfinite().all()):
        raise InputError(f"{_values(s, ['drift'])}: popularity is not finite then: use a smaller number")


def _values(s: WorldSettings, settings: Iterable[str]) -> str:
    return ", ".join(f"{name} is {getattr(s, name)}" for name in settings)


def _check_kind(name: str, value: object, kind: type) -> None:
    """Raises InputError: ``value`` is not of the kind of the setting's default."""
    if kind is int and not isinstance(value, numbers.Integral):
        raise InputError(f"{name} is {value!r}: it must be a whole number")
    if kind is float and not (isinstance(value, numbers.Real) and math.isfinite(value)):
        raise InputError(f"{name} is {value!r}: it must be a finite number")
    if kind is tuple and not (isinstance(value, tuple) and all(_is_pair(each) for each in value)):
        raise InputError(f"{name} is {value!r}: it must be a tuple of pairs (lag in events, share)")


def _is_pair(value: object) -> bool:
    kinds = (numbers.Integral, numbers.Real)
    return isinstance(value, tuple) and len(value) == 2 and all(map(isinstance, value, kinds))


def _check_times(s: WorldSettings) -> None:
    if s.trigger_days and not s.trigger_spread > 0:
        raise InputError(f"trigger_spread is {s.trigger_spread}: with trigger_days it must be above 0")
    if s.pace and not (s.within_minutes > 0 and s.between_days > 0 and 0 < s.session_end < 1):
        raise InputError(
            f"pace is {s.pace}: then session_end must lie between 0 and 1, and both gaps be above 0"
        )
    if s.weekend and not s.taste:
        raise InputError(f"weekend is {s.weekend} but taste is 0: there is nothing that weekends change")


def _check_catalogue(s: WorldSettings) -> None:
    if s.large and (s.slate or s.taste_moves or s.drift):
        raise InputError("large is True: then slate, drift, weekend and new_share must be 0")
    if s.self_call and not s.repeats:
        raise InputError("self_call needs repeats: an item that calls for itself must be able to come again")
    if not s.new_share < 1:
        raise InputError(
            f"new_share is {s.new_share}: it must be below 1, since some items are there from the start"
        )
    if s.slate and s.slate > s.n_items - (0 if s.repeats else s.max_length):
        raise InputError(f"slate is {s.slate}: fewer items than that may be left to show")
    if s.slate and not s.click_threshold > 0:
        raise InputError(f"click_threshold is {s.click_threshold}: it must be above 0")
    if s.buy_slope and not s.slate:
        raise InputError(f"buy_slope is {s.buy_slope} but slate is 0: nothing is shown, so nothing is bought")
    if s.clickbait > MOST_CLICKBAIT:
        raise InputError(f"clickbait is {s.clickbait}: it must be at most {MOST_CLICKBAIT}")
    if s.clickbait and not s.slate:
        raise InputError(f"clickbait is {s.clickbait} but slate is 0: nothing is shown, so nothing attracts")
