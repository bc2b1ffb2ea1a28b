"""Stand-ins for the parts of a block, with which four wrong blocks show."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ....messages import message
from ..breaking import BreakingInput, Rival

MOST_NUMBERS = 24
PARTS = ("attention", "feed_forward", "norm_1", "norm_2")


def pre_norm_block(x: Tensor, attention, feed_forward, norm_1, norm_2) -> Tensor:
    """x: (B, T, D), the parts: see the task. Returns (B, T, D)."""
    n = norm_1(x)
    u = x + attention(n, n)
    return u + feed_forward(norm_2(u))


def norms_swapped(x: Tensor, attention, feed_forward, norm_1, norm_2) -> Tensor:
    n = norm_2(x)
    u = x + attention(n, n)
    return u + feed_forward(norm_1(u))


def keys_only(x: Tensor, attention, feed_forward, norm_1, norm_2) -> Tensor:
    u = x + attention(x, norm_1(x))
    return u + feed_forward(norm_2(u))


def adds_the_normalised(x: Tensor, attention, feed_forward, norm_1, norm_2) -> Tensor:
    n = norm_1(x)
    u = n + attention(n, n)
    return u + feed_forward(norm_2(u))


def side_by_side(x: Tensor, attention, feed_forward, norm_1, norm_2) -> Tensor:
    n = norm_1(x)
    return x + attention(n, n) + feed_forward(norm_2(x))


def _ready(x: object, *parts: object) -> tuple | str:
    """The arguments as the blocks take them, or what is wrong with them."""
    states = torch.as_tensor(x).detach()
    states = states if states.is_floating_point() else states.float()
    if states.ndim != 3 or not 0 < states.numel() <= MOST_NUMBERS:
        return message("`x` should be (B, T, D) and hold {n} numbers at most.", n=MOST_NUMBERS)
    quiet = tuple(part.eval() if isinstance(part, nn.Module) else part for part in parts)
    for name, part in zip(PARTS, quiet, strict=True):
        if not callable(part):
            return message("`{name}` should be a function.", name=name)
        made = _called(part, states, 2 if name == "attention" else 1)
        if not isinstance(made, Tensor) or made.shape != states.shape:
            return message(
                "`{name}` should return a tensor of the shape of `x`, {shape}.",
                name=name,
                shape=tuple(states.shape),
            )
        if not bool(torch.isfinite(made).all()):
            return message("`{name}` returns numbers that are not finite.", name=name)
    return (states, *quiet)


def _called(part: Callable, states: Tensor, times: int) -> object:
    with torch.no_grad():
        return part(*[states] * times)


def _example() -> tuple:
    return (
        torch.tensor([[[1.0, 2.0], [3.0, -1.0]]]),
        lambda queries, others: 2 * queries + 3 * others,
        lambda u: 5 * u,
        lambda x: 7 * x,
        lambda u: u + 11,
    )


def _tries() -> dict[str, tuple]:
    x, attention, feed_forward, norm_1, norm_2 = _example()
    # Fresh norms undo what only stretches a step, so this attention mixes steps.
    wide, fresh = torch.tensor([[[1.0, 2.0, -4.0], [3.0, -1.0, 0.5]]]), (nn.LayerNorm(3), nn.LayerNorm(3))
    return {
        "norms_swapped": (wide, lambda queries, others: queries + others.cumsum(1), feed_forward, *fresh),
        "keys_only": (x, lambda queries, others: 3 * others, feed_forward, norm_1, norm_2),
        "adds_the_normalised": (x, attention, feed_forward, lambda x: x, norm_2),
        "side_by_side": (x, attention, torch.zeros_like, norm_1, norm_2),
    }


EXERCISE = BreakingInput(
    name="parts-that-tell",
    right=pre_norm_block,
    rivals=(
        Rival(
            adds_the_normalised,
            "It adds to the normalised copy. With your norm_1, are x and its copy two different things?",
        ),
        Rival(
            keys_only,
            "Its queries come from x as it is. Does your attention read its queries at all, and does norm_1 "
            "change x?",
        ),
        Rival(
            side_by_side,
            "Its feed-forward layer reads x instead of the sum. With your parts, does it matter what it "
            "reads?",
        ),
        Rival(
            norms_swapped,
            "Two fresh layer norms do the same, so nobody sees which of them stands where. What must your "
            "two norms not be?",
        ),
    ),
    ready=_ready,
    example=_example,
    arguments=("x", *PARTS),
    hints=(
        "The parts need not be real layers. Any function that keeps the shape will do, such as one that "
        "multiplies by a number.",
        "Give every part a number of its own, and see that none of them is 0 or 1, or leaves out what it is "
        "given.",
    ),
    tries=_tries,
)
