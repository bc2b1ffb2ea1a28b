"""The rank of each target in a batch of scores."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _ranks(scores: Tensor, targets: Tensor, seen: list[list[int]], place, first=1, keep=True) -> Tensor:
    """The ranks, counted from ``first``; ``place(equal)`` is the target's place among its equals."""
    ranks = []
    for row, target, history in zip(scores, targets.tolist(), seen, strict=True):
        allowed = torch.ones(len(row), dtype=torch.bool)
        allowed[[0, *history]] = False
        if keep:
            allowed[target] = True
        better = int(((row > row[target]) & allowed).sum())
        equal = int(((row == row[target]) & allowed).sum())
        ranks.append(better + place(equal) + first - 1)
    return torch.tensor(ranks, dtype=torch.float64)


def _mean(equal: int) -> float:
    return (equal + 1) / 2


def target_ranks(scores: Tensor, targets: Tensor, seen: list[list[int]]) -> Tensor:
    """scores: (B, V+1), targets: (B,), seen: list of lists. Returns (B,) ranks."""
    return _ranks(scores, targets, seen, _mean)


def _variant(place=_mean, **changes):
    return lambda scores, targets, seen: _ranks(scores, targets, seen, place, **changes)


def target_masked(scores, targets, seen):
    """The seen filter takes the target too: nothing finds it, so it comes last."""
    ranks = target_ranks(scores, targets, seen)
    lost = torch.tensor([t in h for t, h in zip(targets.tolist(), seen, strict=True)])
    left = torch.tensor([scores.shape[1] - len({0, *h}) + 1.0 for h in seen])
    return torch.where(lost, left, ranks)


def _hidden(scores, targets, seen, read_after):
    """Scores of seen items become -inf, the target's too; its own score is read before or after that."""
    hidden = scores.clone()
    hidden[:, 0] = -torch.inf
    for row, history in enumerate(seen):
        hidden[row, history] = -torch.inf
    own = (hidden if read_after else scores).gather(1, targets[:, None])
    return (hidden > own).sum(1) + ((hidden == own).sum(1) + 1) / 2


def _set_to(padding: float, history: float):
    """What leaves the ranking gets a score, padding one and the seen items one; the target keeps its own."""

    def ranks(scores, targets, seen):
        hidden, own = scores.clone(), scores.gather(1, targets[:, None])
        hidden[:, 0] = padding
        for row, items in enumerate(seen):
            hidden[row, items] = history
        hidden.scatter_(1, targets[:, None], own)
        return (hidden > own).sum(1) + ((hidden == own).sum(1) + 1) / 2

    return ranks


def seen_kept(scores, targets, seen):
    return target_ranks(scores, targets, [[] for _ in seen])


def first_target(scores, targets, seen):
    return target_ranks(scores, targets[:1].expand(len(targets)), seen)


def first_column(scores, targets, seen):
    return target_ranks(scores, torch.ones_like(targets), seen)


def padding_ranked(scores, targets, seen):
    moved = torch.cat([torch.full_like(scores[:, :1], -torch.inf), scores], dim=1)
    return target_ranks(moved, targets + 1, [[item + 1 for item in history] for history in seen])


def first_history(scores, targets, seen):
    return target_ranks(scores, targets, [seen[0]] * len(seen))


def columns_decide(scores, targets, seen):
    """Places in a sort: equal scores get them in the order of their columns."""
    ranks = []
    for row, target, history in zip(scores, targets.tolist(), seen, strict=True):
        hidden = {0, *history} - {target}
        order = [i for i in torch.argsort(row, descending=True, stable=True).tolist() if i not in hidden]
        ranks.append(order.index(target) + 1)
    return torch.tensor(ranks)


def _near(width: float):
    """Scores that differ by less than ``width`` count as equal."""
    return lambda scores, targets, seen: torch.cat(
        [
            target_ranks(torch.where((row - row[t]).abs() < width, row[t], row)[None], t[None], [history])
            for row, t, history in zip(scores, targets, seen, strict=True)
        ]
    )


def lowest_first(scores, targets, seen):
    return target_ranks(-scores, targets, seen)


