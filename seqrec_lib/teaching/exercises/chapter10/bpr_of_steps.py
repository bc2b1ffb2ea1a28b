"""BPR with several negatives a step and padded histories."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _real(lengths: Tensor, steps: int) -> Tensor:
    return torch.arange(steps) < lengths[:, None]  # (B, T)


def bpr_of_steps(positive: Tensor, negative: Tensor, lengths: Tensor) -> Tensor:
    """positive: (B, T), negative: (B, T, K), lengths: (B,) int64. Returns a number."""
    each = F.softplus(negative - positive[..., None])  # (B, T, K)
    return each[_real(lengths, positive.shape[1])].mean()


def _with(each):
    def run(positive, negative, lengths):
        return each(positive[..., None] - negative)[_real(lengths, positive.shape[1])].mean()

    return run


def padding_averaged(positive, negative, lengths):
    return F.softplus(negative - positive[..., None]).mean()


def padding_as_zero(positive, negative, lengths):
    each = F.softplus(negative - positive[..., None]) * _real(lengths, positive.shape[1])[..., None]
    return each.mean()


def mean_of_negatives(positive, negative, lengths):
    return bpr_of_steps(positive, negative.mean(-1, keepdim=True), lengths)


def hardest(positive, negative, lengths):
    return bpr_of_steps(positive, negative.amax(-1, keepdim=True), lengths)


def sum_over_negatives(positive, negative, lengths):
    return bpr_of_steps(positive, negative, lengths) * negative.shape[-1]


def rows_alike(positive, negative, lengths):
    real = _real(lengths, positive.shape[1])
    each = F.softplus(negative - positive[..., None]).mean(-1) * real
    return (each.sum(1) / lengths).mean()


def bce(positive, negative, lengths):
    real = _real(lengths, positive.shape[1])
    return (F.softplus(-positive) + F.softplus(negative).mean(-1))[real].mean()


def naive_log(positive, negative, lengths):
    return _with(lambda x: -torch.sigmoid(x).log())(positive, negative, lengths)


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(8)

    def case(about: str, lengths: list[int], steps: int, k: int, size: float = 1.0) -> Probe:
        positive = size * torch.randn(len(lengths), steps, generator=generator)
        negative = size * torch.randn(len(lengths), steps, k, generator=generator)
        return Probe(about, (positive, negative, torch.tensor(lengths)))

    return [
        case("one row, two real steps of three", [2], 3, 2),
        case("rows of unlike length", [1, 4], 5, 3, 2.0),
        case("one negative", [3, 2, 1], 3, 1),
        case("scores far apart", [2, 1], 2, 3, 300.0),
    ]


EXERCISE = Exercise(
    name="bpr-of-steps",
    reference=bpr_of_steps,
    probes=_probes,
    mutants=(
        Mutant("no-log", "The logarithm is missing: a sigmoid that is near 0 hardly moves.",
               _with(lambda x: -torch.sigmoid(x))),
        Mutant("no-sigmoid", "The sigmoid is missing: a pair that is right would still be pushed apart.",
               _with(lambda x: -x)),
        Mutant("sign", "The pair is turned round: the negative is asked to be above the target.",
               _with(lambda x: F.softplus(x))),
        Mutant("padding-averaged", "Padded steps count too. They have no target.", padding_averaged),
        Mutant("padding-as-zero", "Padded steps add 0 and are still counted in the mean.", padding_as_zero),
        Mutant("mean-of-negatives", "The negatives are averaged before the sigmoid. Each makes a pair.",
               mean_of_negatives),
        Mutant("hardest", "Only the highest negative is compared. Each is a pair of its own.", hardest),
        Mutant("sum-over-negatives", "The negatives of a step are summed. The loss is a mean over the pairs.",
               sum_over_negatives),
        Mutant("rows-alike", "Each row weighs the same. The mean is over all real steps.", rows_alike),
        Mutant("bce", "This is BCE: target and negative each meet a sigmoid of their own. BPR looks at their "
               "difference.", bce),
        Mutant("naive-log", "log(sigmoid(x)) is minus infinity where scores are far apart. Use a function "
               "that takes both steps at once.", naive_log),
    ),
    hints=(
        "How many pairs does a step with K negatives make?",
        "Form the losses of all pairs first, then choose those of real steps, then take one mean.",
    ),
)  # fmt: skip
