"""One epoch of training. Nothing stands between the reader and ``loss.backward()``."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn.utils import clip_grad_norm_

from ..data.batch import Batch
from ..data.batching import batches
from ..device import autocast
from ..losses.objectives import DrawsBatches, Generators, Objective
from ..messages import InputError
from ..models.recommender import Model
from .history import Pass
from .optimiser import Optimiser, set_step_size, step_size
from .progress import Silent
from .settings import TrainingSettings

if TYPE_CHECKING:
    from .averaging import Average
    from .ranks import Alone


@dataclass
class Clock:
    """When to stop: ``deadline`` in seconds of ``time.perf_counter``, or None; ranks stop together."""

    deadline: float | None = None
    ranks: Alone | None = None

    @property
    def over(self) -> bool:
        """True once the deadline has passed."""
        late = self.deadline is not None and time.perf_counter() >= self.deadline
        return late if self.ranks is None or self.deadline is None else self.ranks.any(late)


def train_epoch(
    model: Model,
    train: Batch,
    objective: Objective,
    optimiser: Optimiser,
    settings: TrainingSettings,
    generators: Generators,
    step: int,
    progress: Silent,
    clock: Clock,
    ranks: Alone | None = None,
    average: Average | None = None,
) -> Pass:
    """Show the model every training row once; return what it gave. ``ranks``: the processes that share it.

    ``average``: what takes in the weights after each step.

    ``step`` counts the batches of earlier epochs. The sum of the losses stays on the device until the
    end: reading a number earlier would make a GPU wait.

    Raises:
        InputError: the loss is no longer finite.
    """
    if ranks is None:
        from .ranks import Alone  # needed in training alone

        ranks = Alone()
    steps_an_epoch = -(-len(train) // settings.batch_size)
    loss_sum = torch.zeros((), device=train.items.device)
    seen = 0
    started = time.perf_counter()
    model.train()
    if isinstance(objective, DrawsBatches):
        drawn = objective.batches(train, settings.batch_size, generators["rows"])
    else:
        drawn = batches(train, settings.batch_size, generators["rows"], by=settings.batch_by, own=ranks.own)
    for batch in drawn:
        lr = step_size(step, steps_an_epoch * settings.epochs, settings)
        set_step_size(optimiser, lr)

        with autocast(train.items.device, settings.precision):
            value, count = objective(model, batch, generators)
        optimiser.zero_grad(set_to_none=True)
        weight, count = ranks.weigh(count)
        (value * weight).backward()
        ranks.add_gradients(model)
        if settings.clip:
            clip_grad_norm_(model.parameters(), settings.clip)
        optimiser.step()
        if average is not None:
            average.update(model)

        loss_sum += value.detach() * count
        seen += count
        step += 1
        progress.step()
        if clock.over:
            break
    loss_sum, seen = ranks.totals(loss_sum, seen)
    mean = float(loss_sum) / max(seen, 1)  # batches that are drawn by coins may all be empty
    seconds = time.perf_counter() - started
    if not math.isfinite(mean):
        raise InputError(f"the loss is {mean}: training diverged; try a smaller lr than {settings.lr}")
    return {
        "seconds": seconds,
        "targets": seen,
        "targets_per_second": seen / seconds,
        "loss": mean,
        "lr": lr,
        "steps": step,
    }
