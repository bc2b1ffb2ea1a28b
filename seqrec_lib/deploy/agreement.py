"""How far two runtimes of the same model are apart. Sizes: ``B`` histories, ``T`` steps, ``V`` items."""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.batch import Batch
from ..evaluation.asking import asked
from ..messages import InputError
from ..models.recommender import Recommender

TOLERANCE = 1e-5
SHAPES = ((1, 1), (3, 17), (8, 5))  # rows and steps: no two alike, none as the graph was traced


def relative_error(got: Tensor, want: Tensor) -> float:
    """Length of the difference over the length of ``want``, of the finite entries of two equal shapes.

    Raises:
        InputError: the shapes differ, or one has a number where the other is not finite.
    """
    if got.shape != want.shape:
        raise InputError(f"scores of shape {tuple(got.shape)} cannot be compared with {tuple(want.shape)}")
    real = want.isfinite()
    if not torch.equal(real, got.isfinite()):
        raise InputError("one runtime gives a number where the other gives none")
    apart = (got[real].double() - want[real].double()).norm()
    return float(apart / want[real].double().norm().clamp(min=1e-30))


def made_up_histories(n_items: int, rows: int, steps: int, seed: int = 0) -> Batch:
    """``rows`` random histories of 1 to ``steps`` items, the first one whole, with times."""
    luck = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, steps + 1, (rows,), generator=luck)
    lengths[0] = steps
    gaps = torch.rand(rows, steps + 1, generator=luck, dtype=torch.float64) ** 4 * 1e6
    times = gaps.cumsum(1)
    items = torch.randint(1, n_items + 1, (rows, steps), generator=luck)
    real = torch.arange(steps) < lengths[:, None]
    query = times.gather(1, lengths[:, None])[:, 0]
    return Batch(items=items * real, lengths=lengths, times=times[:, :steps] * real, query_time=query)


def agreement(model: Recommender, other: Recommender, max_len: int, seed: int = 0) -> float:
    """The largest :func:`relative_error` of ``other`` against ``model`` over batches of three shapes."""
    n_items = model.n_items
    worst = 0.0
    for rows, steps in SHAPES:
        batch = made_up_histories(n_items, rows, min(steps, max_len), seed)
        with asked(model):
            want = model.score(batch)
        worst = max(worst, relative_error(other.score(batch), want))
    return worst
