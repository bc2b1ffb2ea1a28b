"""The forms in which an answer may come: one policy for all exercises.

Taken, wherever the numbers are right:

- one number: Python's, NumPy's or PyTorch's, or an array of no dimension;
- an array: NumPy, PyTorch (any device, with or without gradient), a list or a tuple of numbers, a list of
  rows, lists in lists, a list of arrays of one shape, a pandas Series or Index, a DataFrame of one column;
- several parts: a tuple, a list or a named tuple of the above, or an array that has one row for each part;
- any dtype that holds the values: whole numbers as floats, floats as whole numbers, masks of 0 and 1.

Not taken: text, dicts, sets, generators, dates, complex and sparse numbers, rows of different lengths where
an array is asked for, a DataFrame of several columns, and one number inside an array of one element. The
message then says what came back.
"""

from __future__ import annotations

import numpy as np


def fitted(value: object, right: object) -> object:
    """A frozen ``value`` in the form of the frozen ``right``, or as it is where it has no such form."""
    if isinstance(right, np.ndarray) and isinstance(value, tuple) and right.ndim:
        empty = np.zeros(right.shape) if not len(right) else value
        return _stacked(value) if value else empty
    if isinstance(right, tuple):
        if isinstance(value, np.ndarray) and value.ndim and len(value) == len(right):
            value = tuple(np.asarray(part) for part in value)
        if isinstance(value, tuple) and len(value) == len(right):
            return tuple(map(fitted, value, right))
    return value


def _stacked(value: tuple) -> object:
    """Rows as one array, if they have one shape."""
    if not value:
        return np.zeros(0)
    parts = [_stacked(part) if isinstance(part, tuple) else part for part in value]
    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    alike = len(arrays) == len(parts) and len({part.shape for part in arrays}) == 1
    return np.stack(arrays) if alike else value
