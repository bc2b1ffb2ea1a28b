"""Floors that were measured once: kept in the run folder, for the same cases ranked in the same way."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..data.splits import Split
from ..evaluation.ranking import cuts
from ..files import write_json
from ..training.fingerprint import split_fingerprint
from .measure import measure_floors

FILE = "floors.json"
MOST = 8  # of a folder: other cases, other k


def kept_floors(
    folder: Path | str, split: Split, ks: Sequence[int] | None = None, ties: str = "expectation"
) -> dict[str, dict[str, float]]:
    """The floors of ``split``: from ``folder`` if they were measured before, else measured and kept there.

    A folder that cannot be written to is left as it is.
    """
    from .. import __version__  # the front door imports this room, so it is asked later

    ks = cuts(split.log.n_items) if ks is None else ks
    about = {
        "split": split_fingerprint(split),
        "protocol": split.protocol,
        "ks": list(ks),
        "ties": ties,
        "version": __version__,
    }
    path = Path(folder) / FILE
    kept = _read(path)
    for each in kept:
        if each["about"] == about:
            found: dict[str, dict[str, float]] = each["floors"]
            return found
    floors = measure_floors(split, ks, ties)
    with contextlib.suppress(OSError):
        write_json(path, [*kept, {"about": about, "floors": floors}][-MOST:])
    return floors


def _read(path: Path) -> list[dict[str, Any]]:
    """What was kept; nothing where the file is missing or cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return [each for each in found if {"about", "floors"} <= set(each)]
    except (OSError, ValueError, TypeError):
        return []
