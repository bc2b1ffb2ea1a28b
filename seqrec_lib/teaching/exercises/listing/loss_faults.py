"""Faults of the loss: what is minimised, and what is reported."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe
from .fault import Fault


def loss_on_probabilities(logits, answers):
    return F.nll_loss(F.softmax(logits, dim=1), answers)


def loss_on_logits(logits: Tensor, answers: Tensor) -> Tensor:
    """logits: (B, V), answers: (B,), 0 to V-1. Returns the mean of -log p(answer)."""
    return F.cross_entropy(logits, answers)


def _softmax_twice(logits, answers):
    return F.cross_entropy(F.softmax(logits, dim=1), answers)


def _log_of_softmax(logits, answers):
    return F.nll_loss(F.softmax(logits, dim=1).log(), answers)


def _loss_probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(4)
    logits = torch.randn(4, 6, generator=generator)
    answers = torch.tensor([0, 5, 2, 2])
    return [Probe("four rows", (logits, answers)), Probe("large logits", (logits * 300, answers))]


def _loss_cost() -> tuple[str, dict]:
    logits = torch.randn(64, 200, generator=torch.Generator().manual_seed(0)) * 0.1  # as before training
    answers = torch.arange(64)
    norms = []
    for loss in (loss_on_logits, loss_on_probabilities):
        leaf = logits.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(loss(leaf, answers), leaf)
        norms.append(float(gradient.norm()))
    perfect = loss_on_probabilities(50.0 * torch.eye(4), torch.arange(4))
    return (
        "At the start of training with 200 items its gradient is {ratio:.0f} times smaller than "
        "cross-entropy's, and the loss of a perfect model is {best:.0f}.",
        {"ratio": norms[0] / norms[1], "best": float(perfect)},
    )


SOFTMAX_THEN_NLL = Fault(
    name="softmax-then-nll",
    title="Softmax, then nll_loss",
    excerpt="        return F.softmax(self.head(pooled), dim=1)\n"
    "...\n        loss = F.nll_loss(model(clips), answer)\n",
    faulty=loss_on_probabilities,
    measure=_loss_cost,
    task="Return the mean of -log p(answer). Large logits must do no harm.",
    exercise=Exercise(
        name="softmax-then-nll",
        reference=loss_on_logits,
        probes=_loss_probes,
        mutants=(
            Mutant(
                "softmax-then-nll",
                "nll_loss wants log-probabilities and gets probabilities: the logarithm is missing.",
                loss_on_probabilities,
            ),
            Mutant(
                "softmax-twice", "cross_entropy takes the softmax itself; give it logits.", _softmax_twice
            ),
            Mutant(
                "log-of-softmax",
                "For large logits the softmax rounds to 0 before the logarithm. Take both in one step.",
                _log_of_softmax,
            ),
        ),
        hints=("Which PyTorch function takes logits and answers directly?",),
    ),
)


def epoch_loss_overwritten(losses, rows, lengths):
    loss = 0
    for mean, length in zip(losses, lengths, strict=True):
        loss = mean
        loss = loss + mean * length
    return loss / sum(lengths)


def epoch_loss(losses: list[float], rows: list[int], lengths: list[int]) -> float:
    """losses: the mean loss of each batch, rows: how many rows it has, lengths: how many steps."""
    total = sum(mean * count for mean, count in zip(losses, rows, strict=True))
    return total / sum(rows)


def _last_batch(losses, rows, lengths):
    return losses[-1]


def _mean_of_means(losses, rows, lengths):
    return sum(losses) / len(losses)


def _by_lengths(losses, rows, lengths):
    return epoch_loss(losses, lengths, rows)


_EPOCH = ([5.2, 4.9, 4.7, 4.4], [50, 50, 50, 20], [330, 310, 350, 90])


def _epoch_cost() -> tuple[str, dict]:
    numbers = {"reported": epoch_loss_overwritten(*_EPOCH), "true": epoch_loss(*_EPOCH)}
    words = (
        "On four batches it reports {reported:.2f}; the mean loss is {true:.2f}, {factor:.1f} times as much."
    )
    return words, {**numbers, "factor": numbers["true"] / numbers["reported"]}


LOSS_OVERWRITTEN = Fault(
    name="loss-overwritten",
    title="The loss overwritten in the loop, and scaled by lengths",
    excerpt="    loss = 0\n    for clips, answer, size in rows:\n        optimizer.zero_grad()\n"
    "        loss = F.nll_loss(model(clips), answer)\n...\n"
    "        loss = loss + loss.item() * size.sum()\n    return loss / sum(sizes)\n",
    faulty=epoch_loss_overwritten,
    measure=_epoch_cost,
    task="Each batch's loss is a mean over its rows. Return the mean over all rows of the epoch.",
    exercise=Exercise(
        name="loss-overwritten",
        reference=epoch_loss,
        probes=lambda: [Probe("four batches", _EPOCH), Probe("two batches", ([3.0, 1.0], [9, 1], [40, 60]))],
        mutants=(
            Mutant(
                "loss-overwritten",
                "Each batch overwrites the sum, so only the last one is left. Keep the sum under a "
                "name of its own.",
                epoch_loss_overwritten,
            ),
            Mutant("last-batch", "This is the last batch's loss alone.", _last_batch),
            Mutant(
                "mean-of-means",
                "A small last batch weighs as much as a full one. Weigh by rows.",
                _mean_of_means,
            ),
            Mutant(
                "scaled-by-lengths",
                "The weights are numbers of steps, but each loss is a mean over rows. Weigh by rows.",
                _by_lengths,
            ),
        ),
        hints=("What does each batch bring to the sum over all rows, and what is that sum divided by?",),
    ),
)
