"""Models of two tasks: is a shown item clicked, and is it bought once it is clicked?

They differ in what the tasks share (shared bottom, MMoE, PLE, or the item vectors alone) and in which rows
the purchase is learned from (ESMM: all). Sizes: ``B`` histories, ``T`` steps, ``C`` candidates, ``D`` width,
``E`` experts, ``W`` their width.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..data.batch import Batch
from ..heads.experts import Experts, OwnAndShared, SharedExperts
from ..messages import InputError
from .click_model import (
    AT_ONCE,
    PLACES,
    USUAL_CLICKS,
    ClickModel,
    ClickSettings,
    at_last_seen,
    mean_of_first,
    seen_of,
)
from .recipe import USUAL_TRAINING, Recipe

SHARING = ("separate", "bottom", "gates", "own-and-shared")
SPACES = ("clicked", "entire")
COMBINE = ("sum", "mgda", "pcgrad")


@dataclass(frozen=True)
class SeveralTasksSettings(ClickSettings):
    """Settings of :class:`SeveralTasks`.

    Attributes:
        sharing: beside the item vectors: ``separate``: nothing; ``bottom``: one layer; ``gates``: experts
            that each task weighs (MMoE); ``own-and-shared``: experts of each task and shared ones (PLE).
        space: the purchase is learned from ``clicked`` rows, or from the ``entire`` space of impressions, as
            p(click) p(purchase | click) (ESMM).
        combine: of the two gradients: ``sum``, ``mgda`` or ``pcgrad``; see ``losses.conflicts``.
        buy_weight: of the purchase's loss beside the click's.
        experts: how many, of all tasks (``gates``) or in each group (``own-and-shared``). levels: of PLE.
        width: of a layer or an expert. tower_width: of each task's own last inner layer.
    """

    sharing: str = "bottom"
    space: str = "clicked"
    combine: str = "sum"
    buy_weight: float = 1.0
    experts: int = 4
    levels: int = 2
    width: int = 51
    tower_width: int = 16

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"sharing": SHARING, "space": SPACES, "combine": COMBINE}

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.buy_weight < math.inf:
            raise InputError(f"buy_weight is {self.buy_weight}: a weight is above 0")

    def idle(self) -> dict[str, str]:
        found = {} if self.sharing == "own-and-shared" else {"levels": f"{self.sharing} has one level"}
        return (
            found if self.sharing in SHARING[2:] else {**found, "experts": f"{self.sharing} has no experts"}
        )

    def build(self) -> SeveralTasks:
        return SeveralTasks(self)


class SeveralTasks(ClickModel):
    """[mean of the history, last item, candidate] -> what the tasks share -> a tower a task.

    Each task has a number for each item, and the click one for each place: a place is looked at or not, and
    says nothing of a purchase after the click.
    """

    settings: SeveralTasksSettings

    def __init__(self, settings: SeveralTasksSettings) -> None:
        super().__init__(settings)
        s = settings
        self.space, self.combine, self.buy_weight = s.space, s.combine, s.buy_weight
        self.embedding = self.item_table()
        self.dropout = nn.Dropout(s.dropout)
        size, groups = 3 * s.dim, s.levels if s.sharing == "own-and-shared" else 1
        self.bottoms = nn.ModuleList()
        for level in range(groups):
            if s.sharing == "gates":
                self.bottoms.append(SharedExperts(size, s.experts, s.width))
            elif s.sharing == "own-and-shared":
                size_now = size if level == 0 else s.width
                self.bottoms.append(OwnAndShared(size_now, s.experts, s.width, level == groups - 1))
            else:
                count = 2 if s.sharing == "separate" else 1
                self.bottoms.extend(Experts(size, 1, s.width) for _ in range(count))
        self.towers = nn.ModuleList(
            nn.Sequential(nn.Linear(s.width, s.tower_width), nn.ReLU(), nn.Linear(s.tower_width, 1))
            for _ in range(2)
        )
        self.item, self.item_bought = self.item_numbers(), self.item_numbers()
        self.place = nn.Parameter(torch.zeros(PLACES)) if s.places else None

    def features(self, batch: Batch, candidates: Tensor, seen: Tensor | None = None) -> Tensor:
        """``(B, C, 3 D)``: what both tasks read."""
        self.check_batch(batch)
        seen = seen_of(batch, candidates, seen)
        past = self.embedding(batch.items)  # (B, T, D)
        read = [mean_of_first(past, seen), at_last_seen(past, seen), self.embedding(candidates)]
        found: Tensor = self.dropout(torch.cat(read, dim=-1))
        return found

    def shared(self, features: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """``([state of each task], [gate of each, of the last level])``; there may be no gates."""
        if self.settings.sharing == "gates":
            found: tuple[list[Tensor], list[Tensor]] = self.bottoms[0](features)
            return found
        if self.settings.sharing == "own-and-shared":
            states, shares = [features] * 3, []
            for level in self.bottoms:
                states, shares = level(states)
            return states, shares
        one = [bottom(features).squeeze(-2) for bottom in self.bottoms]
        return [one[0], one[-1]], []

    def gates(self, batch: Batch, candidates: Tensor) -> Tensor:
        """``(B, C, 2, E)``: how much each task takes from each expert, in the last level.

        Raises:
            InputError: this model has no gates.
        """
        _, shares = self.shared(self.features(batch, candidates))
        if not shares:
            raise InputError(f"{self.settings.model} shares by {self.settings.sharing!r}: it has no gates")
        return torch.stack(shares, dim=2)

    def _tasks(self, batch: Batch, candidates: Tensor, seen: Tensor | None = None) -> tuple[Tensor, Tensor]:
        states, _ = self.shared(self.features(batch, candidates, seen))
        click, bought = (tower(state) for tower, state in zip(self.towers, states, strict=True))
        return (
            (click + self.item(candidates)).squeeze(-1),
            (bought + self.item_bought(candidates)).squeeze(-1),
        )

    def tasks(self, batch: Batch, candidates: Tensor | None = None) -> tuple[Tensor, Tensor]:
        if candidates is None:
            every = torch.arange(1, self.n_items + 1, device=batch.items.device).expand(len(batch), -1)
            parts = [self._tasks(batch, part) for part in every.split(AT_ONCE, dim=1)]
            click, bought = (torch.cat(each, dim=1) for each in zip(*parts, strict=True))  # (B, V)
            return click if self.place is None else click + self.place[0], bought
        click, bought = self._tasks(batch, candidates)
        return self.at_places(click), bought

    def logits(self, batch: Batch, candidates: Tensor, seen: Tensor | None = None) -> Tensor:
        return self._tasks(batch, candidates, seen)[0]

    def intercept(self) -> Tensor:
        return self._last_bias(0)

    def start_buying_at(self, rate: float) -> None:
        """Let p(purchase | click) start near ``rate``."""
        with torch.no_grad():
            self._last_bias(1).fill_(math.log(rate / (1 - rate)))

    def _last_bias(self, task: int) -> Tensor:
        bias: Tensor = self.get_submodule(f"towers.{task}.2").bias  # type: ignore[assignment]  # of a linear layer
        return bias


def _recipe(about: str, source: str, **settings: object) -> Recipe:
    training = {**USUAL_TRAINING, "loss": "sampled", "negatives": 4, "lr": 1e-2, "epochs": 10}
    clicks = {**USUAL_CLICKS, "select": "joint log-loss"}
    return Recipe(
        about, source, SeveralTasksSettings, {"dim": 16, "dropout": 0.1, **settings}, training, clicks, True
    )


# The widths give all four as many parameters as they can have alike, beside the items' own.
RECIPES = {
    "shared-bottom": _recipe(
        "clicks and purchases: one shared layer, a tower for each task",
        "Caruana 1997; the purchase is learned from clicked rows",
    ),
    "mmoe": _recipe(
        "MMoE: shared experts, which each task weighs by a gate of its own",
        "Ma et al. 2018; the purchase is learned from clicked rows",
        sharing="gates",
        width=16,
    ),
    "ple": _recipe(
        "PLE: experts of each task beside shared ones, in two levels",
        "Tang et al. 2020; the purchase is learned from clicked rows",
        sharing="own-and-shared",
        experts=1,
        width=16,
    ),
    "esmm": _recipe(
        "ESMM: purchases learned from all impressions, as a product of two chances",
        "Ma et al. 2018; one inner layer less than theirs",
        sharing="separate",
        space="entire",
        width=32,
    ),
}
