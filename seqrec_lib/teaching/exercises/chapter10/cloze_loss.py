"""The loss of hidden items: which steps count, and over which items the softmax runs."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _each(scores: Tensor, items: Tensor, first: int = 1) -> Tensor:
    """``(B, T)``: minus the log probability of each step's own item; ``first``: the softmax's first item."""
    logs = scores[..., first:].log_softmax(-1)  # (B, T, V)
    return -logs.gather(-1, (items - first).clamp(min=0)[..., None])[..., 0]


def cloze_loss(scores: Tensor, items: Tensor, gaps: Tensor, lengths: Tensor) -> Tensor:
    """scores: (B, T, V+1), items: (B, T), gaps: (B, T) bool, lengths: (B,). Returns a number."""
    return _each(scores, items)[gaps].mean()


def _over(steps: Callable[[Tensor, Tensor], Tensor]) -> Callable:
    """The mean over other steps: ``steps(gaps, real)``."""

    def answer(scores, items, gaps, lengths):
        real = torch.arange(items.shape[1]) < lengths[:, None]
        return _each(scores, items)[steps(gaps, real)].mean()

    return answer


def _row_by_row(scores, items, gaps, lengths):
    each = _each(scores, items)
    return torch.stack([row[hidden].mean() for row, hidden in zip(each, gaps, strict=True)]).mean()


def _summed(scores, items, gaps, lengths):
    return _each(scores, items)[gaps].sum()


def _over_all_steps(scores, items, gaps, lengths):
    return (_each(scores, items) * gaps).mean()


def _padding_ranked(scores, items, gaps, lengths):
    return _each(scores, items, first=0)[gaps].mean()


def _what_follows(scores, items, gaps, lengths):
    following = torch.cat([items[:, 1:], items[:, -1:]], dim=1).clamp(min=1)
    return _each(scores, following)[gaps].mean()


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(10)

    def case(about: str, lengths: list[int], width: int, n_items: int, hidden: list[list[int]], size: float):
        shape = (len(lengths), width)
        items = torch.randint(1, n_items + 1, shape, generator=generator)
        real = torch.arange(width) < torch.tensor(lengths)[:, None]
        gaps = torch.zeros(shape, dtype=torch.bool)
        for row, steps in enumerate(hidden):
            gaps[row, steps] = True
        scores = size * torch.randn(*shape, n_items + 1, generator=generator).double()
        return Probe(about, (scores, items * real, gaps, torch.tensor(lengths)))

    return [
        case("one row, one gap", [3], 4, 2, [[1]], 1.0),
        case("rows with different numbers of gaps", [5, 2, 4], 6, 12, [[0, 2, 4], [1], [1, 2]], 1.5),
        case("every item of a short row is hidden", [1, 7], 7, 9, [[0], [3, 5]], 1.0),
        case("scores far from 0", [4, 6, 3, 5], 6, 15, [[3], [0, 5], [2], [1, 4]], 30.0),
    ]


EXERCISE = Exercise(
    name="cloze-loss",
    reference=cloze_loss,
    probes=_probes,
    mutants=(
        Mutant(
            "seen-items",
            "These are the steps that the model could see. Which steps had to be guessed?",
            _over(lambda gaps, real: real & ~gaps),
        ),
        Mutant(
            "every-real-step",
            "Every real step counts here. To copy what can be seen is no task: which steps are left?",
            _over(lambda gaps, real: real),
        ),
        Mutant(
            "every-step",
            "Every step counts here, padding too.",
            _over(lambda gaps, real: torch.ones_like(gaps)),
        ),
        Mutant(
            "row-by-row",
            "The mean is taken in each row first, so a gap in a row with many gaps counts less. Take one "
            "mean over all gaps.",
            _row_by_row,
        ),
        Mutant("summed", "This is a sum over the gaps. Asked for is their mean.", _summed),
        Mutant(
            "divided-by-all",
            "The sum over the gaps is right, but it is divided by the number of all steps.",
            _over_all_steps,
        ),
        Mutant(
            "padding-ranked",
            "The softmax runs over column 0 too. That column belongs to padding, which is no item.",
            _padding_ranked,
        ),
        Mutant(
            "what-follows",
            "The target here is the item that follows the gap. What stood in the gap itself?",
            _what_follows,
        ),
    ),
    hints=(
        "First find minus the log probability of the item at each step. Then decide which steps count.",
        "`gaps` can be used as an index. Look at the columns over which your softmax runs.",
    ),
)
