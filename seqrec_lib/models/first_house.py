"""Settings as run folders of format 1 hold them: one dataclass served every family there.

Each run then named all settings, also those that its model did not read. They are left out here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from ..messages import InputError
from .registry import find_recipe

# What each family did not read, and the values under which that is certain (None: any value).
_UNREAD: Mapping[str, Mapping[str, str | None]] = {
    "SeqRecSettings": {"norm": None, "ff_width": None},
    "SASRecSettings": {
        "encoder": "transformer",
        "attention": "none",
        "packed": None,
        "project_values": None,
        "distance": None,
    },
}


def from_first_house(plain: Mapping[str, object]) -> dict[str, object]:
    """The settings of a model of format 1 as its family has them now; others come back as they are.

    Raises:
        InputError: a mixture that no family has, such as attention over a Transformer's states.
    """
    family = find_recipe(str(plain.get("model"))).family
    known = {field.name for field in fields(family)}
    unread = _UNREAD.get(family.__name__, {})
    kept = {}
    for name, value in plain.items():
        if name in known or name not in unread:
            kept[name] = value
        elif unread[name] not in (None, value):
            raise InputError(
                f"{plain['model']} with {name}={value}: earlier versions could build this mixture; this one "
                "cannot. Use the version that trained it, or train anew"
            )
    return kept
