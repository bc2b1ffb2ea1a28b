"""What an evaluation found: means, each user's values, and how sure we are of them.

Sizes: ``N`` cases, ``V`` items.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..messages import InputError
from .resampling import Difference, bootstrap_means, bounds


@dataclass(repr=False, eq=False)
class Evaluation:
    """What :func:`evaluate` found.

    Attributes:
        metrics: name (``"HR@10"``, ``"NDCG@10"``, ``"MRR"``, ``"coverage@10"``) to its value.
        per_user: name to ``(N,)`` float64, one value a case; coverage has none.
        better, equal: ``(N,)`` int64: items above the target, items level with it (itself included).
        users, target: ``(N,)`` int64: whose case it is, and the item that came next.
        protocol: how the cases were made. ties: how ties were broken.
    """

    metrics: dict[str, float]
    per_user: dict[str, np.ndarray]
    better: np.ndarray
    equal: np.ndarray
    users: np.ndarray
    target: np.ndarray
    protocol: str
    n_items: int
    ties: str = "expectation"

    def __len__(self) -> int:
        return len(self.target)

    def __getitem__(self, name: str) -> float:
        return self.metrics[name]

    def values(self, name: str) -> np.ndarray:
        """``(N,)``: one metric for each case.

        Raises:
            InputError: the metric was not measured, or belongs to all cases together (coverage).
        """
        if name not in self.per_user:
            names = ", ".join(self.per_user)
            raise InputError(f"{name!r} has no value for each user: use one of {names}")
        return self.per_user[name]

    def interval(
        self, name: str, level: float = 0.95, seed: int = 0, samples: int = 1000
    ) -> tuple[float, float]:
        """Percentile bootstrap interval of a mean metric, users drawn with replacement (Efron 1979)."""
        means = bootstrap_means(self.values(name), self.users, samples, seed)
        return bounds(means, level)

    def __str__(self) -> str:
        lines = [f"{self.protocol}, {len(self):,} cases, {self.n_items:,} items ranked"]
        lines += [f"  {name:<12}{value:.4f}" for name, value in self.metrics.items()]
        return "\n".join(lines)

    __repr__ = __str__


def paired_difference(
    a: Evaluation, b: Evaluation, name: str, level: float = 0.95, seed: int = 0, samples: int = 1000
) -> Difference:
    """Mean of ``a - b`` on the same cases, with a paired bootstrap interval over users.

    Raises:
        InputError: the two were not measured on the same cases.
    """
    same = np.array_equal(a.users, b.users) and np.array_equal(a.target, b.target)
    if not same or a.protocol != b.protocol:
        raise InputError("the two evaluations have different cases: a paired difference needs the same ones")
    values = a.values(name) - b.values(name)
    low, high = bounds(bootstrap_means(values, a.users, samples, seed), level)
    return Difference(name, float(values.mean()), low, high, level)
