"""In-batch softmax with the correction for popularity: sign, both sides, accidental hits."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _loss(scores: Tensor, targets: Tensor, shift: Tensor, own: Tensor, hits: bool = True) -> Tensor:
    """scores (N, N), what is added to column j ``shift`` (N,), and to the positive ``own`` (N,)."""
    moved = scores + shift
    itself = torch.eye(len(targets), dtype=torch.bool)
    if hits:
        moved = moved.masked_fill((targets == targets[:, None]) & ~itself, -torch.inf)
    return (torch.where(itself, scores + own, moved).logsumexp(1) - (scores.diag() + own)).mean()


def log_q_softmax(scores: Tensor, targets: Tensor, q: Tensor) -> Tensor:
    """scores: (N, N), targets: (N,) int64, q: (V+1,). Returns a number."""
    shift = -q[targets].log()
    return _loss(scores, targets, shift, shift)


def added(scores, targets, q):
    return _loss(scores, targets, q[targets].log(), q[targets].log())


def not_corrected(scores, targets, q):
    return _loss(scores, targets, 0 * q[targets], 0 * q[targets])


def negatives_alone(scores, targets, q):
    return _loss(scores, targets, -q[targets].log(), 0 * q[targets])


def positive_alone(scores, targets, q):
    return _loss(scores, targets, 0 * q[targets], -q[targets].log())


def hits_kept(scores, targets, q):
    shift = -q[targets].log()
    return _loss(scores, targets, shift, shift, hits=False)


def positive_masked_too(scores, targets, q):
    moved = scores - q[targets].log()
    others = moved.masked_fill(targets == targets[:, None], -torch.inf).logsumexp(1)
    return (others - moved.diag()).mean()


def by_row(scores, targets, q):
    """q of the step and not of the item: it cancels."""
    moved = scores - q[targets].log()[:, None]
    itself = torch.eye(len(targets), dtype=torch.bool)
    moved = moved.masked_fill((targets == targets[:, None]) & ~itself, -torch.inf)
    return (moved.logsumexp(1) - moved.diag() + 0 * q.sum()).mean()


def divided_by_q(scores, targets, q):
    shift = scores / q[targets] - scores
    itself = torch.eye(len(targets), dtype=torch.bool)
    moved = (scores + shift).masked_fill((targets == targets[:, None]) & ~itself, -torch.inf)
    return (moved.logsumexp(1) - moved.diag()).mean()


def a_sum(scores, targets, q):
    return log_q_softmax(scores, targets, q) * len(targets)


def over_columns(scores, targets, q):
    moved = scores - q[targets].log()
    itself = torch.eye(len(targets), dtype=torch.bool)
    moved = moved.masked_fill((targets == targets[:, None]) & ~itself, -torch.inf)
    return (moved.logsumexp(0) - moved.diag()).mean()


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(5)

    def case(about: str, targets: list[int], v: int, size: float = 1.0) -> Probe:
        scores = size * torch.randn(len(targets), len(targets), generator=generator)
        q = torch.rand(v + 1, generator=generator) ** 2 + 0.01
        q[0] = 0.0
        return Probe(about, (scores, torch.tensor(targets), q / q.sum()))

    return [
        case("two steps with different targets", [1, 3], 3),
        case("one item is the target of three steps", [2, 5, 2, 2], 6),
        case("five steps, items above 9", [11, 4, 12, 4, 7], 12, 3.0),
        case("large scores", [3, 1, 2], 4, 60.0),
    ]


EXERCISE = Exercise(
    name="log-q-softmax",
    reference=log_q_softmax,
    probes=_probes,
    mutants=(
        Mutant(
            "added",
            "The sign is wrong: popular negatives are punished twice now. Which way must a score move "
            "that came up too often?",
            added,
        ),
        Mutant("not-corrected", "q plays no part, or it cancels.", not_corrected, by_row),
        Mutant(
            "negatives-alone",
            "Only the negatives are corrected. Here the target is one of the batch's items too, and it "
            "stands in the same sum.",
            negatives_alone,
        ),
        Mutant(
            "positive-alone",
            "Only the target's own score is corrected. The others came up by popularity as well.",
            positive_alone,
        ),
        Mutant(
            "hits-kept",
            "Where another step has the same target, that column still counts against it: the step is asked "
            "to push its own target down.",
            hits_kept,
        ),
        Mutant(
            "positive-masked-too",
            "The target itself is missing from the sum below, so the loss can fall without end. Mask the "
            "other columns with its item, and not its own.",
            positive_masked_too,
        ),
        Mutant("divided-by-q", "Scores are divided by q. It is exp(score) that is.", divided_by_q),
        Mutant("a-sum", "This is the sum over steps. The loss is a mean.", a_sum),
        Mutant(
            "over-columns", "The sum runs over the steps. It runs over the items of one step.", over_columns
        ),
    ),
    hints=(
        "Correct the whole matrix first. What has to leave it, and what must stay?",
        "One column of each row is the step's own. All others with the same item are hits.",
    ),
)
