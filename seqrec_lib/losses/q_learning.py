"""Q-learning beside the loss of the next item: SQN and SAC (Xin et al. 2020), on logged sessions.

Sizes: ``B`` rows, ``T`` steps, ``N`` of them with a target, ``D`` width, ``V`` items.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..data.batch import Batch
from ..data.splits import Split
from .returns import event_rewards, target_ends, target_rewards

Generators = dict[str, torch.Generator]


def bellman_target(rewards: Tensor, chooses: Tensor, judges: Tensor, ends: Tensor, discount: float) -> Tensor:
    """``(N,)``: reward, and ``discount`` times what the next state is worth; a last action has no next state.

    One set of values chooses the next item and the other says what it is worth (double Q-learning, van
    Hasselt 2010): one set for both would believe its own luckiest error. No gradient flows.

    Args:
        chooses, judges: ``(N, V)`` values of the next states, without padding. ends: ``(N,)`` bool.
    """
    best = chooses.argmax(1, keepdim=True)
    later = judges.gather(1, best)[:, 0]
    return (rewards + discount * torch.where(ends, 0.0, later)).detach()


class ValuesObjective:
    """Cross-entropy of the logged item, and the squared error of its value against :func:`bellman_target`.

    ``model.values(states)`` gives the two sets of values. Of each batch a coin says which learns; it chooses
    and the other judges. The state after the target is the row's next step. The last target of a row has
    none: it counts if the log says that the session ends with it, and is left out otherwise.
    With ``model.settings.actor`` (SAC) each cross-entropy is weighted with the item's value, a constant,
    at least 0. The paper first trains without the weight for a number of steps; here values start near 0,
    so the actor waits by itself.
    """

    name = "values"

    def __init__(self) -> None:
        self.by_code: Tensor | None = None

    def prepare(self, model: Any, split: Split) -> None:
        """Reads what the log's events are worth."""
        self.by_code = event_rewards(model, split)

    def __call__(self, model: Any, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        assert batch.targets is not None and batch.steps is not None  # ``batches`` gives both
        s = model.settings
        target = batch.targets.flatten()[batch.steps]  # (N,)
        hidden = model.hidden(batch)  # (B, T, D)
        states = hidden.flatten(0, 1)[batch.steps]
        scores = states @ model.item_matrix()[1:].T  # (N, V)
        entropy = F.cross_entropy(scores, target - 1, reduction="none")
        here = model.values(states)  # two of (N, V)
        first = bool(torch.rand((), generator=generators["negatives"], device=_place(generators)) < 0.5)
        learns, judges = (0, 1) if first else (1, 0)
        with torch.no_grad():
            after = torch.cat([hidden[:, 1:], hidden[:, -1:]], 1).flatten(0, 1)[batch.steps]
            later = model.values(after)
        rewards = target_rewards(batch, self.by_code).flatten()[batch.steps]
        ends = target_ends(batch).flatten()[batch.steps]
        wanted = bellman_target(rewards, later[learns], later[judges], ends, model.settings.discount)
        own = here[learns].gather(1, target[:, None] - 1)[:, 0]
        known = ends | ~_last_of_row(batch)
        error = ((wanted - own) ** 2)[known].sum() / known.sum().clamp(min=1)
        weight = own.detach().clamp(min=0) if s.actor else 1.0
        return s.imitation * (weight * entropy).mean() + s.learning * error, len(target)


def _last_of_row(batch: Batch) -> Tensor:
    """``(N,)`` bool: steps after which the row has no further one."""
    assert batch.steps is not None
    step = torch.arange(batch.items.shape[1], device=batch.items.device)
    return (step == batch.lengths[:, None] - 1).flatten()[batch.steps]


def _place(generators: Generators) -> torch.device:
    return generators["negatives"].device
