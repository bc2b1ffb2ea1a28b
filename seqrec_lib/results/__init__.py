"""Committed figures: one schema a file, one loader, one way into the text.

A file ``NAME.json`` holds ``{"rows": [...]}``. A row says which command and which commit made it: a figure
that cannot be made again does not belong in the book. Most rows measure a ranking and have at least
``model``, ``seed``, ``protocol`` and ``test`` (metric to value). Rows of ``speed`` and ``growth`` measure a
machine: they name it, the versions and what was run instead.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from statistics import mean, stdev
from typing import Any

from ..messages import InputError, unknown

_MADE = ("command", "commit")
_RANKING = ("model", "seed", "protocol", "test", *_MADE)
_TRAINED = (*_RANKING, "validation", "settings", "data", "floors")
_MACHINE = ("machine", "versions", "device", *_MADE)
_STEP = ("model", "dim", "layers", "rows", "length", "precision", "way")
# The fields that each row of a file has; a new file is named here.
SCHEMAS = {
    "ablation": (*_TRAINED, "ceiling", "part", "variant"),
    "ab_tests": ("part", "variant", "test", "settings", "tests", "seed", "versions", *_MADE),
    "asked_longer": ("model", "positions", "lr", "seed", "world_seed", "protocol", "validation", *_MADE),
    "attainable": (*_RANKING, "world", "users", "data", "floors", "ceiling", "ceiling_above_model"),
    "calibration": (*_RANKING, "kept", "variant", "data", "floors", "ceiling", "clicks"),
    "case_choice": ("variant", "settings", "validation", "seed", "versions", *_MADE),
    "clicks": (*_TRAINED, "ceiling", "part", "variant", "way", "world"),
    "cold_start": (
        "part",
        "variant",
        "world",
        "model",
        "seed",
        "protocol",
        "data",
        "settings",
        "versions",
        *_MADE,
    ),
    "compression": ("part", "variant", "seed", "device", "versions", *_MADE),
    "coverage": ("way", "noise", "runs", "covered", "width", "trials", *_MADE),
    "crossed": (*_RANKING, "source", "against", "data", "settings", "interval", "figures", "over_users"),
    "explanations": (*_RANKING, "part", "settings"),
    "family": (*_RANKING, "part", "variant", "way", "settings"),
    "gpu_runs": (
        "model",
        "seed",
        "validation",
        "part",
        "label",
        "by_epoch",
        "side_by_side",
        "device",
        *_MADE,
    ),
    "gpu_steps": (*_STEP, "milliseconds", "busy", "kernels", "lost", "device", *_MADE),
    "growth": ("model", "axis", "size", "sizes", "seconds", "peak_gb", "targets", *_MACHINE),
    "large_log": ("library", "step", "seconds", "cpu_seconds", "peak_gb", "data", *_MACHINE),
    "larger_runs": (*_RANKING, "size", "run", "device", "seconds", "gib"),
    "little_data": (*_RANKING, "part", "variant", "world", "users", "settings"),
    "listing_costs": (*_TRAINED, "fault", "ceiling"),
    "long": ("part", "variant", "model", "seed", "device", "versions", *_MADE),
    "losses": (*_RANKING, "part", "variant"),
    "masked": (*_RANKING, "validation", "settings", "part", "variant", "looks", "targets", "lr", "steps"),
    "memory": (
        *_RANKING,
        *("part", "lag", "variant", "lr", "width", "parameters", "data", "shares", "cases", "settings"),
        *("test_all", "floors", "ceiling", "gradient"),
    ),
    "ml100k": _TRAINED,
    "ml1m": (*_TRAINED, "label", "published"),
    "modalities": (*_RANKING, "part", "variant", "world", "data", "settings"),
    "places": (*_TRAINED, "ceiling", "positions", "kept", "by_length", "longest_trained"),
    "policies": (*_RANKING, "part", "variant", "world", "limits", "lr", "settings", "seconds"),
    "privacy": (*_RANKING, "validation", "part", "variant", "settings", "floors", "ceiling"),
    "protocols": (*_RANKING, "split", "axes", "grid", "above"),
    "sasrec": (*_TRAINED, "ceiling", "budget"),
    "sasrec_broken": (*_TRAINED, "ceiling", "fault"),
    "scale": (*_RANKING, "part", *_MACHINE),
    "scores": (*_TRAINED, "ceiling", "part", "encoder", "score", "bias", "looks", "yardsticks"),
    "serving": ("part", "variant", "model", "seed", "test", "settings", *_MACHINE),
    "sessions": (*_TRAINED, "part", "lr"),
    "several_goals": ("part", "variant", "model", "seed", "protocol", "world", "users", "settings", *_MADE),
    "shuffle": (*_TRAINED, "source", "order"),
    "speed": ("contestant", "unit", "best", "median", "rounds", "data", *_MACHINE),
    "splits": (*_RANKING, "data", "knows"),
    "last_week": (*_RANKING, "data", "way", "intervals", "cases"),
    "ties": (*_RANKING, "data", "order"),
    "time_costs": ("part", "variant", "length", "seconds", "waiting_mb", "device", "versions", *_MADE),
    "time_models": (*_TRAINED, "part", "world", "variant", "lr", "way"),
    "time_places": (*_TRAINED, "ceiling", "positions", "longest_trained", "by_kept"),
    "training_well": (*_RANKING, "validation", "part", "variant", "settings"),
    "stored_ranks": (*_RANKING, "label", "settings", "data", "ranks", "validation"),
    "traditional": (
        "part",
        "source",
        "model",
        "seed",
        "protocol",
        "validation",
        "settings",
        "data",
        "versions",
        *_MADE,
    ),
    "two_stages": (*_RANKING, "part", "variant", "world", "way", "settings"),
    "unreached": ("source", "max_len", "protocol", "test_users", "longest_trained", "asked_beyond", *_MADE),
    "video": (*_TRAINED, "ceiling", "budget"),
    "windows": (*_TRAINED, "log", "max_len", "way", "share_newest"),
    "worlds": (*_RANKING, "world", "floors", "ceiling"),
}


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
        InputError: there are none of that name, the file is not there, or a row lacks a field.
    """
    if name not in SCHEMAS:
        raise InputError(unknown("results", name, SCHEMAS))
    file = resources.files(__name__) / f"{name}.json"
    if not file.is_file():
        raise InputError(
            f"results {name!r}: the file {name}.json is missing; is the library installed whole?"
        )
    rows = json.loads(file.read_text(encoding="utf-8"))["rows"]
    for number, row in enumerate(rows):
        missing = [field for field in SCHEMAS[name] if field not in row]
        if missing:
            raise InputError(f"results {name!r}, row {number}: {', '.join(missing)} missing")
    return Results(name, rows)
