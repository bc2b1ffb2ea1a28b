"""Training in which no user can change much: an objective that the usual loop takes like any other.

It draws its batches itself, for the guarantee rests on how they are drawn, and its loss has the clipped noisy
gradient, so that ``loss.backward()`` puts that one into the weights. What an optimiser, a step size or weight
decay then make of it reads no user again, so it costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from ..data.batch import Batch
from ..data.splits import Split
from ..losses.objectives import Generators
from ..messages import InputError
from ..models.recommender import FillsGaps, KnowsUsers, NextItem
from .accounting import epsilon, noise_for
from .gradients import (
    Gradients,
    clipped_sum,
    noisy_mean,
    per_user_gradients,
    poisson_rows,
    trained_weights,
)

PIECE = 64  # users whose gradients are in memory at once: each takes as much as the model


class _WithGradient(torch.autograd.Function):
    """A number whose gradient by each weight is given."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, gradients: list[Tensor], *weights: Tensor) -> Tensor:
        ctx.save_for_backward(*gradients)
        return value.clone()

    @staticmethod
    def backward(ctx: Any, above: Tensor) -> tuple[Any, ...]:
        return None, None, *(above * gradient for gradient in ctx.saved_tensors)


class PrivateObjective:
    """Cross-entropy of the next item with DP-SGD's gradient (Abadi et al. 2016), one user one example.

    Args:
        noise: standard deviation of the noise, in units of ``clip``. clip: longest gradient of a user.
        rate: chance of each user to be in a batch. delta: of the guarantee.

    Raises:
        InputError: a value outside its range; in ``prepare``: a model or a split that no such guarantee fits.
    """

    def __init__(self, noise: float, clip: float, rate: float, delta: float = 1e-5) -> None:
        if not 0 < clip < float("inf"):
            raise InputError(f"clip is {clip}: it must be above 0")
        epsilon(noise, rate, 1, delta)  # a value outside its range is named
        self.noise, self.clip, self.rate, self.delta = noise, clip, rate, delta
        # With the name these numbers stand in the run's settings: a run goes on with the same or not at all.
        self.name = f"private:noise={noise:g},clip={clip:g},rate={rate:.6g},delta={delta:g}"
        self.together, self.users = True, 0
        self.still: dict[str, Tensor] = {}  # by table: its row of padding, which no user can change

    def spent(self, steps: int, accountant: str = "rdp") -> float:
        """ε after so many steps. The steps of a run are in its history, so a resumed run counts all."""
        return epsilon(self.noise, self.rate, steps, self.delta, accountant)

    def prepare(self, model: Any, split: Split) -> None:
        check_private(model, split)
        self.users = len(split.train)
        if not self.delta < 1 / self.users:
            raise InputError(
                f"delta is {self.delta:g}, and there are {self.users:,} users: at 1 / users or more, to "
                f"publish one user's whole history would be private; take less than {1 / self.users:.1g}"
            )
        device = split.train.items.device
        for place, part in model.named_modules():
            if isinstance(part, nn.Embedding) and part.padding_idx is not None:
                rows = torch.arange(part.num_embeddings, device=device)
                self.still[f"{place}.weight"] = rows.eq(part.padding_idx)
        self.together = _goes_together(model, split.train.rows(slice(0, 2)).trim())

    def batches(self, train: Batch, size: int, draw: torch.Generator) -> Iterator[Batch]:
        """As many batches as the usual loop would take; each user is in each by a coin of their own."""
        for _ in range(-(-len(train) // size)):
            index = poisson_rows(len(train), self.rate, draw).to(train.items.device)
            yield train.rows(index)

    def __call__(self, model: Any, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        weights = trained_weights(model)
        total: Gradients = {name: torch.zeros_like(weight) for name, weight in weights.items()}
        assert batch.targets is not None  # training rows have them
        counts, value = (batch.targets > 0).sum(1), batch.items.new_zeros((), dtype=torch.float32)
        for first in range(0, len(batch), PIECE):
            part = batch.rows(slice(first, first + PIECE)).trim()
            found, losses = per_user_gradients(model, part, self.together)
            value = value + (losses * counts[first : first + PIECE]).sum()
            for name, addend in clipped_sum(found, self.clip).items():
                total[name] += addend
        count, expected = int(counts.sum()), self.rate * self.users
        made = noisy_mean(total, self.noise, self.clip, expected, generators["noise"], self.still)
        told = value / max(count, 1)
        given = [made[name] for name in weights]
        carried: Tensor = _WithGradient.apply(told, given, *weights.values())  # type: ignore[no-untyped-call]
        return carried, count


def _goes_together(model: Any, two: Batch) -> bool:
    try:
        per_user_gradients(model, two, together=True)
    except (RuntimeError, NotImplementedError):
        return False  # a part that vmap does not know
    return True


def check_private(model: Any, split: Any) -> None:
    """Raise InputError when a model or a split cannot keep what :class:`PrivateObjective` promises."""
    if getattr(split, "clicks", False):
        raise InputError("private training is for next items: leave the impressions out")
    if isinstance(model, KnowsUsers):
        raise InputError(
            "this model has a vector for each user, which is that user's data: no noise that leaves it of "
            "use could hide it; take a model that reads histories"
        )
    if isinstance(model, FillsGaps) or not isinstance(model, NextItem):
        raise InputError("private training needs a model that has a state after each item, such as sasrec")
    for name, part in model.named_modules() if isinstance(model, nn.Module) else ():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            raise InputError(
                f"{name} norms each user by the others of a batch: no user has a gradient of their own"
            )
    users = split.train.users
    if users is None or len(torch.unique(users)) != len(users):
        raise InputError(
            "some user has several training rows, and the guarantee is for one row: leave --windows out"
        )


def private_objective(
    users: int, batch_size: int, epochs: int, target: float, delta: float = 1e-5, clip: float = 1.0
) -> PrivateObjective:
    """The objective whose ε is at most ``target`` after ``epochs`` epochs of so many ``users``.

    Raises:
        InputError: a value outside its range, or batches of as many users as there are.
    """
    if batch_size > users:
        raise InputError(f"batch_size is {batch_size}, and only {users} users are trained on: take fewer")
    rate, steps = batch_size / users, epochs * -(-users // batch_size)
    return PrivateObjective(noise_for(target, rate, steps, delta), clip, rate, delta)
