"""SQN and SAC (Xin et al. 2020): SASRec with a second head that learns what each item leads to.

Sizes: ``N`` states, ``D`` width, ``V`` items.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..data.batch import Batch
from ..heads import dot_scores
from ..messages import InputError
from .recipe import Recipe
from .sasrec import RECIPES as SASREC
from .session_states import RewardedSettings, SessionStates

RANKS_BY = ("imitation", "values")


@dataclass(frozen=True)
class SQNSettings(RewardedSettings):
    """Settings of :class:`SQN`.

    Attributes:
        actor: weigh the cross-entropy with the value of the logged item (SAC); False: SQN.
        imitation: weight of the cross-entropy. learning: weight of the squared error of the values.
        ranks_by: which head ranks: ``imitation``, as in the paper, or ``values``.
    """

    discount: float = 0.5
    actor: bool = False
    imitation: float = 1.0
    learning: float = 1.0
    ranks_by: str = "imitation"

    choices: ClassVar[dict[str, tuple[str, ...]]] = {**RewardedSettings.choices, "ranks_by": RANKS_BY}

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("imitation", "learning"):
            if getattr(self, name) < 0:
                raise InputError(f"{name} is {getattr(self, name)}: it must be 0 or more")

    def build(self) -> SQN:
        return SQN(self)


class SQN(SessionStates):
    """One set of states, and on it the scores of the next item and two sets of values.

    The paper keeps two whole networks for double Q-learning; here the two sets of values share their states.
    """

    settings: SQNSettings
    learning = "values"

    def __init__(self, settings: SQNSettings) -> None:
        super().__init__(settings)
        self.q_heads = nn.ModuleList(nn.Linear(settings.dim, settings.n_items) for _ in range(2))

    def values(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Two of ``(N, V)``: what each item leads to, by two heads; item i stands in column i - 1."""
        first, second = self.q_heads
        return first(states), second(states)

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        last = self.head(batch.last(self.attend(batch)[0]))  # (B, D)
        if self.settings.ranks_by == "imitation":
            return dot_scores(last, self.item_matrix(), candidates)
        first, second = self.values(last)
        padding = torch.full_like(first[:, :1], -torch.inf)
        scores = torch.cat([padding, (first + second) / 2], 1)  # (B, V+1)
        return scores if candidates is None else scores.gather(1, candidates)


_TRAINING = {**SASREC["sasrec"].training, "precision": "fp32"}

RECIPES = {
    "sqn": Recipe(
        "SASRec with a second head of Q-learning, which shapes the states",
        "Xin et al. 2020; the two sets of values share their states",
        SQNSettings,
        {"positions": "distance"},
        _TRAINING,
    ),
    "sac": Recipe(
        "SASRec with values beside, which weigh its cross-entropy",
        "Xin et al. 2020; no phase without the weight",
        SQNSettings,
        {"positions": "distance", "actor": True},
        _TRAINING,
    ),
}
