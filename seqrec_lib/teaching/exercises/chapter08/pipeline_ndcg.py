"""NDCG of two stages: what the first one loses counts."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _handed_on(first: Tensor, seen: Tensor | None, count: int) -> Tensor:
    first = first.clone()
    if seen is not None:
        first = first.masked_fill(seen, -torch.inf)
    first[:, 0] = -torch.inf
    return first.topk(count, 1).indices  # (B, count)


def _gains(lists: Tensor, target: Tensor, k: int) -> Tensor:
    """``(B,)``: lists ``(B, n)``, best first."""
    hit = lists[:, :k] == target[:, None]
    gain = 1 / torch.log2(torch.arange(2.0, hit.shape[1] + 2))
    return (hit * gain).sum(1)


def _ordered(items: Tensor, second: Tensor) -> Tensor:
    return items.gather(1, second.gather(1, items).argsort(1, descending=True))


def pipeline_ndcg(first: Tensor, second: Tensor, seen: Tensor, target: Tensor, count: int, k: int) -> float:
    """first, second, seen: (B, V+1), target: (B,). Returns one number."""
    return float(_gains(_ordered(_handed_on(first, seen, count), second), target, k).mean())


def lost_left_out(first, second, seen, target, count, k):
    items = _handed_on(first, seen, count)
    inside = (items == target[:, None]).any(1)
    if not inside.any():
        return 0.0
    return float(_gains(_ordered(items, second), target, k)[inside].mean())


def filtered_late(first, second, seen, target, count, k):
    items = _handed_on(first, None, count)
    scores = second.gather(1, items).masked_fill(seen.gather(1, items), -torch.inf)
    order = scores.argsort(1, descending=True)
    return float(_gains(items.gather(1, order), target, k).mean())


def never_filtered(first, second, seen, target, count, k):
    return float(_gains(_ordered(_handed_on(first, None, count), second), target, k).mean())


def ranker_alone(first, second, seen, target, count, k):
    return float(_gains(_handed_on(second, seen, second.shape[1] - 1), target, k).mean())


def first_alone(first, second, seen, target, count, k):
    return float(_gains(_handed_on(first, seen, count), target, k).mean())


def target_let_in(first, second, seen, target, count, k):
    """The target always reaches the ranker."""
    first = first.clone()
    first[torch.arange(len(first)), target] = torch.inf
    return pipeline_ndcg(first, second, seen, target, count, k)


def cut_first(first, second, seen, target, count, k):
    """The list is cut to k before the ranker."""
    return float(_gains(_ordered(_handed_on(first, seen, min(count, k)), second), target, k).mean())


def _probes() -> list[Probe]:
    chance = torch.Generator().manual_seed(85)

    def case(about: str, b: int, v: int, count: int, k: int, met: float, pull: float) -> Probe:
        first, second = torch.randn(2, b, v + 1, generator=chance)
        seen = torch.rand(b, v + 1, generator=chance) < met
        seen[:, 0] = False
        target = torch.randint(1, v + 1, (b,), generator=chance)
        seen[torch.arange(b), target] = False
        first[torch.arange(b), target] += pull
        second[torch.arange(b), target] += pull
        first[:, 0] = second[:, 0] = 9.0  # padding would win
        return Probe(about, (first, second, seen, target, count, k))

    small = Probe(
        "two users, five items",
        (
            torch.tensor([[9.0, 5, 4, 3, 2, 1], [9.0, 1, 2, 3, 4, 5]]),
            torch.tensor([[9.0, 1, 2, 3, 5, 4], [9.0, -1, -2, 4, 2, 6]]),
            torch.tensor([[False, True, False, False, False, False], [False] * 5 + [True]]),
            torch.tensor([2, 1]),
            3,
            2,
        ),
    )
    return [
        small,
        case("seven users, some lose their target", 7, 14, 6, 3, 0.3, 1.2),
        case("a long list for few candidates", 12, 25, 8, 10, 0.35, 1.0),
    ]


EXERCISE = Exercise(
    name="pipeline-ndcg",
    reference=pipeline_ndcg,
    probes=_probes,
    mutants=(
        Mutant(
            "lost-left-out",
            "Users whose target was lost are not in the mean. They count 0, and they are the "
            "first stage's share of the error.",
            lost_left_out,
        ),
        Mutant(
            "filtered-late",
            "Seen items leave after the candidates were taken, so fewer are left to rank.",
            filtered_late,
        ),
        Mutant("never-filtered", "Seen items are still among the candidates.", never_filtered),
        Mutant(
            "ranker-alone",
            "The ranker orders the whole catalogue here. It gets what the first stage hands on.",
            ranker_alone,
        ),
        Mutant(
            "first-alone",
            "The candidates stay in the first stage's order; the ranker's scores decide.",
            first_alone,
        ),
        Mutant(
            "target-let-in", "The target reaches the ranker in every row, recalled or not.", target_let_in
        ),
        Mutant(
            "cut-first", "The candidates are cut to k before they are ranked. The cut comes last.", cut_first
        ),
    ),
    hints=(
        "Follow one user of the first probe on paper: which three items are handed on, and how are "
        "they ordered?",
        "Mask, take `count` by the first scores, order those by the second, look for the target "
        "among the first k.",
    ),
)
