"""Losses that score the target and some sampled items, not the whole catalogue.

Sizes: ``N`` real steps, ``D`` width, ``V`` items, ``K`` negatives a step or shared by all steps.
"""

from __future__ import annotations

from math import log

import torch
import torch.nn.functional as F
from torch import Tensor

from ..messages import InputError, unknown
from .drawing import Asked, draw_negatives, draw_shared, draw_unseen
from .pieces import in_pieces

DRAW, REDUCE = ("batch", "user"), ("mean", "sum")

# A gathered item vector costs about as much as this many columns of a product with the whole catalogue.
GATHERED = 64


def _scores(hidden: Tensor, targets: Tensor, items: Tensor, draw: Tensor) -> tuple[Tensor, Tensor]:
    """Scores of the target ``(N,)`` and of the negatives ``(N, K)``, in float32 at least."""
    positive = (hidden * items[targets]).sum(-1)
    negative = (items[draw] @ hidden[:, :, None]).squeeze(-1)  # (N, K, D) @ (N, D, 1)
    return _wide(positive), _wide(negative)


def _wide(scores: Tensor) -> Tensor:
    """Float32 at least: a sum in bf16 is good to two digits."""
    return scores if scores.dtype == torch.float64 else scores.float()


def binary_cross_entropy(
    hidden: Tensor, targets: Tensor, item_matrix: Tensor,
    generator: torch.Generator | None = None, negatives: int = 1, reduce: str = "mean",
) -> Tensor:  # fmt: skip
    """BCE with sampled negatives (Kang & McAuley 2018, section III-E).

    For each step: -log sigmoid(target's score) - mean over the negatives of
    log(1 - sigmoid(score)). Negatives are uniform over the items other than the target. ``reduce``: ``mean``,
    or ``sum`` over the negatives: ports of one paper do either, and with K negatives they are two losses.

    Raises InputError: fewer than 1 negative, or no second item to draw one from; another ``reduce``.
    """
    if reduce not in REDUCE:
        raise InputError(unknown("reduce", reduce, REDUCE))
    draw = draw_negatives(targets, len(item_matrix) - 1, negatives, generator)
    positive, negative = _scores(hidden, targets, item_matrix, draw)
    of_negatives = F.softplus(negative)  # (N, K)
    of_negatives = of_negatives.mean(1) if reduce == "mean" else of_negatives.sum(1)
    return (F.softplus(-positive) + of_negatives).mean()


def bayesian_personalised_ranking(
    hidden: Tensor, targets: Tensor, item_matrix: Tensor,
    generator: torch.Generator | None = None, negatives: int = 1,
) -> Tensor:  # fmt: skip
    """BPR (Rendle et al. 2009, section 4): mean of -log sigmoid(target's score - negative's score)."""
    draw = draw_negatives(targets, len(item_matrix) - 1, negatives, generator)
    positive, negative = _scores(hidden, targets, item_matrix, draw)
    return F.softplus(negative - positive[:, None]).mean()


def generalised_bce(
    hidden: Tensor, targets: Tensor, item_matrix: Tensor,
    generator: torch.Generator | None = None, negatives: int = 256, calibration: float = 0.75,
    centred: bool = False,
) -> Tensor:  # fmt: skip
    """gBCE (Petrov & Macdonald 2023, equations 6 and 12): sigmoid(target's score) to the power beta.

    With the sampling rate a = K / (V - 1), at most 1, beta = a (t (1 - 1/a) + 1/a) = 1 - t (1 - a),
    where t is ``calibration``: 0 is plain BCE, 1 gives probabilities that are right in the limit.

    ``centred`` adds log(beta / K) to every score. There this loss is lowest while all items look alike, so a
    fresh model, whose scores are near 0, need not learn that level. Rankings do not change; a sigmoid that is
    read as a probability must have it added, too.
    """
    v = len(item_matrix) - 1
    draw = draw_negatives(targets, v, negatives, generator)
    beta = 1 - calibration * (1 - min(1.0, negatives / (v - 1)))

    level = log(beta / negatives) if centred else 0.0

    def of_scores(positive: Tensor, negative: Tensor) -> Tensor:
        positive, negative = positive + level, negative + level
        return (beta * F.softplus(-positive) + F.softplus(negative).sum(1)).sum()

    def part(items: Tensor, state: Tensor, target: Tensor, drawn: Tensor) -> Tensor:
        scores = _wide(state @ items.T)  # (rows, V+1): here every item, of which the drawn ones count
        return of_scores(scores.gather(1, target[:, None])[:, 0], scores.gather(1, drawn))

    if v <= GATHERED * negatives:
        total = in_pieces(part, item_matrix, hidden, targets, draw, columns=v + 1)
    else:
        total = of_scores(*_scores(hidden, targets, item_matrix, draw))
    return total / (len(targets) * (1 + negatives))


