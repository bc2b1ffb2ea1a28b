"""The next-item loss: cross-entropy at real positions."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _log_p(logits: Tensor, targets: Tensor) -> Tensor:
    """(B, T): log p(target); at padding it is that of item 1, to be left out."""
    logp = logits[..., 1:].log_softmax(-1)  # (B, T, V)
    return logp.gather(-1, (targets - 1).clamp(min=0)[..., None])[..., 0]


def next_item_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """logits: (B, T, V+1), targets: (B, T) int64, 0 = none. Returns a scalar."""
    return -_log_p(logits, targets)[targets > 0].mean()


def softmax_then_nll(logits, targets):
    real = targets > 0
    return F.nll_loss(logits[..., 1:].softmax(-1)[real], targets[real] - 1)


def softmax_then_nll_all(logits, targets):
    real = targets > 0
    return F.nll_loss(logits.softmax(-1)[real], targets[real])


def softmax_twice(logits, targets):
    real = targets > 0
    return F.cross_entropy(logits[..., 1:].softmax(-1)[real], targets[real] - 1)


def logits_as_log_p(logits, targets):
    real = targets > 0
    return F.nll_loss(logits[real], targets[real])


def column_zero(logits, targets):
    real = targets > 0
    return F.cross_entropy(logits[real], targets[real])


def padding_counted(logits, targets):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def divided_by_all(logits, targets):
    return -(_log_p(logits, targets) * (targets > 0)).mean()


def padding_as_item_one(logits, targets):
    return -_log_p(logits, targets).mean()


def mean_of_row_means(logits, targets):
    real = targets > 0
    return (-(_log_p(logits, targets) * real).sum(1) / real.sum(1)).mean()


def summed(logits, targets):
    return -_log_p(logits, targets)[targets > 0].sum()


def sign_lost(logits, targets):
    return -next_item_loss(logits, targets)


def base_two(logits, targets):
    return next_item_loss(logits, targets) / math.log(2)


def _log_of_softmax(small: float):
    def loss(logits: Tensor, targets: Tensor) -> Tensor:
        p = logits[..., 1:].softmax(-1).gather(-1, (targets - 1).clamp(min=0)[..., None])[..., 0]
        return -(p + small).log()[targets > 0].mean()

    return loss


def overflow(logits, targets):
    odds = logits[..., 1:].exp()
    p = (odds / odds.sum(-1, keepdim=True)).gather(-1, (targets - 1).clamp(min=0)[..., None])[..., 0]
    return -p.log()[targets > 0].mean()


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(2)

    def logits(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator) * 2

    large = torch.tensor([[[0.0, 200.0, -100.0, 5.0], [0.0, -100.0, 150.0, -60.0]]])
    return [
        Probe("one row, no padding", (logits(1, 3, 5), torch.tensor([[1, 4, 2]]))),
        Probe("rows of unlike length", (logits(2, 4, 6), torch.tensor([[3, 1, 5, 2], [4, 0, 0, 0]]))),
        Probe("padding in the middle", (logits(2, 3, 4), torch.tensor([[1, 0, 3], [2, 2, 0]]))),
        Probe(
            "a high logit of class 0",
            (logits(1, 2, 4) + torch.tensor([6.0, 0, 0, 0]), torch.tensor([[3, 1]])),
        ),
        Probe("large logits", (large, torch.tensor([[3, 1]]))),
        Probe("logits far below 0", (logits(2, 3, 5) - 300, torch.tensor([[2, 4, 1], [3, 0, 0]]))),
    ]


EXERCISE = Exercise(
    name="cross-entropy-from-logits",
    reference=next_item_loss,
    probes=_probes,
    mutants=(
        Mutant(
            "softmax-then-nll",
            "Probabilities go where log-probabilities belong: the logarithm is missing. This “loss” "
            "cannot fall below -1, and its gradient fades where the model is most wrong.",
            softmax_then_nll,
            softmax_then_nll_all,
        ),
        Mutant(
            "softmax-twice",
            "The softmax is taken twice: cross_entropy wants logits, not probabilities.",
            softmax_twice,
        ),
        Mutant(
            "no-softmax",
            "Raw logits are taken for log-probabilities. They do not sum to 1: normalise.",
            logits_as_log_p,
        ),
        Mutant(
            "column-zero-as-class", "Class 0 takes part in the softmax, but padding is no item.", column_zero
        ),
        Mutant(
            "padding-counted",
            "Positions without a target are counted. Leave them out of the sum and of the number it "
            "is divided by.",
            padding_counted,
            divided_by_all,
            padding_as_item_one,
        ),
        Mutant(
            "mean-of-means",
            "This is the mean of each row's mean, so a position in a short row weighs more. "
            "Take one mean over all real positions.",
            mean_of_row_means,
        ),
        Mutant("sum", "This is the sum over positions; divide by how many there are.", summed),
        Mutant("sign", "The sign is missing: log p is negative, the loss is not.", sign_lost),
        Mutant("base-two", "The logarithm has base 2 here; use the natural one.", base_two),
        Mutant(
            "log-of-softmax",
            "Right in the small, but for large logits the softmax rounds to 0 before the logarithm. "
            "Take both in one step.",
            *(_log_of_softmax(small) for small in (0.0, 1e-12, 1e-10, 1e-9, 1e-8)),
            overflow,
        ),
    ),
    hints=(
        "Work one position by hand: drop class 0, take log_softmax, pick the target's entry, change "
        "the sign.",
        "Pick the real positions first (targets > 0); the rest is one mean.",
        "Without class 0, item n stands in column n - 1.",
    ),
)
