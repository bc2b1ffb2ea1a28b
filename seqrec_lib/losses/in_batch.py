"""Losses whose negatives are the batch's own targets, with uniform ones beside them or without.

Sizes: ``N`` real steps, ``D`` width, ``V`` items, ``U`` different items of a batch, ``K`` uniform negatives.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..messages import InputError
from .drawing import draw_shared


def in_batch_softmax(
    hidden: Tensor, targets: Tensor, item_matrix: Tensor,
    generator: torch.Generator | None = None, negatives: int = 0, popularity: Tensor | None = None,
    correct: bool = True, mask_hits: bool = False, uniform: int = 0,
) -> Tensor:  # fmt: skip
    """Cross-entropy over the batch's own targets, corrected for their popularity.

    An item comes up as a negative as often as it is popular. So each negative's exp(score) is divided
    by q, its item's share of all training targets: in expectation over batches the sum is then the
    full one (Bengio & Senecal 2008; Yi et al. 2019, equation 3).

    Args:
        popularity: q, ``(V+1,)``; ``fit`` gives it. None takes the shares of this batch, which comes to
            counting each item of the batch once.
        correct: whether to divide by q at all.
        mask_hits: a step's own target also comes up among the others' targets. True leaves these hits out and
            lets the step's own score count once, uncorrected: it was not drawn. False counts every
            occurrence alike, the step's own too, as Yi et al. do.
        uniform: K, items drawn uniformly beside the batch's (Yang et al. 2020). The proposal is then the
            mixture: an item is to be expected N q + K / V times.
    """
    v = len(item_matrix) - 1
    if uniform < 0:
        raise InputError(f"uniform is {uniform}: it must be 0 or more")
    items, count, once = _batch_items(targets, v, fixed=targets.is_cuda)  # (U,) each
    drawers = len(targets) - mask_hits  # how many of the steps drew the others
    if uniform:
        drawn = draw_shared(v, uniform, generator, replace=True).to(items.device)
        items, count = (
            torch.cat([items, drawn]),
            torch.cat([count, torch.ones_like(count[:1]).expand(uniform)]),
        )
        popularity = item_shares(targets, v) if popularity is None else popularity
    if not correct:
        weight = count.double()
    elif popularity is None:
        weight = once
    else:
        expected = drawers * popularity[items] + uniform / v
        weight = count / expected.clamp(min=1e-30)
    scores = _wide(hidden @ item_matrix[items].T)  # (N, U)
    scores = scores + weight.log().to(scores.dtype)
    own = _wide((hidden * item_matrix[targets]).sum(-1))
    if not mask_hits:
        return (scores.logsumexp(1) - own).mean()
    hit = items == targets[:, None]  # (N, U)
    scores = scores.masked_fill(hit, torch.finfo(scores.dtype).min / 2)
    return (torch.logaddexp(scores.logsumexp(1), own) - own).mean()


def _wide(scores: Tensor) -> Tensor:
    """Float32 at least: a sum in bf16 is good to two digits."""
    return scores if scores.dtype == torch.float64 else scores.float()


def _batch_items(targets: Tensor, v: int, fixed: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Items of a batch ``(U,)``; of each column, how many steps it stands for, and its share of its item.

    ``fixed``: U does not depend on the data, for a GPU would wait for such a number. Then the columns are all
    items or all steps, whichever are fewer, and what does not occur weighs 0.
    """
    if not fixed:
        items, count = targets.unique(return_counts=True)
        return items, count, torch.ones_like(count)
    one_each = torch.ones(len(targets), device=targets.device)
    times = torch.zeros(v + 1, device=targets.device).scatter_add_(0, targets, one_each)
    if v < len(targets):
        return torch.arange(1, v + 1, device=targets.device), times[1:], (times[1:] > 0).float()
    return targets, one_each, 1 / times[targets]


def item_shares(targets: Tensor, n_items: int) -> Tensor:
    """``(V+1,)`` float64: each item's share of all ``targets`` (0 is no target)."""
    count = torch.bincount(targets[targets > 0], minlength=n_items + 1).double()
    return count / count.sum()
