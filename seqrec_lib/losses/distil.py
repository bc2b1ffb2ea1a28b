"""Distillation: a small model also learns how a large one divides its belief (Hinton et al. 2015, section 2).

Sizes: ``N`` real steps, ``D`` width, ``V`` items, ``C`` items that compete.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ..data.batch import Batch
from ..messages import InputError
from ..models.recommender import NextItem
from .objectives import Generators, NextItemObjective


def soft_targets_loss(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """T^2 times the mean over rows of KL(teacher || student), both softened by T.

    Soft gradients shrink with 1 / T^2; the factor undoes it, so that T does not change their weight.

    Args:
        student, teacher: ``(N, C)`` scores of the same items.
    """
    log_p, log_q = (teacher / temperature).log_softmax(1), (student / temperature).log_softmax(1)
    return temperature**2 * (log_p.exp() * (log_p - log_q)).sum(1).mean()


class Distilled:
    """L + weight * T^2 * KL(teacher || student), the KL over this batch's targets and items drawn uniformly.

    The teacher is in evaluation mode and has no gradient. A softmax over all items would hold an ``(N, V)``
    table of scores twice; ``competing`` None takes it nevertheless, for small catalogues.

    Args:
        teacher: a next-item model of the same catalogue. loss: what is trained on besides, as in
            :class:`NextItemObjective`. negatives: of that loss. temperature: T. weight: of the KL.
        competing: how many items are drawn for the KL besides the targets.

    Raises:
        InputError: a value outside its range.
    """

    def __init__(
        self,
        teacher: Any,
        loss: Callable[..., Tensor],
        negatives: int = 1,
        temperature: float = 2.0,
        weight: float = 1.0,
        competing: int | None = 1000,
    ) -> None:
        if not 0 < temperature < float("inf"):
            raise InputError(f"temperature is {temperature}: it must be above 0")
        if not 0 <= weight < float("inf"):
            raise InputError(f"weight is {weight}: it must be 0 or more")
        if competing is not None and competing < 1:
            raise InputError(f"competing is {competing}: it must be at least 1")
        self.teacher, self.inner = teacher, NextItemObjective(loss, negatives)
        self.temperature, self.weight, self.competing = temperature, weight, competing
        self.name = f"next-item+distilled:temperature={temperature:g},weight={weight:g}"

    def prepare(self, model: Any, split: Any) -> None:
        if not (isinstance(model, NextItem) and isinstance(self.teacher, NextItem)):
            raise InputError("distillation is for models that score by dot products, teacher and student")
        if model.n_items != self.teacher.n_items:
            raise InputError(
                f"the teacher knows {self.teacher.n_items} items and the student {model.n_items}: train both "
                "on the same catalogue"
            )
        assert isinstance(model, nn.Module) and isinstance(self.teacher, nn.Module)  # what is trained, or was
        self.teacher.to(next(iter(model.parameters())).device).eval()
        self.inner.prepare(model, split)

    def __call__(self, model: Any, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        value, count = self.inner(model, batch, generators)
        if self.weight == 0:
            return value, count
        assert batch.steps is not None and batch.targets is not None  # ``batches`` gives both
        items = self._items(batch, model.n_items, generators["noise"])
        # A second pass of the student, with dropout of its own: the objective inside keeps its states.
        student = model.hidden(batch).flatten(0, 1)[batch.steps] @ model.item_matrix()[items].T  # (N, C)
        with torch.no_grad():
            self.teacher.eval()
            told = self.teacher.hidden(batch).flatten(0, 1)[batch.steps] @ self.teacher.item_matrix()[items].T
        return value + self.weight * soft_targets_loss(student, told, self.temperature), count

    def _items(self, batch: Batch, n_items: int, generator: torch.Generator) -> Tensor:
        device = batch.items.device
        if self.competing is None:
            return torch.arange(1, n_items + 1, device=device)
        drawn = torch.randint(1, n_items + 1, (self.competing,), generator=generator, device=device)
        assert batch.targets is not None and batch.steps is not None
        found: Tensor = torch.cat([drawn, batch.targets.flatten()[batch.steps]]).unique()
        return found
