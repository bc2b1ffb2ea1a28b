"""Settings from the command line that take the place of a model's defaults."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from ..models import Settings

_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a word"}


def given(arguments, names: Iterable[str]) -> dict:
    """The flags among ``names`` that were given."""
    found = {name: getattr(arguments, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def extra(words: list[str]) -> dict:
    """``NAME=VALUE`` words as model settings, each read as the kind that its default has.

    Raises:
        ValueError: a word without ``=``, or a value of another kind. An unknown name is left to the model.
    """
    kinds = {field.name: type(field.default) for field in fields(Settings)}
    found = {}
    for word in words:
        name, sign, text = word.partition("=")
        if not sign:
            raise ValueError(f"--set {word}: write NAME=VALUE, for example --set attention=mean")
        kind = kinds.get(name, str)
        found[name] = _read(text, kind if kind in _KINDS else str, word)
    return found


def _read(text: str, kind: type, word: str):
    if kind is bool and text in ("true", "false"):
        return text == "true"
    try:
        if kind is not bool:
            return kind(text)
    except ValueError:
        pass
    raise ValueError(f"--set {word}: the value must be {_KINDS[kind]}")