def sampled_softmax(
    hidden: Tensor, targets: Tensor, item_matrix: Tensor,
    generator: torch.Generator | None = None, negatives: int = 3000, asked: Asked | None = None,
    draw: str = "batch", replace: bool = False, weigh: bool = False,
) -> Tensor:  # fmt: skip
    """Cross-entropy over the target and K uniform negatives.

    Args:
        asked: what the steps come from; needed where ``draw`` is ``user``, and the objective gives it.
        draw: ``batch``: all steps of the batch share the K, so one product serves them all, and a negative
            that happens to be a step's own target is left out for that step. ``user``: each row of the batch
            has K of its own, among the items that do not occur in it (Klenitskiy & Vasilev 2023).
        replace: whether an item may be drawn twice; it then counts twice.
        weigh: let each negative stand for (V - 1) / K items, so that the sum under the logarithm is the full
            one in expectation (Bengio & Senecal 2008).

    Raises InputError: another ``draw``, ``user`` without ``asked``, or fewer than 1 negative.
    """
    v = len(item_matrix) - 1
    if draw not in DRAW:
        raise InputError(unknown("draw", draw, DRAW))
    if negatives < 1:
        raise InputError(f"{negatives} negatives: at least 1 is needed")
    positive = _wide((hidden * item_matrix[targets]).sum(-1))
    if draw == "user":
        if asked is None:
            raise InputError("draw=user needs asked: whose steps these are")
        return _among_unseen(hidden, positive, item_matrix, asked, negatives, replace, weigh, generator)
    drawn = draw_shared(v, negatives, generator, replace).to(targets.device)
    # Where each step's target stands among the drawn; -1: nowhere.
    column = torch.arange(len(drawn), device=drawn.device)
    if replace:
        drawn, count = drawn.unique(return_counts=True)
        column = column[: len(drawn)]
    else:
        count = torch.ones_like(drawn)
    at_own = drawn.new_full((v + 1,), -1).scatter(0, drawn, column)[targets]
    more = count.to(positive.dtype).log()

    def part(items: Tensor, state: Tensor, at: Tensor, own: Tensor) -> Tensor:
        scores = (state @ items.T).to(own.dtype)  # (rows, K)
        if replace:
            scores = scores + more
        # By value: a GPU need not wait. Finite: with all left out, minus infinity would give NaN gradients.
        left_out = torch.zeros_like(own).masked_fill(at >= 0, torch.finfo(own.dtype).min / 2)
        scores.scatter_add_(1, at.clamp(min=0)[:, None], left_out[:, None])
        if weigh:
            left = (count.sum() - count[at.clamp(min=0)] * (at >= 0)).clamp(min=1)  # (rows,)
            scores = scores + ((v - 1) / left.to(own.dtype)).log()[:, None]
        return (torch.logaddexp(scores.logsumexp(1), own) - own).sum()

    total = in_pieces(part, item_matrix[drawn], hidden, at_own, positive, columns=len(drawn))
    return total / len(targets)


def _among_unseen(
    hidden: Tensor, own: Tensor, item_matrix: Tensor, asked: Asked, count: int, replace: bool, weigh: bool,
    generator: torch.Generator | None,
) -> Tensor:  # fmt: skip
    """The loss where each row of the batch has negatives of its own; never more than ``(B, T, K)`` scores."""
    v, (b, t) = len(item_matrix) - 1, asked.targets.shape
    drawn = draw_unseen(asked.taken(), v, count, generator, replace)  # (B, K)
    states = hidden.new_zeros(b * t, hidden.shape[1]).index_copy(0, asked.steps, hidden)
    scores = states.view(b, t, -1) @ item_matrix[drawn].mT  # (B, T, D) @ (B, D, K)
    scores = scores.masked_fill(drawn[:, None] == 0, torch.finfo(scores.dtype).min / 2)
    scores = _wide(scores.flatten(0, 1)[asked.steps])  # (N, K)
    if weigh:
        left = (drawn > 0).sum(1).clamp(min=1)[asked.steps // t]  # (N,)
        scores = scores + ((v - 1) / left.to(scores.dtype)).log()[:, None]
    return (torch.logaddexp(scores.logsumexp(1), own) - own).mean()
