"""The gradient of full cross-entropy by the scores."""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _target(scores: Tensor, targets: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(targets, scores.shape[1]).to(scores.dtype)  # (N, V+1)


def _p(scores: Tensor, axis: int = 1) -> Tensor:
    items = scores[:, 1:].softmax(axis)
    return torch.cat([torch.zeros_like(scores[:, :1]), items], 1)


def loss_gradient(scores: Tensor, targets: Tensor) -> Tensor:
    """scores: (N, V+1), targets: (N,) int64, 1 to V. Returns (N, V+1)."""
    return (_p(scores) - _target(scores, targets)) / len(targets)


def a_sum(scores, targets):
    return _p(scores) - _target(scores, targets)


def mean_over_everything(scores, targets):
    return loss_gradient(scores, targets) / (scores.shape[1] - 1)


def uphill(scores, targets):
    return -loss_gradient(scores, targets)


def no_target(scores, targets):
    return _p(scores) / len(targets)


def target_only(scores, targets):
    return (_p(scores) - 1) * _target(scores, targets) / len(targets)


def sigmoid(scores, targets):
    p = scores.sigmoid()
    p[:, 0] = 0
    return (p - _target(scores, targets)) / len(targets)


def padding_competes(scores, targets):
    return (scores.softmax(1) - _target(scores, targets)) / len(targets)


def padding_in_the_sum(scores, targets):
    p = scores.softmax(1)
    p[:, 0] = 0
    return (p - _target(scores, targets)) / len(targets)


def padding_scores_zero(scores, targets):
    s = scores.clone()
    s[:, 0] = 0
    return padding_in_the_sum(s, targets)


def shifted_by_padding(scores, targets):
    odds = (scores - scores.max(1, keepdim=True).values).exp()
    odds[:, 0] = 0
    return (odds / odds.sum(1, keepdim=True) - _target(scores, targets)) / len(targets)


def shifted_then_cut(scores, targets):
    odds = (scores - scores.max(1, keepdim=True).values).exp()[:, 1:]
    p = torch.nn.functional.pad(odds / odds.sum(1, keepdim=True), (1, 0))
    return (p - _target(scores, targets)) / len(targets)


def one_item_off(scores, targets):
    return (_p(scores) - _target(scores, targets - 1)) / len(targets)


def over_the_batch(scores, targets):
    return (_p(scores, 0) - _target(scores, targets)) / len(targets)


def raw_exponentials(scores, targets):
    odds = scores.exp()
    odds[:, 0] = 0
    return (odds / odds.sum(1, keepdim=True) - _target(scores, targets)) / len(targets)


def scores_for_probabilities(scores, targets):
    s = scores.clone()
    s[:, 0] = 0
    return (s - _target(scores, targets)) / len(targets)


def log_probabilities(scores, targets):
    logp = torch.cat([torch.zeros_like(scores[:, :1]), scores[:, 1:].log_softmax(1)], 1)
    return (logp - _target(scores, targets)) / len(targets)


class AutogradIsOff(RuntimeError):
    """The answer asked PyTorch for the gradient."""


def by_hand(answer: object) -> object:
    """``answer`` run without autograd."""
    if not callable(answer):
        return answer

    @functools.wraps(answer)
    def answered(*inputs: object) -> object:
        with torch.inference_mode():
            try:
                return answer(*inputs)
            except RuntimeError as error:
                if "does not require grad" not in str(error) and "nference" not in str(error):
                    raise
                raise AutogradIsOff("autograd is switched off here: write the gradient by hand") from None

    return answered


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(2)

    def scores(*shape: int, size: float = 1.5) -> Tensor:
        return torch.randn(shape, generator=generator) * size

    huge = torch.tensor([[0.0, 900.0, 899.0, -5.0], [3.0, -900.0, 2.0, 1.0]])
    loud = torch.tensor([[900.0, 1.0, 2.0, -1.0], [400.0, -3.0, 0.5, 0.0]])
    return [
        Probe("four steps, five items", (scores(4, 6), torch.tensor([1, 5, 2, 2]))),
        Probe("one step", (scores(1, 4), torch.tensor([3]))),
        Probe("padding scores high", (scores(3, 4) + torch.tensor([6.0, 0, 0, 0]), torch.tensor([2, 3, 1]))),
        Probe("huge scores", (huge, torch.tensor([2, 1]))),
        Probe("padding scores hugely", (loud, torch.tensor([2, 1]))),
        Probe("two items", (scores(5, 3), torch.tensor([1, 2, 2, 1, 2]))),
    ]


EXERCISE = Exercise(
    name="loss-gradient",
    reference=loss_gradient,
    probes=_probes,
    prepare=by_hand,
    mutants=(
        Mutant("a-sum", "This is the gradient of the sum over steps. The loss is a mean.", a_sum),
        Mutant(
            "mean-over-everything",
            "It is divided by the number of items too. The loss is a mean over steps alone.",
            mean_over_everything,
        ),
        Mutant(
            "uphill",
            "The sign is wrong: stepping against this gradient would push the target's score down.",
            uphill,
        ),
        Mutant("no-target", "The target plays no part here. Its score must be pushed up.", no_target),
        Mutant(
            "target-only",
            "Only the target's score gets a gradient. Every other item's score must be pushed down.",
            target_only,
        ),
        Mutant(
            "sigmoid",
            "A sigmoid treats each item alone. In full cross-entropy items compete: their shares sum to 1.",
            sigmoid,
        ),
        Mutant(
            "padding-competes",
            "Padding takes part in the softmax and gets a gradient. It is no item.",
            padding_competes,
        ),
        Mutant(
            "padding-in-the-sum",
            "Padding's column is 0, but its score still stands in the sum of the softmax: each row must sum "
            "to 0.",
            padding_in_the_sum,
            padding_scores_zero,
        ),
        Mutant(
            "shifted-by-padding",
            "The largest score that is subtracted may be padding's: then every item's exp is 0. Take the "
            "largest of the items.",
            shifted_by_padding,
            shifted_then_cut,
        ),
        Mutant(
            "one-item-off", "The target's column is one too low. Item i stands in column i.", one_item_off
        ),
        Mutant(
            "over-the-batch",
            "The softmax runs over the steps. It runs over the items of one step.",
            over_the_batch,
        ),
        Mutant(
            "raw-exponentials",
            "exp of a large score overflows. Subtract the row's largest score first, or use softmax.",
            raw_exponentials,
        ),
        Mutant(
            "scores-for-probabilities",
            "Scores are no probabilities: the softmax is missing.",
            scores_for_probabilities,
        ),
        Mutant(
            "log-probabilities",
            "These are log-probabilities. The gradient holds the probabilities.",
            log_probabilities,
        ),
    ),
    hints=(
        "Write -log softmax as log(sum of exp) minus the target's score, and differentiate each of the two.",
        "The first part gives the softmax, the second a 1 at the target.",
        "Each row of the gradient sums to 0: what the target gains, the others give.",
    ),
)
