"""Bootstrap over users: how far a mean metric would move with other users of the same kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..messages import InputError


@dataclass(frozen=True)
class Difference:
    """A paired difference of means: ``mean`` with its interval ``low`` to ``high`` at ``level``."""

    name: str
    mean: float
    low: float
    high: float
    level: float

    @property
    def apart(self) -> bool:
        """True when the interval leaves out zero."""
        return self.low > 0 or self.high < 0

    def __str__(self) -> str:
        return f"{self.name}: {self.mean:+.4f} ({self.level:.1%}: {self.low:+.4f} to {self.high:+.4f})"


def bootstrap_means(values: np.ndarray, users: np.ndarray, samples: int = 1000, seed: int = 0) -> np.ndarray:
    """``(samples,)`` means of ``values`` ``(N,)``, each over users drawn with replacement.

    A user with several cases is drawn with all of them, since they are not independent.
    """
    return bootstrap_many(values[:, None], users, samples, seed)[:, 0]


def bootstrap_many(values: np.ndarray, users: np.ndarray, samples: int = 1000, seed: int = 0) -> np.ndarray:
    """``(samples, M)`` means of the columns of ``values`` ``(N, M)``, the same users drawn for each.

    Columns stay paired: the difference of two columns of the result is the bootstrap of their difference.
    """
    _, inverse, sizes = np.unique(users, return_inverse=True, return_counts=True)
    n = len(sizes)
    sums = np.stack([np.bincount(inverse, weights=column) for column in values.T], axis=1)  # (U, M)
    generator = np.random.default_rng(seed)
    drawn = (np.bincount(generator.integers(n, size=n), minlength=n) for _ in range(samples))
    means = np.empty((samples, values.shape[1]))
    for sample, times in enumerate(drawn):  # times (U,): how often each user was drawn
        means[sample] = times @ sums / (times @ sizes)
    return means


def bounds(means: np.ndarray, level: float) -> tuple[float, float]:
    """The middle ``level`` share of ``means``, as ``(low, high)``.

    Raises:
        InputError: the level does not lie between 0 and 1.
    """
    if not 0 < level < 1:
        raise InputError(f"level is {level}: it lies between 0 and 1, for example 0.95")
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
