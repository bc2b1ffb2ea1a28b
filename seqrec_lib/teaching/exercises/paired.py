"""What larger exercises have in common: a stand-in for training, and the mistakes with seeds and errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from ...messages import message
from .exercise import Mutant

Error = Callable[[Tensor, Tensor], float]  # from the figures of two kinds of model, each (seeds, U)


class StandIn:
    """Stands for training in a probe. It shows as words, because a failure prints its inputs."""

    def __repr__(self) -> str:
        return message("a stand-in for training")


def error_of(each: Tensor, correction: int = 1) -> float:
    """The standard error of the mean of ``each``, (N,)."""
    return float(each.std(correction=correction) / len(each) ** 0.5)


def paired_error(a: Tensor, b: Tensor) -> float:
    """Over users: of each user's difference, averaged over the seeds first."""
    return error_of((a - b).mean(0))


def error_mutants(told: Callable[[Error], Callable]) -> tuple[Mutant, ...]:
    """Answers whose error is another one than :func:`paired_error`; ``told(error)`` is the answer with it."""
    return (
        Mutant(
            "not-paired",
            "The error treats the two forms as if they had other users. Take the difference user by user, "
            "and then its spread.",
            told(lambda a, b: (error_of(a.mean(0)) ** 2 + error_of(b.mean(0)) ** 2) ** 0.5),
        ),
        Mutant(
            "all-runs-apart",
            "The error counts each seed of a user as another user, and comes out too small. Average over the "
            "seeds first.",
            told(lambda a, b: error_of((a - b).reshape(-1))),
        ),
        Mutant(
            "spread-of-users",
            "That is the spread over users. The error of their mean is smaller by the root of their number.",
            told(lambda a, b: float((a - b).mean(0).std())),
        ),
        Mutant(
            "over-seeds",
            "The error is over seeds. Asked for is the one over users, with each user's mean over the seeds.",
            told(lambda a, b: error_of((a - b).mean(1))),
        ),
        Mutant(
            "divided-by-n",
            "The variance is divided by the number of users. From a sample it is divided by one less.",
            told(lambda a, b: error_of((a - b).mean(0), correction=0)),
        ),
    )


def seed_mutants(answer: Callable, behind: int = 1) -> tuple[Mutant, Mutant]:
    """``answer`` with other seeds than those given; it takes ``behind`` more arguments after them."""

    def changed(change: Callable[[Sequence[int]], Sequence[int]]) -> Callable:
        at = -1 - behind
        return lambda *inputs: answer(*inputs[:at], change(inputs[at]), *inputs[at + 1 :])

    return (
        Mutant("first-seed", "Only the first seed is used.", changed(lambda seeds: seeds[:1])),
        Mutant(
            "seeds-from-zero",
            "The seeds are numbered from 0 here. Train with those that are given.",
            changed(lambda seeds: range(len(seeds))),
        ),
    )
