"""Several models in many cells, such as protocols: means, intervals and who is clearly above whom.

Sizes: ``N`` cases, ``K`` cells, ``M`` models.
"""

from __future__ import annotations

import numpy as np

from .resampling import bootstrap_many


class PairedGrid:
    """Every cell of every model, from one bootstrap over users in which all are paired.

    Args:
        values: ``(N, K, M)``, a metric of each case. users: ``(N,)``, whose case each one is.
        samples: draws of the bootstrap.
    """

    def __init__(self, values: np.ndarray, users: np.ndarray, samples: int = 1000) -> None:
        n, cells, models = values.shape
        self.means = values.mean(0)  # (K, M)
        flat = bootstrap_many(values.reshape(n, cells * models), users, samples)
        self.draws = flat.reshape(samples, cells, models)

    def figures(self, model: int) -> list[list[int]]:
        """``(K, 3)``: mean and the ends of the 95% interval of one model, in ten thousandths."""
        ends = np.quantile(self.draws[:, :, model], [0.025, 0.975], axis=0).T  # (K, 2)
        return [
            [round(1e4 * float(number)) for number in (mean, *pair)]
            for mean, pair in zip(self.means[:, model], ends, strict=True)
        ]

    def paired(self, cell: int, a: int, b: int) -> list[float]:
        """Mean of a - b and the ends of its 95% interval."""
        ends = np.quantile(self.draws[:, cell, a] - self.draws[:, cell, b], [0.025, 0.975])
        return [round(float(x), 5) for x in (self.means[cell, a] - self.means[cell, b], *ends)]

    def above(self, model: int) -> str:
        """A letter for each cell and each model in it, cell after cell, as :func:`sign` gives them."""
        cells, models = self.means.shape
        return "".join(sign(self.paired(cell, model, b)) for cell in range(cells) for b in range(models))


def sign(paired: list[float]) -> str:
    """``+`` where the interval of ``(mean, low, high)`` lies above 0, ``-`` below, ``0`` where it holds 0."""
    return "+" if paired[1] > 0 else "-" if paired[2] < 0 else "0"
