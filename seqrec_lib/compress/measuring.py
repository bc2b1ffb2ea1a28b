"""What a smaller model costs: bytes, the share of each list that stays, and how long one request takes.

Sizes: ``B`` histories, ``n`` measured times, ``k`` places of a list.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import nn

from ..data.batch import Cases
from ..evaluation.asking import ask, in_order
from ..messages import InputError
from ..models.recommender import Recommender, catalogue_size


def bytes_of(model: nn.Module) -> int:
    """Bytes of all parameters and buffers, each counted once: what a file of its weights holds."""
    seen = {id(each): each for each in [*model.parameters(), *model.buffers()]}
    return sum(each.numel() * each.element_size() for each in seen.values())


def top_items(model: Recommender, cases: Cases, k: int) -> torch.Tensor:
    """``(B, k)``: the list of each case, best first, without items of its history."""

    def best(part: Cases, scores: torch.Tensor) -> torch.Tensor:
        row, item = part.seen()
        scores = scores.clone()
        scores[row, item] = -torch.inf
        scores[:, 0] = -torch.inf
        return scores.topk(k, dim=1).indices

    found, where = ask(model, cases, best, n_items=catalogue_size(model))
    return in_order(found, where)


def kept_top(before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
    """``(B,)``: the share of each list ``before`` ``(B, k)`` that is in ``after`` ``(B, k)`` too."""
    both = (before[:, :, None] == after[:, None, :]).any(2)
    return both.float().mean(1)


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: the smallest value that at least ``share`` of the values do not exceed.

    It is one of the values, the ceil(share * n)-th from below; nothing is interpolated.

    Raises:
        InputError: no values, or a share outside 0 to 1 (0 itself is no share).
    """
    if not len(values):
        raise InputError("there is no time to take a percentile of: measure at least one request")
    if not 0 < share <= 1:
        raise InputError(f"share is {share}: it must be above 0 and at most 1")
    place = -int(-round(share * len(values), 9) // 1)  # ceil; rounding hides 0.95 * 20 = 19.000000000000004
    return sorted(values)[place - 1]


def latencies(
    work: Mapping[str, Callable[[int], object]], times: int = 200, warm: int = 20
) -> dict[str, list[float]]:
    """Milliseconds of each of ``times`` calls of each function; the calls take turns.

    Each function is called with the number of the request. ``warm`` calls before are not counted. Taking
    turns lets a busy moment of the machine fall on all alike. Set the number of threads yourself.
    """
    for run in work.values():
        for number in range(warm):
            run(number)
    spent: dict[str, list[float]] = {name: [] for name in work}
    for number in range(times):
        for name, run in work.items():
            started = time.perf_counter()
            run(number)
            spent[name].append(1000 * (time.perf_counter() - started))
    return spent
