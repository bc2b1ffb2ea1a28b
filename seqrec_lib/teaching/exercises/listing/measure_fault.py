"""The fault of the measure: accuracy where a list is shown."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe
from .fault import Fault


def accuracy(scores, answers, k):
    return float((scores.argmax(1) == answers).float().mean())


def mean_ndcg(scores: Tensor, answers: Tensor, k: int) -> float:
    """scores: (B, V), answers: (B,), no ties. Returns the mean NDCG@k."""
    rank = 1 + (scores > scores.gather(1, answers[:, None])).sum(1)  # (B,)
    return float(((rank <= k) / torch.log2(rank + 1)).mean())


def _mean_hit(scores, answers, k):
    rank = 1 + (scores > scores.gather(1, answers[:, None])).sum(1)
    return float((rank <= k).float().mean())


def _ranking(places: list[int], items: int = 200) -> tuple[Tensor, Tensor]:
    """Scores whose answer, item 0, stands at the given place in each row."""
    scores = -torch.arange(items).float().repeat(len(places), 1)
    for row, place in enumerate(places):
        scores[row, 0] = -(place - 0.5)
    return scores, torch.zeros(len(places), dtype=torch.int64)


def _accuracy_cost() -> tuple[str, dict]:
    near, far = _ranking([1, 2, 2, 2]), _ranking([1, 150, 150, 150])
    numbers = {"accuracy_near": accuracy(*near, 10), "accuracy_far": accuracy(*far, 10)}
    numbers |= {"ndcg_near": mean_ndcg(*near, 10), "ndcg_far": mean_ndcg(*far, 10)}
    words = (
        "One model puts what it misses second, another 150th. Accuracy gives both {accuracy_near:.2f} and "
        "{accuracy_far:.2f}; NDCG@10 gives {ndcg_near:.2f} and {ndcg_far:.2f}."
    )
    return words, numbers


ACCURACY = Fault(
    name="accuracy",
    title="Accuracy instead of ranking",
    difficulty="medium",
    minutes=10,
    excerpt="        right += (model(clips).argmax(1) == answer).sum().item()\n",
    faulty=accuracy,
    measure=_accuracy_cost,
    task="Readers see k items. Return the mean NDCG@k: 1 / log2(rank + 1) up to rank k, else 0.",
    exercise=Exercise(
        name="accuracy",
        reference=mean_ndcg,
        probes=lambda: [
            Probe("places 1, 2, 3 and 40", (*_ranking([1, 2, 3, 40]), 10)),
            Probe("place 10 and 11", (*_ranking([10, 11]), 10)),
            Probe("a short list", (*_ranking([1, 4, 6]), 5)),
        ],
        mutants=(
            Mutant(
                "accuracy", "Only the first place counts here; the second is as bad as the last.", accuracy
            ),
            Mutant("hit-rate", "Every place up to k counts the same. Discount by rank.", _mean_hit),
        ),
        hints=("The rank is 1 plus the number of items that score higher than the answer.",),
    ),
)
