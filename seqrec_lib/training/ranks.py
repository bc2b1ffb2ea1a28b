"""Several processes that train one model: what they agree on, and what each does for itself.

``W`` processes, called ranks and numbered from 0, hold the same weights. All draw the same batch of rows and
each takes every W-th of them, so that a step of W ranks looks at what a step of one process looks at. The
ranks then add up their gradients, each weighted by its share of the batch's targets. ``torchrun`` starts
them; :mod:`.joining` brings them together.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from ..losses.objectives import Generators
from ..messages import InputError

Made = TypeVar("Made")
APART = 100_003  # between the seeds of two ranks, a prime, so that no two of usual runs meet


class Alone:
    """One process, which has nobody to agree with: every method gives back what it was given."""

    rank, size = 0, 1
    idle = False  # True while this rank holds a row of which another rank takes care

    @property
    def first(self) -> bool:
        """Whether this rank speaks and writes for all."""
        return self.rank == 0

    def own(self, rows: Tensor) -> Tensor:
        """The part of a batch's row numbers ``rows`` that this rank trains on."""
        return rows

    def weigh(self, count: int) -> tuple[float, int]:
        """``(weight, targets)`` of this rank's mean loss in the batch's, given its number of targets."""
        return 1.0, count

    def add_gradients(self, model: nn.Module) -> None:
        """Replace each gradient by the sum over ranks."""

    def totals(self, loss_sum: Tensor, seen: int) -> tuple[Tensor, int]:
        """Both numbers summed over ranks."""
        return loss_sum, seen

    def any(self, flag: bool) -> bool:
        """True on all ranks if it is True on one: ranks stop together or not at all."""
        return flag

    def mean(self, metrics: Mapping[str, float], cases: int) -> dict[str, float]:
        """Each metric's mean over all cases, given this rank's means over ``cases`` of them."""
        return dict(metrics)

    def from_first(self, make: Callable[[], Made]) -> Made:
        """What ``make`` gives on rank 0, on every rank; an :class:`InputError` reaches all of them."""
        return make()

    def gather(self, value: Any) -> list[Any]:
        """``value`` of each rank, in their order."""
        return [value]

    def start_alike(self, model: nn.Module) -> None:
        """Give every rank the weights of rank 0."""

    def part_ways(self, seed: int, generators: Generators) -> None:
        """From here on each rank drops out and samples for itself; the order of rows stays common."""


class Together(Alone):
    """A rank among others, in PyTorch's own process group. The methods are those of :class:`Alone`.

    A parameter with the attribute ``sharded`` belongs to this rank alone, so its gradient is not added up.
    """

    def __init__(self, rank: int, size: int, device: torch.device) -> None:
        self.rank, self.size, self.device = rank, size, device

    def own(self, rows: Tensor) -> Tensor:
        mine = rows[self.rank :: self.size]
        self.idle = len(mine) == 0  # fewer rows than ranks: take one that counts for nothing
        return rows[:1] if self.idle else mine

    def weigh(self, count: int) -> tuple[float, int]:
        own = 0 if self.idle else count
        return own / max(1.0, self._sum([own])[0]), own

    def add_gradients(self, model: nn.Module) -> None:
        common = [p for p in model.parameters() if p.requires_grad and not hasattr(p, "sharded")]
        # A parameter that no rank used keeps no gradient, so that the optimiser leaves it alone as before.
        used = torch.tensor([float(p.grad is not None) for p in common], device=self.device)
        parts = [(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in common]
        together = torch.cat([used, *parts])
        torch.distributed.all_reduce(together)
        start = len(common)
        for parameter, times in zip(common, together[:start].tolist(), strict=True):
            if times:
                parameter.grad = together[start : start + parameter.numel()].view_as(parameter)
            start += parameter.numel()

    def totals(self, loss_sum: Tensor, seen: int) -> tuple[Tensor, int]:
        loss, count = self._sum([float(loss_sum), seen])
        return torch.tensor(loss), int(count)

    def any(self, flag: bool) -> bool:
        return self._sum([flag])[0] > 0

    def mean(self, metrics: Mapping[str, float], cases: int) -> dict[str, float]:
        names = next(filter(None, self.gather(list(metrics))))  # a rank without cases knows no names
        sums = self._sum([cases, *(cases * metrics.get(name, 0.0) for name in names)])
        return {name: value / sums[0] for name, value in zip(names, sums[1:], strict=True)}

    def from_first(self, make: Callable[[], Made]) -> Made:
        told: list[Any] = [None, None]
        if self.first:
            try:
                told[0] = make()
            except InputError as error:
                told[1] = str(error)
        torch.distributed.broadcast_object_list(told, src=0, device=self.device)
        if told[1] is not None:
            raise InputError(told[1])
        made: Made = told[0]
        return made

    def gather(self, value: Any) -> list[Any]:
        found: list[Any] = [None] * self.size
        torch.distributed.all_gather_object(found, value)
        return found

    def start_alike(self, model: nn.Module) -> None:
        own = {name for name, parameter in model.named_parameters() if hasattr(parameter, "sharded")}
        for name, value in model.state_dict().items():
            if name not in own:
                torch.distributed.broadcast(value, src=0)

    def part_ways(self, seed: int, generators: Generators) -> None:
        if self.first:
            return
        own = seed + APART * self.rank
        random.seed(own)
        np.random.seed(own % 2**32)
        torch.manual_seed(own)
        for number, (name, generator) in enumerate(sorted(generators.items())):
            if name != "rows":
                generator.manual_seed(own + 1 + number)

    def _sum(self, numbers: list[Any]) -> list[float]:
        together = torch.tensor([float(each) for each in numbers], dtype=torch.float64, device=self.device)
        torch.distributed.all_reduce(together)
        return [float(each) for each in together.tolist()]


def check_alike(ranks: Alone, what: str) -> None:
    """Compare ``what`` each rank is about to train on, as text.

    Raises:
        InputError: two ranks differ; the message names the first that does.
    """
    found = ranks.gather(what)
    for rank, each in enumerate(found):
        if each != found[0]:
            raise InputError(
                f"process {rank} of {ranks.size} has other data or settings than process 0: start all of "
                "them with the same command, on the same files"
            )