def _probes() -> list[Probe]:
    plain = torch.tensor(
        [[-9.0, 0.1, 0.9, 0.4, 0.7, 0.2], [-9.0, 0.8, 0.3, 0.6, 0.5, 0.9], [-9.0, 0.2, 0.1, 0.5, 0.3, 0.4]]
    )
    ties = torch.tensor([[-9.0, 0.5, 0.9, 0.5, 0.5, 0.5], [-9.0, 0.1, 0.8, 0.8, 0.3, 0.8]])
    negative = torch.tensor([[0.0, -1.2, -0.3, -2.0, 0.4, -0.8], [0.0, -0.5, -1.5, 0.2, -0.9, -2.2]])
    near = torch.tensor([[-9.0, 0.5, 0.505, 0.506, 0.9, 0.1]])
    loud = torch.tensor([[7.0, 0.1, 0.9, 0.4, 0.7, 0.2], [7.0, 0.8, 0.3, 0.6, 0.5, 0.9]])
    return [
        Probe("three rows, nothing seen", (plain, torch.tensor([3, 4, 2]), [[], [], []])),
        Probe("better items seen", (plain, torch.tensor([3, 4, 5]), [[2], [1, 5], [3, 1]])),
        Probe("the target among the seen items", (plain, torch.tensor([4, 3, 5]), [[4, 2], [3, 1], [1, 2]])),
        Probe("equal scores", (ties, torch.tensor([3, 5]), [[], []])),
        Probe("equal scores, one of them seen", (ties, torch.tensor([4, 2]), [[1], [3, 4]])),
        Probe("padding scores highest", (loud, torch.tensor([5, 2]), [[1], [3]])),
        Probe("negative scores, some items seen", (negative, torch.tensor([3, 2]), [[2, 4], [1, 5]])),
        Probe("scores that nearly tie", (near, torch.tensor([1]), [[]])),
    ]


EXERCISE = Exercise(
    name="rank-of-target",
    reference=target_ranks,
    probes=_probes,
    mutants=(
        Mutant("rank-from-zero", "Ranks start at 1: the best item has rank 1, not 0.", _variant(first=0)),
        Mutant(
            "ties-for-the-model",
            "Among equal scores the target goes first. That favours the model: take the mean place.",
            _variant(lambda equal: 1),
        ),
        Mutant(
            "ties-against-the-model",
            "Among equal scores the target goes last. Take the mean of the places it may get.",
            _variant(lambda equal: equal),
        ),
        Mutant(
            "target-masked",
            "The seen filter drops the target where the user met it before. A target stays in the ranking.",
            target_masked,
            lambda scores, targets, seen: _hidden(scores, targets, seen, read_after=True),
            lambda scores, targets, seen: _hidden(scores, targets, seen, read_after=False),
        ),
        Mutant(
            "hidden-score-is-zero",
            "What leaves the ranking gets a score like 0, which beats a lower one. Give it minus infinity.",
            _set_to(-torch.inf, 0.0),
            _set_to(0.0, 0.0),
            _set_to(0.0, -torch.inf),
        ),
        Mutant("seen-kept", "The seen items still take part in the ranking.", seen_kept),
        Mutant(
            "target-of-first-row",
            "Every row gets the target of the first row. Each row has its own.",
            first_target,
        ),
        Mutant(
            "hard-coded-target",
            "The target is taken to stand in one fixed column. Look it up in targets.",
            first_column,
        ),
        Mutant("padding-ranked", "Column 0 is padding, and here it takes a place.", padding_ranked),
        Mutant(
            "history-of-first-row",
            "Every row loses the history of the first. Each has its own.",
            first_history,
        ),
        Mutant(
            "order-of-the-columns",
            "Equal scores get the order in which the sort leaves them, and that order is chance. Take the "
            "mean of the places that the target may get.",
            columns_decide,
        ),
        Mutant(
            "near-ties",
            "Scores that lie close together count as equal here. Only exactly equal ones tie.",
            _near(0.01),
        ),
        Mutant("lowest-first", "The lowest score ranks first here; the highest should.", lowest_first),
    ),
    hints=(
        "For one row: who takes part, how many of them score higher, how many score the same?",
        "With b better and e equal items (the target is one), the mean rank is b + (e + 1) / 2.",
    ),
)
