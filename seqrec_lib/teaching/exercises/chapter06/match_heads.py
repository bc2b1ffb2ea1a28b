"""Heads have no order: match them to causes before you average over runs."""

from __future__ import annotations

from itertools import permutations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _best(run: Tensor) -> Tensor:
    """``(K, K)``: the run's heads in the order in which head k serves cause k best, all together."""
    orders = list(permutations(range(len(run))))
    return max((run[list(order)] for order in orders), key=lambda found: float(found.diagonal().sum()))


def match_heads(weights: Tensor) -> Tensor:
    """weights: (R, K, K): run, head, cause. Returns (K,)."""
    return torch.stack([_best(run).diagonal() for run in weights]).mean(0)


def not_matched(weights):
    return weights.mean(0).diagonal()


def best_head_each(weights):
    """One head may serve two causes."""
    return weights.amax(1).mean(0)


def greedy(weights):
    """Cause after cause takes the best head that is left."""
    found = []
    for run in weights:
        left, mine = list(range(len(run))), []
        for cause in range(len(run)):
            head = max(left, key=lambda h: float(run[h, cause]))
            left.remove(head)
            mine.append(run[head, cause])
        found.append(torch.stack(mine))
    return torch.stack(found).mean(0)


def matched_to_the_mean(weights):
    """One order for all runs."""
    orders = permutations(range(weights.shape[1]))
    mean = weights.mean(0)
    return max((mean[list(order)].diagonal() for order in orders), key=lambda found: float(found.sum()))


def causes_for_heads(weights):
    return match_heads(weights.transpose(1, 2))


def best_run(weights):
    runs = [_best(run).diagonal() for run in weights]
    return max(runs, key=lambda found: float(found.sum()))


def averaged_over_heads(weights):
    return weights.mean(1).mean(0)


def _probes() -> list[Probe]:
    swapped = torch.tensor([[[0.7, 0.1], [0.2, 0.6]], [[0.3, 0.5], [0.8, 0.1]]])
    leaning = torch.tensor([[[0.9, 0.8], [0.7, 0.1]], [[0.5, 0.2], [0.4, 0.3]], [[0.1, 0.3], [0.6, 0.5]]])
    # The largest sum leaves one cause almost bare; the largest product and the largest minimum do not.
    uneven = torch.tensor([[[0.9, 0.5], [0.45, 0.1]], [[0.2, 0.3], [0.8, 0.4]]])
    generator = torch.Generator().manual_seed(46)
    three = torch.rand(4, 3, 3, generator=generator)
    return [
        Probe("two runs, whose heads changed places", (swapped,)),
        Probe("a head that is the better one for both causes", (leaning,)),
        Probe("a run in which the largest sum leaves one cause almost bare", (uneven,)),
        Probe("four runs of three heads", (three,)),
        Probe("one run", (torch.rand(1, 3, 3, generator=generator),)),
    ]


EXERCISE = Exercise(
    name="match-heads",
    reference=match_heads,
    probes=_probes,
    mutants=(
        Mutant(
            "not-matched",
            "Head 1 of one run is averaged with head 1 of another. The numbers of heads mean nothing.",
            not_matched,
        ),
        Mutant(
            "one-head-twice",
            "One head may serve two causes here, so even a single head looks like two specialists.",
            best_head_each,
        ),
        Mutant(
            "greedy",
            "The first cause takes its best head and leaves the rest to the others. Look for the order in "
            "which all causes together get most.",
            greedy,
        ),
        Mutant(
            "one-order-for-all",
            "The runs were averaged first and matched afterwards; by then the heads are mixed.",
            matched_to_the_mean,
        ),
        Mutant("axes-swapped", "Heads and causes changed places.", causes_for_heads),
        Mutant("best-run", "The best run alone is shown; the mean over all runs is asked for.", best_run),
        Mutant(
            "mean-over-heads",
            "This is the mean over heads, and it cannot show a specialist.",
            averaged_over_heads,
        ),  # fmt: skip
    ),
    hints=(
        "Take the first run alone. Which of the orders of its heads gives the largest sum on the diagonal?",
        "itertools.permutations lists the orders; match each run by itself, then average.",
    ),
)
