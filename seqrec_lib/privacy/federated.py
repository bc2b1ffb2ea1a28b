"""Federated averaging: clients train on their own rows, a server averages the weights that they send.

Sizes: ``K`` clients, ``U`` users, ``V`` items, ``D`` width.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ..data.batch import Batch
from ..losses.objectives import Generators, Objective
from ..messages import InputError
from ..models.recommender import Model
from ..training import TrainingSettings
from ..training.loop import Clock, train_epoch
from ..training.optimiser import make_optimiser
from ..training.progress import Silent

Weights = dict[str, Tensor]


def average(weights: Sequence[Mapping[str, Tensor]], sizes: Sequence[float]) -> Weights:
    """The mean of what the clients sent, each counted by its rows (McMahan et al. 2017, algorithm 1).

    Raises:
        InputError: no client, as many sizes as there are no clients, or a size that is not above 0.
    """
    if not weights or len(weights) != len(sizes) or min(sizes) <= 0:
        raise InputError("average takes the weights of one client or more, and a size above 0 for each")
    total = float(sum(sizes))
    found: Weights = {}
    for name, first in weights[0].items():
        parts = (float(n) / total * each[name].double() for each, n in zip(weights, sizes, strict=True))
        found[name] = torch.stack(list(parts)).sum(0).to(first.dtype)
    return found


def at_random(users: int, clients: int, seed: int = 0) -> Tensor:
    """``(U,)``: a client for each user, drawn at random, all of about one size."""
    order = torch.randperm(users, generator=torch.Generator().manual_seed(seed))
    return _cut(order, clients)


def by_group(groups: Tensor, clients: int) -> Tensor:
    """``(U,)``: a client for each user; users of one of ``groups`` ``(U,)`` stand together."""
    return _cut(torch.argsort(groups, stable=True), clients)


def _cut(order: Tensor, clients: int) -> Tensor:
    if not 1 <= clients <= len(order):
        raise InputError(f"clients is {clients}: there are {len(order)} users to share out")
    found = torch.empty_like(order)
    found[order] = torch.arange(len(order)) * clients // len(order)
    return found


@dataclass
class Federation:
    """A server, its model, and clients that keep their rows.

    Attributes:
        model: the server's. clients: the rows of each. objective: what they train on, prepared.
        settings: of the training at a client: ``batch_size``, ``lr`` and so on.
        rounds: how many there were. steps: what each client has done in all, in batches.
    """

    model: Model
    clients: list[Batch]
    objective: Objective
    settings: TrainingSettings
    rounds: int = 0
    steps: int = field(default=0)

    def round(self, generators: Generators, passes: int = 1) -> None:
        """Each client goes ``passes`` times over its rows; the server averages the weights.

        The optimiser of a client begins anew each time: its state stays nowhere.
        """
        start = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        sent = []
        for rows in self.clients:
            self.model.load_state_dict(start)
            self.steps += train_at(self.model, rows, self.objective, self.settings, generators, passes)
            sent.append({name: value.detach().clone() for name, value in self.model.state_dict().items()})
        self.model.load_state_dict(average(sent, [len(rows) for rows in self.clients]))
        self.rounds += 1


def train_at(
    model: Model, rows: Batch, objective: Objective, settings: TrainingSettings, generators: Generators,
    passes: int = 1,
) -> int:  # fmt: skip
    """Train ``model`` where it is, ``passes`` times over one client's ``rows``; return how many steps."""
    optimiser = make_optimiser(model, settings)
    local, step = replace(settings, epochs=passes), 0
    for _ in range(passes):
        told = train_epoch(
            model, rows, objective, optimiser, local, generators, step, Silent(), Clock()
        )  # fmt: skip
        step = told["steps"]
    return step


def items_touched(before: Tensor, after: Tensor) -> Tensor:
    """The items whose input vectors ``(V+1, D)`` a client's training has changed, by number."""
    return (before != after).any(1).nonzero()[:, 0]
