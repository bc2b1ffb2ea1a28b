"""What a search may try: a range or a few values for each setting, from text or by a recipe's usual ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from ..messages import InputError, unknown
from ..models import find_recipe
from ..training import TrainingSettings
from .from_recipe import sort_changes

_KINDS = {bool: "true or false", int: "a whole number", float: "a number"}


@dataclass(frozen=True)
class Range:
    """All values from ``low`` to ``high``, both included; ``log``: their logarithms are drawn evenly."""

    low: float
    high: float
    log: bool = False

    def ends(self) -> tuple[Any, ...]:
        """The values that are checked before anything is trained."""
        return (self.low, self.high)

    def draw(self, trial: Any, name: str) -> Any:
        """A value that ``trial`` suggests; whole where both ends are."""
        if isinstance(self.low, int) and isinstance(self.high, int):
            return trial.suggest_int(name, self.low, self.high, log=self.log)
        return trial.suggest_float(name, self.low, self.high, log=self.log)

    def __str__(self) -> str:
        return f"{self.low:g}..{self.high:g}{':log' if self.log else ''}"


@dataclass(frozen=True)
class Choice:
    """One of ``values``."""

    values: tuple[Any, ...]

    def ends(self) -> tuple[Any, ...]:
        """All of them."""
        return self.values

    def draw(self, trial: Any, name: str) -> Any:
        """One that ``trial`` suggests."""
        return trial.suggest_categorical(name, self.values)

    def __str__(self) -> str:
        return ",".join(str(value) for value in self.values)


Space = Mapping[str, "Range | Choice"]


def usual_space(name: str, clicks: bool = False) -> dict[str, Range | Choice]:
    """What most models are tuned in: step size, weight decay, dropout and width, around the recipe's own.

    Raises:
        InputError: no recipe of that name.
    """
    usual = _usual(name, clicks)
    lr, dim = usual["lr"], usual["dim"]
    return {
        "lr": Range(lr / 8, lr * 8, log=True),
        "weight_decay": Range(1e-4, 1.0, log=True),
        "dropout": Range(0.0, 0.6),
        "dim": Choice((max(1, dim // 2), dim, 2 * dim)),
    }


def read_space(words: Iterable[str], name: str, clicks: bool = False) -> dict[str, Range | Choice]:
    """The space that ``SETTING=LOW..HIGH``, ``SETTING=LOW..HIGH:log`` or ``SETTING=A,B,C`` name.

    Raises:
        InputError: a word that cannot be read, an unknown setting, an empty range.
    """
    found: dict[str, Range | Choice] = {}
    usual = _usual(name, clicks)
    for word in words:
        setting, sign, text = word.partition("=")
        if not sign or not text:
            raise InputError(f"space {word}: write lr=0.001..0.01, lr=0.001..0.01:log or dim=32,64")
        if setting not in usual:
            raise InputError(unknown(f"setting of {name}", setting, sorted(usual)))
        if setting in found:
            raise InputError(f"space {word}: {setting} is given twice")
        found[setting] = _read(text, type(usual[setting]), word)
    return found


def _usual(name: str, clicks: bool) -> dict[str, Any]:
    """Every setting of the recipe and of its training that may be searched, with its value."""
    recipe = find_recipe(name)
    of_model, training = recipe.defaults(clicks)
    known = {f.name: f.default for part in (TrainingSettings, recipe.family) for f in fields(part)}
    rest = {
        key: value for key, value in known.items() if key not in ("model", "n_items", "seed", "objective")
    }
    return {**rest, **training, **of_model}


def _read(text: str, kind: type, word: str) -> Range | Choice:
    low, dots, high = text.partition("..")
    if not dots:
        values = tuple(_value(each, kind, word) for each in text.split(","))
        if len(set(values)) < 2:
            raise InputError(f"space {word}: give two values or more, or a flag of its own")
        return Choice(values)
    if kind not in (int, float):
        raise InputError(f"space {word}: {kind.__name__} has no range; name the values, as in a,b")
    high, _, how = high.partition(":")
    if how not in ("", "log"):
        raise InputError(f"space {word}: after the range only :log may stand")
    return Range(_value(low, kind, word), _value(high, kind, word), how == "log")


def _value(text: str, kind: type, word: str) -> Any:
    if kind is bool and text in ("true", "false"):
        return text == "true"
    try:
        if kind is not bool:
            return kind(text)
    except ValueError:
        pass
    raise InputError(f"space {word}: {text!r} must be {_KINDS.get(kind, 'a word')}")


def check_space(space: Space, name: str, fixed: Mapping[str, Any], clicks: bool = False) -> None:
    """Raise InputError when the space is empty, or what it could draw is no value of its setting."""
    if not space:
        raise InputError("there is nothing to search: give a space with a setting or more")
    for setting, values in space.items():
        if setting in fixed:
            raise InputError(f"the setting {setting} is both given and searched: choose one")
        if setting == "max_len":
            raise InputError("max_len belongs to the split, which every trial shares: give it as a setting")
        if isinstance(values, Range):
            if not (math.isfinite(values.low) and math.isfinite(values.high) and values.low < values.high):
                raise InputError(f"space {setting}={values}: the first end must be below the second")
            if values.log and values.low <= 0:
                raise InputError(f"space {setting}={values}: logarithms need an end above 0")
        for value in values.ends():
            sort_changes(name, {**fixed, setting: value}, clicks)
