"""An input that three wrong losses cannot survive: right on random numbers is not yet right."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ....messages import message
from ..breaking import BreakingInput, Rival


def next_item_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """logits: (B, T, V+1), targets: (B, T) int64, 0 = none. Returns the mean loss of the real steps."""
    real = targets > 0
    return F.cross_entropy(logits[real][:, 1:], targets[real] - 1)


def softmax_then_log(logits: Tensor, targets: Tensor) -> Tensor:
    real = targets > 0
    p = logits[real][:, 1:].softmax(-1)  # (N, V)
    own = p[torch.arange(len(p)), targets[real] - 1]
    return -(own + 1e-8).log().mean()


def mean_of_rows(logits: Tensor, targets: Tensor) -> Tensor:
    rows = [
        F.cross_entropy(row[wanted > 0][:, 1:], wanted[wanted > 0] - 1)
        for row, wanted in zip(logits, targets, strict=True)
    ]
    return sum(rows, torch.zeros(())) / len(rows)


def padding_at_minus_100(logits: Tensor, targets: Tensor) -> Tensor:
    hidden = logits.clone()
    hidden[..., 0] = -100
    real = targets > 0
    return F.cross_entropy(hidden[real], targets[real])


def _ready(logits: object, targets: object) -> tuple | str:
    """The two tensors as the losses take them, or what is wrong with them."""
    x, y = torch.as_tensor(logits).float(), torch.as_tensor(targets)
    if x.ndim != 3 or x.shape[:2] != y.shape or x.shape[-1] < 3:
        return message(
            "`logits` should be (B, T, V+1) with two items or more, `targets` (B, T); they are {x} and {y}.",
            x=tuple(x.shape),
            y=tuple(y.shape),
        )
    if y.is_floating_point() or int(y.min()) < 0 or int(y.max()) >= x.shape[-1]:
        return message("`targets` should hold whole numbers from 0 to V.")
    if not bool((y > 0).any(1).all()):
        return message("Each row should have a real target, so that its mean exists.")
    if x.numel() > 100:
        return message("`logits` holds {n} numbers. Do it with 100 at most.", n=x.numel())
    if not bool(torch.isfinite(x).all()):
        return message("`logits` should be finite.")
    return x, y.long()


def _example() -> tuple:
    logits = [[[0.0, -200, -230, -210], [0, -205, -200, -201]], [[0, -200, -201, -203], [0, 0, 0, 0]]]
    return torch.tensor(logits), torch.tensor([[2, 1], [3, 0]])


def _tries() -> dict[str, tuple]:
    drawn = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(0))
    logits, targets = _example()
    return {
        "softmax_then_log": (drawn, torch.tensor([[1, 4, 2], [3, 1, 0]])),
        "mean_of_rows": (torch.tensor([[[0, -200.0, -230, -201], [0, -200, -201, -202]]]), targets[:1]),
        "padding_at_minus_100": (logits + 200, targets),
    }


EXERCISE = BreakingInput(
    name="inputs-for-the-loss",
    right=next_item_loss,
    rivals=(
        Rival(
            softmax_then_log,
            "Its 1e-8 matters only where the target's probability is about that small. How far must the "
            "target's score lie below the best one?",
        ),
        Rival(
            mean_of_rows,
            "It lets every row weigh the same, the right one every real step. In what kind of batch is that "
            "the same?",
        ),
        Rival(
            padding_at_minus_100,
            "Beside a score of 0 or more, −100 is as good as minus infinity. Beside which scores is it not?",
        ),
    ),
    ready=_ready,
    example=_example,
    arguments=("logits", "targets"),
    hints=(
        "Take one function after the other: which line differs from the right loss, and when does it matter?",
        "You need rows with unlike numbers of real steps, a target that the model holds for almost "
        "impossible, and one more thing about the level of all scores.",
    ),
    tries=_tries,
)
