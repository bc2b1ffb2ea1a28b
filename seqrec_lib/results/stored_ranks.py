"""The stored ranks of one model under several protocols: what a reader can score again without the data.

A row of ``results/stored_ranks.json`` holds, for each protocol, where each target stands: how many items are
``better`` and how many ``equal`` (the target included). Cases stand in one fixed shuffle, the same in all
rows, so that two models can be paired case by case while nothing says whose case it is.
``benchmarks/stored_ranks.py`` says how they were made. Size: ``N`` cases.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..messages import InputError, unknown


def pack(numbers: Sequence[int] | np.ndarray) -> str:
    """Whole numbers from 0 to 65,535 as text: 16 bits each, low byte first, zlib, base64.

    Raises:
        InputError: a number outside that range.
    """
    values = np.asarray(numbers)
    if len(values) and (values.min() < 0 or values.max() > 65_535):
        raise InputError(f"numbers run from {values.min()} to {values.max()}: 0 to 65,535 can be packed")
    return base64.b64encode(zlib.compress(values.astype("<u2").tobytes(), 9)).decode("ascii")


def unpack(text: str) -> np.ndarray:
    """``(N,)`` int64: the numbers that :func:`pack` was given."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype="<u2").astype(np.int64)


def stored_counts(row: Mapping[str, Any], rivals: str = "all", seen: str = "out") -> tuple[Tensor, Tensor]:
    """``(better, equal)``, both ``(N,)`` int64, of one row.

    Args:
        rivals: ``all``, ``uniform-100``, ``popularity-100``, or ``half``: all, scores rounded to bfloat16.
        seen: which seen items leave the ranking: ``out``, all of them; ``window``, the newest; ``in``, none.

    Raises:
        InputError: the row has no such protocol.
    """
    key = f"{rivals}/{seen}"
    if key not in row["ranks"]:
        raise InputError(unknown("protocol", key, sorted(row["ranks"])))
    found = row["ranks"][key]
    better = torch.from_numpy(unpack(found["better"]))
    # Where no score ties, each target is level with itself alone, and nothing is stored.
    equal = torch.from_numpy(unpack(found["equal"])) if "equal" in found else torch.ones_like(better)
    return better, equal
