"""Settings from the command line that take the place of a model's defaults."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from ..messages import InputError
from ..models import Settings
from ..models.recipe import check_known

_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a word"}


def given(arguments: Namespace, names: Iterable[str]) -> dict[str, Any]:
    """The flags among ``names`` that were given."""
    found = {name: getattr(arguments, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


_NOT_HERE = {
    "model": "use --model",
    "n_items": "the data say how many items there are",
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
        check_known(model, family, [name])
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
