"""In-batch softmax with the correction for popularity: sign, what is corrected, accidental hits."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _loss(scores: Tensor, targets: Tensor, shift: Tensor, own: Tensor, hits: bool = True) -> Tensor:
    """scores (N, N), what is added to column j ``shift`` (N,), and to the step's own score ``own`` (N,)."""
    moved, itself = scores + shift, torch.eye(len(targets), dtype=torch.bool)
    if hits:
        moved = moved.masked_fill(targets == targets[:, None], -torch.inf)
    return (torch.where(itself, scores + own, moved).logsumexp(1) - (scores.diag() + own)).mean()


def _expected(targets: Tensor, q: Tensor) -> Tensor:
    """How often the others' targets hold each column's item, on average: (N,)."""
    return (len(targets) - 1) * q[targets]


def log_q_softmax(scores: Tensor, targets: Tensor, q: Tensor) -> Tensor:
    """scores: (N, N), targets: (N,) int64, q: (V+1,). Returns a number."""
    shift = -_expected(targets, q).log()
    return _loss(scores, targets, shift, torch.zeros_like(shift))


def added(scores, targets, q):
    return _loss(scores, targets, _expected(targets, q).log(), 0 * q[targets])


def not_corrected(scores, targets, q):
    return _loss(scores, targets, 0 * q[targets], 0 * q[targets])


def own_corrected(scores, targets, q):
    shift = -_expected(targets, q).log()
    return _loss(scores, targets, shift, shift)


def own_corrected_below(scores, targets, q):
    """The step's own score is corrected in the sum and not above it."""
    shift = -_expected(targets, q).log()
    return own_corrected(scores, targets, q) + shift.mean()


def positive_alone(scores, targets, q):
    return _loss(scores, targets, 0 * q[targets], -_expected(targets, q).log())


def positive_alone_by_share(scores, targets, q):
    return _loss(scores, targets, 0 * q[targets], -q[targets].log())


def share_alone(scores, targets, q):
    return _loss(scores, targets, -q[targets].log(), 0 * q[targets])


def all_steps_counted(scores, targets, q):
    return _loss(scores, targets, -(len(targets) * q[targets]).log(), 0 * q[targets])


def hits_kept(scores, targets, q):
    return _loss(scores, targets, -_expected(targets, q).log(), 0 * q[targets], hits=False)


def positive_masked_too(scores, targets, q):
    moved = scores - _expected(targets, q).log()
    others = moved.masked_fill(targets == targets[:, None], -torch.inf).logsumexp(1)
    return (others - scores.diag()).mean()


def by_row(scores, targets, q):
    """q of the step and not of the item."""
    return _loss(scores, targets, -_expected(targets, q).log()[:, None], 0 * q[targets])


def divided_by_q(scores, targets, q):
    return _loss(scores, targets, scores / _expected(targets, q) - scores, 0 * q[targets])


def a_sum(scores, targets, q):
    return log_q_softmax(scores, targets, q) * len(targets)


def over_columns(scores, targets, q):
    moved = scores - _expected(targets, q).log()
    moved = moved.masked_fill(targets == targets[:, None], -torch.inf)
    moved = torch.where(torch.eye(len(targets), dtype=torch.bool), scores, moved)
    return (moved.logsumexp(0) - scores.diag()).mean()


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
        Mutant("not-corrected", "q plays no part, or it cancels.", not_corrected),
        Mutant(
            "own-corrected",
            "The step's own score is corrected as well. Once hits are masked it stands there for certain, "
            "and was not drawn.",
            own_corrected,
            own_corrected_below,
        ),
        Mutant(
            "positive-alone",
            "Only the target's own score is corrected. It is the others that came up by popularity.",
            positive_alone,
            positive_alone_by_share,
        ),
        Mutant(
            "share-alone",
            "q is corrected for as if one item had been drawn. How many other steps bring one?",
            share_alone,
        ),
        Mutant(
            "all-steps-counted",
            "All N steps are counted as draws. The step itself brings no negative.",
            all_steps_counted,
        ),
        Mutant(
            "by-row",
            "The q of the step's own target is taken for its whole row. Each column has an item of its own.",
            by_row,
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
        "Correct the whole matrix first. What has to leave it, and which scores must be as they were?",
        "One column of each row is the step's own. All others with the same item are hits.",
    ),
)
