"""In-batch softmax over the targets of several ranks whose users differ: how often is an item expected?"""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _expected(ranks: Tensor, targets: Tensor, q: Tensor, less_own: float = 1.0) -> Tensor:
    """(N, N): how often the item of column j is expected among the other steps' targets, seen from step i."""
    counts = ranks.bincount(minlength=len(q)).to(q.dtype)  # (W,)
    everything = counts @ q[:, targets]  # (N,)
    return everything - less_own * q[ranks][:, targets]


def _loss(scores: Tensor, targets: Tensor, shift: Tensor, own: float = 0.0, hits: bool = True) -> Tensor:
    """(N,): each step's loss, with ``shift`` (N, N) added to the scores, and ``own`` of it to its own."""
    itself = torch.eye(len(targets), dtype=torch.bool)
    moved = scores + shift
    if hits:
        moved = moved.masked_fill(targets == targets[:, None], -torch.inf)
    mine = scores + own * shift
    return torch.where(itself, mine, moved).logsumexp(1) - mine.diag()


def negatives_of_ranks(scores: Tensor, ranks: Tensor, targets: Tensor, q: Tensor) -> Tensor:
    """scores: (N, N), ranks, targets: (N,) int64, q: (W, V+1). Returns a number."""
    return _loss(scores, targets, -_expected(ranks, targets, q).log()).mean()


def own_rank_alone(scores, ranks, targets, q):
    expected = (len(targets) - 1) * q[ranks][:, targets]
    return _loss(scores, targets, -expected.log()).mean()


def ranks_alike(scores, ranks, targets, q):
    expected = (len(targets) - 1) * q.mean(0)[targets]
    return _loss(scores, targets, -expected.log().expand_as(scores)).mean()


def pooled(scores, ranks, targets, q):
    """One q for the whole batch, weighted by the steps of each rank, and N - 1 draws from it."""
    shares = ranks.bincount(minlength=len(q)) / len(ranks)
    expected = (len(targets) - 1) * (shares.to(q.dtype) @ q)[targets]
    return _loss(scores, targets, -expected.log().expand_as(scores)).mean()


def of_the_column(scores, ranks, targets, q):
    expected = (len(targets) - 1) * q[ranks, targets]
    return _loss(scores, targets, -expected.log().expand_as(scores)).mean()


def all_steps_counted(scores, ranks, targets, q):
    return _loss(scores, targets, -_expected(ranks, targets, q, 0.0).log()).mean()


def own_rank_left_out(scores, ranks, targets, q):
    counts = ranks.bincount(minlength=len(q)).to(q.dtype)
    expected = _expected(ranks, targets, q, 0.0) - counts[ranks][:, None] * q[ranks][:, targets]
    return _loss(scores, targets, -(expected + 1e-9).log()).mean()


def own_rank_by_its_steps(scores, ranks, targets, q):
    """Only the own rank's draws, in their right number."""
    counts = ranks.bincount(minlength=len(q)).to(q.dtype)
    expected = (counts[ranks] - 1)[:, None] * q[ranks][:, targets]
    return _loss(scores, targets, -(expected + 1e-9).log()).mean()


def shares_alone(scores, ranks, targets, q):
    expected = _expected(ranks, targets, q) / (len(targets) - 1)
    return _loss(scores, targets, -expected.log()).mean()


def added(scores, ranks, targets, q):
    return _loss(scores, targets, _expected(ranks, targets, q).log()).mean()


def not_corrected(scores, ranks, targets, q):
    return _loss(scores, targets, torch.zeros_like(scores)).mean()


def own_corrected(scores, ranks, targets, q):
    return _loss(scores, targets, -_expected(ranks, targets, q).log(), own=1.0).mean()


def hits_kept(scores, ranks, targets, q):
    return _loss(scores, targets, -_expected(ranks, targets, q).log(), hits=False).mean()


def turned(scores, ranks, targets, q):
    return _loss(scores, targets, -_expected(ranks, targets, q).log().T).mean()


def a_sum(scores, ranks, targets, q):
    return len(targets) * negatives_of_ranks(scores, ranks, targets, q)


def mean_of_means(scores, ranks, targets, q):
    each = _loss(scores, targets, -_expected(ranks, targets, q).log())
    return torch.stack([each[ranks == rank].mean() for rank in ranks.unique()]).mean()


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(7)

    def case(about: str, ranks: list[int], targets: list[int], v: int, size: float = 1.0) -> Probe:
        scores = size * torch.randn(len(targets), len(targets), generator=generator)
        q = torch.rand(max(ranks) + 1, v + 1, generator=generator) ** 3 + 0.01
        q[:, 0] = 0.0
        return Probe(about, (scores, torch.tensor(ranks), torch.tensor(targets), q / q.sum(1, keepdim=True)))

    return [
        case("two ranks, four steps, all targets different", [0, 0, 0, 1], [1, 4, 2, 3], 4),
        case("an item that is a target on both ranks", [0, 1, 1, 0, 1], [2, 2, 5, 1, 3], 6),
        case("three ranks of unequal size", [2, 0, 1, 0, 0, 2], [7, 3, 7, 9, 1, 4], 12, 2.0),
        case("four steps of one rank against two of another", [1, 0, 1, 1, 0, 1], [3, 1, 5, 2, 6, 4], 8),
    ]  # fmt: skip


EXERCISE = Exercise(
    name="negatives-of-ranks",
    reference=negatives_of_ranks,
    probes=_probes,
    mutants=(
        Mutant(
            "own-rank-alone",
            "Every column is corrected by the q of the step's own rank. Other ranks brought negatives too, "
            "and their users choose otherwise.",
            own_rank_alone,
            own_rank_by_its_steps,
        ),
        Mutant(
            "ranks-alike",
            "The ranks' q are averaged as if each had equally many steps.",
            ranks_alike,
        ),
        Mutant(
            "pooled",
            "One q of the whole batch stands for all, with N − 1 draws. Seen from a step, its own rank has "
            "one draw less than it has steps, and the other ranks have all of theirs.",
            pooled,
        ),
        Mutant(
            "of-the-column",
            "A column is corrected by the q of the rank that happened to bring it. The item could have come "
            "from any rank: add up what each is expected to bring.",
            of_the_column,
        ),
        Mutant(
            "all-steps-counted",
            "All steps are counted as draws. A step itself brings no negative for itself.",
            all_steps_counted,
        ),
        Mutant(
            "own-rank-left-out",
            "The own rank's other steps are missing: they bring negatives too.",
            own_rank_left_out,
        ),
        Mutant(
            "shares-alone",
            "This corrects for one draw. How many other steps bring an item?",
            shares_alone,
        ),
        Mutant("added", "The sign is wrong: an item that comes up often counts even more now.", added),
        Mutant("not-corrected", "q plays no part, or it cancels.", not_corrected),
        Mutant(
            "own-corrected",
            "The step's own score is corrected too. It stands there for certain, and was not drawn.",
            own_corrected,
        ),
        Mutant(
            "hits-kept",
            "Another step with the same target, on whatever rank, counts as a negative: the step pushes its "
            "own target down.",
            hits_kept,
        ),
        Mutant("turned", "Rows and columns of the correction have changed places.", turned),
        Mutant("a-sum", "This is the sum over steps. The loss is a mean.", a_sum),
        Mutant(
            "mean-of-means",
            "Each rank's mean is averaged. The chapter begins with what is wrong about that.",
            mean_of_means,
        ),
    ),
    hints=(
        "Fix one step. Which other steps bring a negative, and from which rank does each of them draw?",
        "Rank r brings as many draws from its own q as it has steps; the rank of the step itself, one less.",
    ),
)
