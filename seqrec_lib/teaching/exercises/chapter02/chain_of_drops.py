"""A log on which two wrong k-cores show: a chain of drops that is longer than ten rounds, and a repeat."""

from __future__ import annotations

import numpy as np

from ....messages import message
from ..breaking import BreakingInput, Rival

MOST_ROWS = 60


def _often(values: np.ndarray, keep: np.ndarray, k: int) -> np.ndarray:
    """(N,) bool: rows whose value occurs at least k times among the kept rows."""
    counts = np.bincount(values[keep], minlength=values.max() + 1)
    return counts[values] >= k


def core_rows(users: np.ndarray, items: np.ndarray, k: int) -> np.ndarray:
    """users, items: (N,) int arrays, k: int. Returns (N,) bool: the rows that stay."""
    keep = np.ones(len(users), dtype=bool)
    while True:
        fewer = keep & _often(users, keep, k) & _often(items, keep, k)
        if fewer.sum() == keep.sum():
            return keep
        keep = fewer


def ten_rounds(users: np.ndarray, items: np.ndarray, k: int) -> np.ndarray:
    keep = np.ones(len(users), dtype=bool)
    for _ in range(10):
        keep = keep & _often(users, keep, k) & _often(items, keep, k)
    return keep


def pairs_once(users: np.ndarray, items: np.ndarray, k: int) -> np.ndarray:
    pair, where = np.unique(np.stack([users, items]), axis=1, return_inverse=True)
    return core_rows(pair[0], pair[1], k)[where.reshape(-1)]


def _ready(users: object, items: object, k: object) -> tuple | str:
    """The arguments as the functions take them, or what is wrong with them."""
    u, i = np.asarray(users), np.asarray(items)
    whole = u.dtype.kind in "iu" and i.dtype.kind in "iu" and u.ndim == 1
    if not whole or u.shape != i.shape or not 0 < len(u) <= MOST_ROWS:
        return message(
            "`users` and `items` should be whole numbers, one of each for every row, at most {n} rows.",
            n=MOST_ROWS,
        )
    if min(u.min(), i.min()) < 0 or max(u.max(), i.max()) > 1000:
        return message("Users and items should be numbered from 0 to 1,000.")
    if not isinstance(k, (int, np.integer)) or k < 2:
        return message("`k` should be a whole number, 2 or more.")
    return u, i, int(k)


def _chain(n: int, again: bool = True) -> tuple:
    """A core of four rows, ``n`` users of whom each shares an item with the next, perhaps a repeat."""
    rows = [(1, 1), (1, 2), (2, 1), (2, 2)]
    rows += [row for j in range(2, n + 2) for row in ((j, j + 1), (j + 1, j + 1))]
    rows += [(90, 90), (90, 90)] if again else []
    users, items = np.array(rows).T
    return users, items, 2


def _tries() -> dict[str, tuple]:
    rng = np.random.default_rng(0)
    users, items = rng.integers(1, 9, (2, 40))
    return {"ten_rounds": (users, items, 3), "pairs_once": _chain(22, again=False)}


EXERCISE = BreakingInput(
    name="chain-of-drops",
    right=core_rows,
    rivals=(
        Rival(
            ten_rounds,
            "Its ten rounds are enough here. In which log does each round find very little to drop, and "
            "leave something for the next?",
        ),
        Rival(
            pairs_once,
            "It counts a user's meetings with one item once. Here that makes no difference to what stays.",
        ),
    ),
    ready=_ready,
    example=lambda: _chain(22),
    arguments=("users", "items", "k"),
    hints=(
        "Begin with k = 2 and a row that must go. Which row can be kept alive by it alone?",
        "Let each user share one item with the next user, in a long row. What happens at its end, round "
        "after round? The second function needs a few rows more.",
    ),
    tries=_tries,
    words=lambda keep: message("keeps {n} rows", n=int(np.sum(keep))),  # type: ignore[call-overload]
)
