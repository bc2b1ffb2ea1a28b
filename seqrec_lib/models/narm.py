"""NARM (Li et al. 2017): a GRU's last state, beside a sum of all its states that the last one weighs.

Sizes: ``B`` batch, ``T`` steps, ``D`` width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..attention import causal_mask, masked_softmax
from ..data.batch import Batch
from .next_item import NextItemModel, NextItemSettings
from .recipe import USUAL_TRAINING, Recipe


@dataclass(frozen=True)
class NARMSettings(NextItemSettings):
    """Settings of :class:`NARM`.

    Attributes:
        normalise: softmax over the steps, as in the authors' code. The paper has none.
        look: False leaves the weighted sum out: the GRU's last state alone, with a last layer as wide.
    """

    normalise: bool = False
    look: bool = True

    def idle(self) -> dict[str, str]:
        return {**super().idle(), **({} if self.look else {"normalise": "nothing is weighed without look"})}

    def build(self) -> NARM:
        return NARM(self)


class NARM(NextItemModel):
    """The state is a linear map of [c_t; h_t], with c_t the sum of alpha_tj h_j over j <= t.

    alpha_tj = v . sigmoid(A_1 h_t + A_2 h_j): equations 6 to 8 of the paper; the scores are its bilinear
    ones, e_i . B [c_t; h_t] (equation 9). The paper trains the last step of each prefix; here all steps are
    trained at once, which comes to the same examples. Not taken over from the authors' code: a hard sigmoid,
    and a reset gate before the product (PyTorch's stands after it).
    """

    settings: NARMSettings

    def __init__(self, settings: NARMSettings) -> None:
        super().__init__(settings)
        s = settings
        self.layers, self.weights_sum_to_one = int(s.look), s.normalise
        self.dropout = nn.Dropout(s.dropout)
        self.encoder = nn.GRU(s.dim, s.dim, batch_first=True)
        if s.look:
            self.query, self.key = (nn.Linear(s.dim, s.dim, bias=False) for _ in range(2))  # A_1, A_2
            self.v = nn.Parameter(torch.randn(s.dim) / s.dim**0.5)
        self.bilinear = nn.Linear(s.dim * (2 if s.look else 1), s.dim, bias=False)  # B
        self.head = self.make_head()

    def attend(self, batch: Batch, need_weights: bool = False) -> tuple[Tensor, list[Tensor]]:
        """As the frame's; without softmax the weights ``(B, 1, T, T)`` need not sum to 1, nor be positive."""
        states, _ = self.encoder(self.dropout(self.item_vectors(batch)))  # (B, T, D)
        if not self.settings.look:
            return self.bilinear(self.dropout(states)), []
        mask = causal_mask(batch.lengths, states.shape[1])  # (B, T, T)
        weights = narm_weights(self.query(states), self.key(states), self.v, mask, self.settings.normalise)
        both = torch.cat([weights @ states, states], dim=-1)  # (B, T, 2D)
        return self.bilinear(self.dropout(both)), [weights[:, None]] if need_weights else []


def narm_weights(query: Tensor, key: Tensor, v: Tensor, mask: Tensor, normalise: bool = False) -> Tensor:
    """``(B, T, S)``: v . sigmoid(query_t + key_j) where ``mask`` ``(B, T, S)`` is True, else 0.

    ``query`` ``(B, T, D)`` and ``key`` ``(B, S, D)`` are projected. ``normalise``: a softmax over what may be
    looked at; softmax over everything, masked and divided by its sum, as in the authors' code, gives the same
    numbers.
    """
    scores = torch.sigmoid(query.unsqueeze(-2) + key.unsqueeze(-3)) @ v  # (B, T, S, D) @ (D,)
    return masked_softmax(scores, mask).to(query.dtype) if normalise else scores * mask


RECIPES = {
    "narm": Recipe(
        "NARM: a GRU, and attention of its last state over all of them",
        "Li et al. 2017, with full cross-entropy over all steps",
        NARMSettings,
        {},
        USUAL_TRAINING,
    ),
}
