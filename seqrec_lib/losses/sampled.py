"""Losses that score the target and some sampled items, not the whole catalogue.

Sizes: ``N`` real steps, ``D`` width, ``V`` items, ``K`` negatives a step or shared by all steps.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..messages import InputError
from .pieces import in_pieces

# A gathered item vector costs about as much as this many columns of a product with the whole catalogue.
GATHERED = 64


def draw_negatives(targets: Tensor, v: int, count: int, generator: torch.Generator | None) -> Tensor:
    """``(N, K)`` items, uniform over the V - 1 that are not the step's target."""
    if count < 1 or v < 2:
        raise InputError(f"{count} negatives from {v} items: at least 1 negative and 2 items are needed")
    place = generator.device if generator is not None else targets.device
    draw = torch.randint(1, v, (len(targets), count), generator=generator, device=place).to(targets.device)
    return draw + (draw >= targets[:, None])  # step over the target


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
    generator: torch.Generator | None = None, negatives: int = 1,
) -> Tensor:  # fmt: skip
    """BCE with sampled negatives (Kang & McAuley 2018, section III-E).

    For each step: -log sigmoid(target's score) - mean over the negatives of
    log(1 - sigmoid(score)). Negatives are uniform over the items other than the target.

    Raises InputError: fewer than 1 negative, or no second item to draw one from.
    """
    draw = draw_negatives(targets, len(item_matrix) - 1, negatives, generator)
    positive, negative = _scores(hidden, targets, item_matrix, draw)
    return (F.softplus(-positive) + F.softplus(negative).mean(1)).mean()


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
) -> Tensor:  # fmt: skip
    """gBCE (Petrov & Macdonald 2023, equations 6 and 12): sigmoid(target's score) to the power beta.

    With the sampling rate a = K / (V - 1), at most 1, beta = a (t (1 - 1/a) + 1/a) = 1 - t (1 - a),
    where t is ``calibration``: 0 is plain BCE, 1 gives probabilities that are right in the limit.
    """
    v = len(item_matrix) - 1
    draw = draw_negatives(targets, v, negatives, generator)
    beta = 1 - calibration * (1 - min(1.0, negatives / (v - 1)))

    def of_scores(positive: Tensor, negative: Tensor) -> Tensor:
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
    generator: torch.Generator | None = None, negatives: int = 3000,
) -> Tensor:  # fmt: skip
    """Cross-entropy over the target and K uniform negatives that all steps of the batch share.

    One product serves all steps (Klenitskiy & Vasilev 2023, section 3.3). A negative that happens to be
    a step's own target is left out for that step.
    """
    v = len(item_matrix) - 1
    place = generator.device if generator is not None else targets.device
    if negatives >= v:
        draw = torch.arange(1, v + 1, device=targets.device)
    else:
        draw = 1 + torch.randperm(v, generator=generator, device=place)[:negatives].to(targets.device)
    positive = _wide((hidden * item_matrix[targets]).sum(-1))
    # Where each step's target stands among the drawn; -1: nowhere.
    column = torch.arange(len(draw), device=draw.device)
    at_own = draw.new_full((v + 1,), -1).scatter(0, draw, column)[targets]

    def part(items: Tensor, state: Tensor, at: Tensor, own: Tensor) -> Tensor:
        scores = (state @ items.T).to(own.dtype)  # (rows, K)
        # By value: a GPU need not wait. Finite: with all left out, minus infinity would give NaN gradients.
        left_out = torch.zeros_like(own).masked_fill(at >= 0, torch.finfo(own.dtype).min / 2)
        scores.scatter_add_(1, at.clamp(min=0)[:, None], left_out[:, None])
        return (torch.logaddexp(scores.logsumexp(1), own) - own).sum()

    total = in_pieces(part, item_matrix[draw], hidden, at_own, positive, columns=len(draw))
    return total / len(targets)


def in_batch_softmax(
    hidden: Tensor, targets: Tensor, item_matrix: Tensor,
    generator: torch.Generator | None = None, negatives: int = 0, popularity: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Cross-entropy over the batch's own targets, corrected for their popularity.

    An item comes up as a negative as often as it is popular. So each negative's exp(score) is divided
    by q, its item's share of all training targets: in expectation over batches the sum is then the
    full one (Bengio & Senecal 2008; Yi et al. 2019, equation 3).

    Args:
        popularity: q, ``(V+1,)``; ``fit`` gives it. None takes the shares of this batch, which comes to
            counting each item of the batch once.
    """
    items, count, once = _batch_items(targets, len(item_matrix) - 1, fixed=targets.is_cuda)  # (U,) each
    scores = _wide(hidden @ item_matrix[items].T)  # (N, U)
    weight = once if popularity is None else count / (len(targets) * popularity[items]).clamp(min=1e-30)
    own = _wide((hidden * item_matrix[targets]).sum(-1))
    return ((scores + weight.log().to(scores.dtype)).logsumexp(1) - own).mean()


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
