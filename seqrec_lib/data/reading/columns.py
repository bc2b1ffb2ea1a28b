"""Which column is the user, the item, the time: by name, or as the caller says."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection

import pyarrow.types as pt

from ..errors import ADVICE, DataError
from .table import Table

# Names as they look once lower case and freed of all but letters and digits.
KNOWN_NAMES = {
    "user": "user userid uid visitor visitorid customer customerid reviewer reviewerid member memberid "
    "session sessionid",
    "item": "item itemid iid movie movieid product productid asin parentasin article articleid video "
    "videoid song songid track trackid sku content contentid",
    "time": "time timestamp ts date datetime unixtime unixreviewtime eventtime createdat when",
    "event": "event eventtype action behavior behaviour behaviortype behaviourtype",
    "title": "title itemtitle movietitle productname itemname",
}
_KNOWN = {role: set(names.split()) for role, names in KNOWN_NAMES.items()}
REQUIRED = ("user", "item")
_DATE = r"\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})"
GRADES = {"rating", "ratings", "score", "stars", "grade"}  # columns that say how much, not only that


def plain(name: str) -> str:
    """Return ``name`` without case, signs, or a type after a colon (``user_id:token``)."""
    return re.sub(r"[^a-z0-9]", "", name.split(":")[0].lower())


def map_columns(
    source: str, names: list[str], asked: dict[str, str | None], lists: Collection[str] = ()
) -> dict[str, str]:
    """Return ``role -> column name`` for the roles found among user, item, time, event, title.

    ``asked`` holds the caller's own choice for a role, or None for "by name". ``lists``: columns of lists,
    which may have their names in the plural, such as ``items``.

    Raises:
        DataError: the asked column is not there, a needed role has no column, or several columns
            would do.
    """
    roles: dict[str, str] = {}
    for role, wanted in asked.items():
        if wanted is not None:
            if wanted not in names:
                raise DataError(_missing(source, f"no column {wanted!r} for the {role}", wanted, names))
            if wanted in roles.values():
                raise DataError(
                    f"{source}: column {wanted!r} was given two roles: name another for the {role}"
                )
            roles[role] = wanted
    for role, wanted in asked.items():
        if wanted is not None:
            continue
        words = {name: plain(name) for name in names if name not in roles.values()}
        one = {name: word.removesuffix("s") if name in lists else word for name, word in words.items()}
        found = [name for name, word in words.items() if {word, one[name]} & _KNOWN[role]]
        if len(found) > 1:
            columns = " and ".join(repr(name) for name in found)
            raise DataError(
                f"{source}: columns {columns} both look like the {role}: {ADVICE}", role, found[0]
            )
        if found:
            roles[role] = found[0]
        elif role in REQUIRED:
            raise DataError(
                _missing(source, f"no {role} column", role, names) + f", or {ADVICE}", role, "its name"
            )
    return roles


def column_notes(
    roles: dict[str, str],
    names: list[str],
    asked: dict[str, str | None],
    by_event: bool = False,
    by_grade: bool = False,
) -> list[str]:
    """What was decided by the names of columns alone: which is which, and grades that nobody reads.

    ``by_event``, ``by_grade``: rows are chosen by these, so they are read.
    """
    guessed = [
        f"{role} is {name!r}" for role, name in roles.items() if asked.get(role) is None and name != role
    ]
    graded = [name for name in names if name not in roles.values() and plain(name) in GRADES and not by_grade]
    if "event" in roles and not by_event:
        graded.append(roles["event"])
    notes = [f"columns taken by their names: {', '.join(guessed)}"] if guessed else []
    if graded:
        columns = " and ".join(repr(name) for name in graded)
        notes.append(f"every row counts as one interaction, whatever its {columns}")
    return notes


def time_note(table: Table, roles: dict[str, str]) -> list[str]:
    """Where no column is the time by its name: one that looks like it by what it holds."""
    if "time" in roles:
        return []
    for name in table.names:
        column = table.data[name]
        if name in roles.values() or not len(column):
            continue
        kind, first = column.type, str(column[0].as_py())
        if pt.is_timestamp(kind) or pt.is_date(kind) or re.match(_DATE, first):
            return [
                f"column {name!r} looks like the time (first: {first!r}), and is not read as it: name it by "
                "time, or --time, if the rows are not in time order"
            ]
    return []


def _missing(source: str, problem: str, wanted: str, names: list[str]) -> str:
    near = difflib.get_close_matches(wanted, names, 1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{source}: {problem}; the columns are {', '.join(names)}: {hint}rename one"
