"""Forms in which a right answer may come."""

from __future__ import annotations

import functools
import numbers
from collections.abc import Callable

import numpy as np
import torch

from .values import freeze


def numbers_as_array(answer: object) -> object:
    """Let ``answer`` return its numbers as a list or a tuple of any kind of number, or as an array.

    Python's, NumPy's and PyTorch's numbers all do. What is no such list is handed on as it is.
    """
    return _changed(answer, _as_array)


def rows_as_array(answer: object) -> object:
    """Let ``answer`` return its array as a list of rows, or as lists in a list, of arrays or numbers.

    All rows must have one shape. What has none is handed on as it is.
    """
    return _changed(answer, _stacked)


def _changed(answer: object, change: Callable) -> object:
    """``answer``, with ``change`` made to all that it returns; what is no function stays as it is."""
    if not callable(answer):
        return answer

    @functools.wraps(answer)
    def answered(*inputs: object) -> object:
        return change(answer(*inputs))

    code = getattr(answer, "__code__", None)
    home = getattr(answer, "source_name", getattr(code, "co_filename", None))
    vars(answered)["source_name"] = home  # where an error in it is looked for
    return answered


def _as_array(value: object) -> object:
    if isinstance(value, (tuple, list)) and value and all(map(_is_number, value)):
        return np.array([float(v) for v in value])
    return value


def _stacked(value: object) -> object:
    if not isinstance(value, (tuple, list)) or not value:
        return value
    parts = [freeze(_stacked(v)) for v in value]
    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    alike = len(arrays) == len(parts) and len({part.shape for part in arrays}) == 1
    return np.stack(arrays) if alike else value


def _is_number(value: object) -> bool:
    if isinstance(value, (torch.Tensor, np.ndarray)):
        return value.ndim == 0
    return isinstance(value, (numbers.Real, np.generic))
