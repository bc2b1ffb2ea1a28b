"""What the stored protocol grid says: one cell, one pair of models, the pairs that a protocol turns round.

A row of ``results/protocols.json`` holds every cell of one model on one split; ``benchmarks/protocols.py``
says how its cells are laid out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from ..messages import InputError


def _place(row: Mapping[str, Any], **rules: str) -> int:
    place = 0
    for axis, value in rules.items():
        known = row["axes"][axis]
        if value not in known:
            raise InputError(f"the grid has no {axis} {value!r}: use one of {', '.join(known)}")
        place = place * len(known) + known.index(value)
    return place


def grid_cell(
    row: Mapping[str, Any],
    rivals: str = "all",
    seen: str = "out",
    ties: str = "expectation",
    metric: str = "HR@10",
) -> tuple[float, float, float]:
    """Mean, low and high of one cell of ``row``: the 95% interval is over users.

    Raises:
        InputError: the grid has no such protocol or metric.
    """
    numbers = row["grid"][_place(row, rivals=rivals, seen=seen, ties=ties, metric=metric)]
    mean, low, high = (number / 1e4 for number in numbers)
    return mean, low, high


def paired_sign(
    rows: Sequence[Mapping[str, Any]],
    a: str,
    b: str,
    rivals: str = "all",
    seen: str = "out",
    ties: str = "expectation",
    metric: str = "HR@10",
) -> str:
    """``+`` where a is clearly above b, ``-`` where below: the paired 95% interval leaves out 0; else ``0``.

    Args:
        rows: all models of one data set and split, in the order of the file. a, b: names of two models.

    Raises:
        InputError: the grid has no such protocol, metric or model.
    """
    names = [row["model"] for row in rows]
    for name in (a, b):
        if name not in names:
            raise InputError(f"the grid has no model {name!r}: use one of {', '.join(names)}")
    one = rows[names.index(a)]
    place = _place(one, rivals=rivals, seen=seen, ties=ties, metric=metric)
    sign: str = one["above"][place * len(rows) + names.index(b)]
    return sign


def changed_pairs(
    rows: Sequence[Mapping[str, Any]],
    rivals: str,
    seen: str = "out",
    ties: str = "expectation",
    metric: str = "HR@10",
    leave: tuple[str, ...] = (),
) -> list[tuple[str, str, bool]]:
    """Pairs that change places against the full ranking (seen items out, ties in expectation).

    Args:
        rows: all models of one data set and split, in the order of the file. leave: models to leave out.

    Returns:
        ``(a, b, clear)``: a is above b in full and below it here; clear says that the paired 95% interval
        leaves out 0 both times.

    Raises:
        InputError: the grid has no such protocol or metric.
    """
    full = dict(rivals="all", seen="out", ties="expectation", metric=metric)
    here = dict(rivals=rivals, seen=seen, ties=ties, metric=metric)
    found = []
    kept = [number for number, row in enumerate(rows) if row["model"] not in leave]
    for pair in combinations(kept, 2):
        whole, part = ([grid_cell(rows[m], **rules)[0] for m in pair] for rules in (full, here))
        if (whole[0] - whole[1]) * (part[0] - part[1]) < 0:
            a, b = pair if whole[0] > whole[1] else pair[::-1]
            above, below = rows[a]["model"], rows[b]["model"]
            signs = [paired_sign(rows, above, below, **rules) for rules in (full, here)]
            found.append((above, below, signs == ["+", "-"]))
    return found
