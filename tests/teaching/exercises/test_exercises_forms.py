"""One policy for the forms of an answer: what is taken for every exercise, and how the rest is refused."""

from collections import namedtuple

import numpy as np
import pandas as pd
import pytest
import torch

from seqrec_lib.teaching.exercises.checker import check_in
from seqrec_lib.teaching.exercises.exercise import Exercise, Probe

ROW, GRID = [1.5, -2.0, 0.0], [[1, 2, 3], [4, 5, 6]]
Pair = namedtuple("Pair", "first second")


def verdict(right, given):
    """The verdict on an answer that returns ``given`` where the reference returns ``right``."""
    toy = Exercise("toy", lambda x: right, lambda: [Probe("a case", (1,))], ())
    return check_in({"toy": toy}, "toy", lambda x: given)


ROWS = [
    ROW,
    tuple(ROW),
    np.array(ROW),
    np.float16(ROW),
    torch.tensor(ROW),
    torch.tensor(ROW, requires_grad=True),
    torch.nn.Parameter(torch.tensor(ROW)),
    pd.Series(ROW),
    pd.Series(ROW, index=[3, 1, 2]),
    pd.Series(ROW, dtype=object),
    pd.Index(ROW),
    pd.DataFrame({"a": ROW}),
    [torch.tensor(x) for x in ROW],
    [np.array(x) for x in ROW],
    [np.float32(1.5), -2, torch.tensor(0.0)],
    np.array(ROW, dtype=object),
]
GRIDS = [
    GRID,
    [tuple(row) for row in GRID],
    [np.array(row) for row in GRID],
    tuple(map(torch.tensor, GRID)),
    [[torch.tensor(x) for x in row] for row in GRID],
    [pd.Series(row) for row in GRID],
    torch.tensor(GRID).double(),
    np.array(GRID, dtype=np.uint8),
]
NUMBERS = [2, 2.0, np.int8(2), np.float32(2), np.array(2), torch.tensor(2), torch.tensor(2.0).half()]
PAIRS = [
    (GRID[0], 2),
    [np.array(GRID[0]), torch.tensor(2.0)],
    Pair(pd.Series(GRID[0]), np.array(2)),
    torch.return_types.max((torch.tensor(GRID[0]), torch.tensor(2))),
]
SAME = [
    *((np.array(ROW), given) for given in ROWS),
    *((np.array(GRID), given) for given in GRIDS),
    *((2, given) for given in NUMBERS),
    *((2.0, given) for given in NUMBERS),
    *(((GRID[0], 2), given) for given in PAIRS),
    *((right, given) for right in ((1.5, 2), [1.5, 2]) for given in (np.array([1.5, 2]), (1.5, np.array(2)))),
    *((np.array([True, False]), given) for given in ([1, 0], [True, False], np.array([1.0, 0.0]))),
    *((np.zeros(0), given) for given in ([], (), torch.zeros(0), pd.Series([], dtype=float))),
    *((np.zeros((0, 2)), given) for given in ([], torch.zeros(0, 2))),
    *(((GRID[0], []), given) for given in ((GRID[0], np.zeros(0)), [torch.tensor(GRID[0]), ()])),
    *((([], GRID[0]), given) for given in ((torch.zeros(0), GRID[0]), [pd.Series([], dtype=int), GRID[0]])),
    (([1, 2], [3, 4], [5, 6]), np.array([[1, 2], [3, 4], [5, 6]])),
]


@pytest.mark.parametrize(("right", "given"), SAME, ids=range(len(SAME)))
def test_a_form_is_taken_and_its_numbers_count(right, given):
    result = verdict(right, given)
    assert result.passed, result.message
    other = (np.array(right, dtype=float) + 1) if not isinstance(right, tuple) else None
    if other is not None and np.size(other):
        assert not verdict(other, given).passed


REFUSED = [
    (ROW, "1.5", "str"),
    (ROW, {"a": 1.5}, "dict"),
    (ROW, set(ROW), "set"),
    (ROW, (x for x in ROW), "generator"),
    (ROW, map(float, ROW), "map"),
    (ROW, pd.Series(["a", "b", "c"]), "Series of"),
    (ROW, pd.DataFrame({"a": ROW, "b": ROW}), "DataFrame of 2 columns"),
    (ROW, pd.Series(pd.to_datetime([0, 1, 2])), "Series of datetime64[ns]"),
    (ROW, np.array(["a", "b", "c"]), "ndarray of <U1"),
    (ROW, [1.5, None, 0.0], "3 parts"),
    (ROW, np.datetime64("2020-01-01"), "datetime64"),
    (GRID, [[1, 2, 3], [4, 5]], "2 parts: (3,), (2,)"),
]


@pytest.mark.parametrize(("right", "given", "words"), REFUSED, ids=[words for *_, words in REFUSED])
def test_what_is_not_taken_is_called_what_it_is(right, given, words):
    result = verdict(np.array(right), given)
    assert result.mistake == "type" and f"it returns {words}" in result.message, result.message


@pytest.mark.parametrize("given", [[2.0], np.array([2]), torch.tensor([[2]])])
def test_one_number_in_an_array_is_not_a_number(given):
    result = verdict(2.0, given)
    assert result.mistake == "shape" and "expected: a number" in result.message
