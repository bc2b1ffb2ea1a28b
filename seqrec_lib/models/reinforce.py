"""A policy over items, learned from logged sessions by weighted REINFORCE (Chen et al. 2019).

Sizes: ``D`` width, ``V`` items.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from ..messages import InputError
from .recipe import Recipe
from .sasrec import RECIPES as SASREC
from .session_states import RewardedSettings, SessionStates


@dataclass(frozen=True)
class ReinforceSettings(RewardedSettings):
    """Settings of :class:`Reinforce`.

    Attributes:
        corrected: weigh each logged action with policy over behaviour. cap: largest weight; 0: no limit.
        top_k: K of the top-K factor: how many items are shown at once.
        baseline: take the mean return off. With a cap that is dangerous: what the logger hardly shows is then
            pushed down too weakly, and all else down into it.
    """

    corrected: bool = True
    cap: float = 10.0
    top_k: int = 1
    baseline: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.cap < 0:
            raise InputError(f"cap is {self.cap}: it must be above 0, or 0 for no limit")
        if self.top_k < 1:
            raise InputError(f"top_k is {self.top_k}: it must be at least 1")

    def idle(self) -> dict[str, str]:
        found = super().idle()
        if not self.corrected:
            found["cap"] = "corrected is false, so no weight is capped"
        return found

    def build(self) -> Reinforce:
        return Reinforce(self)


class Reinforce(SessionStates):
    """States of SASRec; the softmax of its scores is the policy.

    A second table, on states that it does not train, estimates the policy that wrote the log where the log
    has no column ``propensity``.
    """

    settings: ReinforceSettings
    learning = "policy"

    def __init__(self, settings: ReinforceSettings) -> None:
        super().__init__(settings)
        self.behaviour = nn.Embedding(settings.n_items + 1, settings.dim, padding_idx=0)
        nn.init.normal_(self.behaviour.weight, std=0.02)

    def behaviour_matrix(self) -> Tensor:
        """``(V+1, D)``: the table of the estimated logger; row 0 is padding."""
        return self.behaviour.weight


RECIPES = {
    "reinforce": Recipe(
        "REINFORCE on logged sessions: SASRec's scores as a policy, weighted with returns",
        "Williams 1992; Chen et al. 2019",
        ReinforceSettings,
        {"positions": "distance"},
        {**SASREC["sasrec"].training, "precision": "fp32"},
    ),
}
