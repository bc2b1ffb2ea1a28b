"""Settings from the command line that take the place of a model's defaults."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any

from ..messages import InputError, did_you_mean
from ..models import Settings
from ..models.baselines import counted_settings
from ..models.recipe import check_known

_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a word"}


def given(arguments: Namespace, names: Iterable[str]) -> dict[str, Any]:
    """The flags among ``names`` that were given."""
    found = {name: getattr(arguments, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


_NOT_HERE = {
    "model": "use --model",
    "n_items": "the data say how many items there are",
    "n_users": "the data say how many users there are",
    "features": "the data say what there is of each item; parts chooses among it",
    "name": "it is no setting of a model",
}


def extra(words: list[str], model: str, family: type[Settings], flags: Iterable[str] = ()) -> dict[str, Any]:
    """``NAME=VALUE`` words as model settings, each read as the kind that its default has.

    Args:
        model: its name. family: the settings that it has. flags: what was given as flags of their own.

    Raises:
        InputError: a word without ``=``, a value of another kind, a name that is given twice or is not set
            here, or is no setting of the model.
    """
    kinds = {field.name: type(field.default) for field in fields(family)}
    return _parsed(words, kinds, flags, lambda name: check_known(model, family, [name]))


def extra_counted(words: list[str], model: str) -> dict[str, Any]:
    """As :func:`extra`, for a counted model."""
    kinds = {name: type(usual) for name, usual in counted_settings(model).items()}

    def check(name: str) -> None:
        if name not in kinds:
            what = f"it has {', '.join(kinds)}" if kinds else "it has no settings"
            raise InputError(f"unknown setting of {model} {name!r}: {did_you_mean(name, kinds)}{what}")

    return _parsed(words, kinds, (), check)


def _parsed(
    words: list[str], kinds: Mapping[str, type], flags: Iterable[str], check: Callable[[str], None]
) -> dict[str, Any]:
    """Each of ``NAME=VALUE``, read as its kind; ``check`` raises where there is no such setting."""
    found: dict[str, Any] = {}
    for word in words:
        name, sign, text = word.partition("=")
        if not sign:
            raise InputError(f"--set {word}: write NAME=VALUE, for example --set attention=mean")
        if name in _NOT_HERE:
            raise InputError(f"--set {word}: {_NOT_HERE[name]}")
        if name in found or name in flags:
            other = f"--{name.replace('_', '-')}" if name in flags else f"--set {name}={found[name]}"
            raise InputError(f"--set {word}: {other} is given too; give one of them")
        check(name)
        kind = kinds[name]
        found[name] = _read(text, kind if kind in _KINDS else str, word)
    return found


def _read(text: str, kind: type, word: str) -> object:
    if kind is bool and text in ("true", "false"):
        return text == "true"
    try:
        if kind is not bool:
            return kind(text)
    except ValueError:
        pass
    raise InputError(f"--set {word}: the value must be {_KINDS[kind]}")
