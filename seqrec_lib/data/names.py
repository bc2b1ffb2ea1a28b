"""Sentences that many errors share."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def rows(count: int) -> str:
    """Return ``1 row`` or ``2,000 rows``."""
    return "1 row" if count == 1 else f"{count:,} rows"


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Return ``unknown KIND 'name': did you mean 'near'? use one of …`` for an error."""
    known = list(known)
    near = difflib.get_close_matches(str(name), known, 1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"unknown {kind} {name!r}: {hint}use one of {', '.join(known)}"
