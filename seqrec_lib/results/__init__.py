"""Committed figures: one schema, one loader, one way into the text.

A file ``NAME.json`` holds ``{"rows": [...]}``; each row has at least ``model``, ``seed``,
``protocol``, ``test`` (metric to value), ``command`` and ``commit``: a figure that cannot be made
again does not belong in the book. Rows of ``speed`` and ``growth`` measure a machine, not a ranking:
they name the machine, the versions and what was run instead.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from importlib import resources
from statistics import mean, stdev
from typing import Any

from ..messages import InputError

REQUIRED = ("model", "seed", "protocol", "test", "command", "commit")
_MACHINE = ("machine", "versions", "device", "command", "commit")
SCHEMAS = {
    "speed": ("contestant", "unit", "best", "median", "rounds", "data", *_MACHINE),
    "growth": ("model", "axis", "size", "sizes", "seconds", "peak_gb", "targets", *_MACHINE),
}


def required(name: str) -> tuple[str, ...]:
    """The fields that each row of the results called ``name`` has."""
    return SCHEMAS.get(name, REQUIRED)


@dataclass(frozen=True)
class Results:
    """Rows of one results file. ``name``: the file's; ``rows``: plain dicts."""

    name: str
    rows: list[dict[str, Any]]

    def where(self, **wanted: object) -> Results:
        """The rows whose fields equal ``wanted``. Raises InputError: there is none."""
        rows = [row for row in self.rows if all(row.get(key) == value for key, value in wanted.items())]
        if not rows:
            raise InputError(f"results {self.name!r} have no row with {wanted}")
        return Results(self.name, rows)

    def values(self, metric: str = "NDCG@10", part: str = "test") -> list[float]:
        """One value a row. ``metric`` may lead into the floors: ``popularity/NDCG@10``."""
        found = []
        for row in self.rows:
            value = row[part]
            for key in metric.split("/"):
                value = value[key]
            found.append(value)
        return found

    def mean(self, metric: str = "NDCG@10", part: str = "test") -> float:
        """Mean over the rows (seeds)."""
        return mean(self.values(metric, part))

    def interval(self, metric: str = "NDCG@10", part: str = "test") -> tuple[float, float]:
        """95% interval of the mean over seeds, by Student's t; the mean twice with one seed."""
        values = self.values(metric, part)
        centre = mean(values)
        if len(values) < 2:
            return centre, centre
        half = _T95[min(len(values) - 1, len(_T95) - 1)] * stdev(values) / len(values) ** 0.5
        return centre - half, centre + half

    @property
    def commands(self) -> list[str]:
        """The commands that made the rows, each once."""
        return list(dict.fromkeys(row["command"] for row in self.rows))


# Student's t, two-sided 95%, by degrees of freedom; entry 0 is not used.
_T95 = (0.0, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)


def load_results(name: str) -> Results:
    """The committed results called ``name``.

    Raises:
        InputError: there are none of that name, or a row lacks a field.
    """
    folder = resources.files(__name__)
    known = sorted(
        entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json")
    )
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3) or known
        raise InputError(f"no results called {name!r}; there are {', '.join(near)}")
    rows = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))["rows"]
    for number, row in enumerate(rows):
        missing = [field for field in required(name) if field not in row]
        if missing:
            raise InputError(f"results {name!r}, row {number}: {', '.join(missing)} missing")
    return Results(name, rows)
