"""Decision transformer (Chen et al. 2021): the next item, given the return that is wished for.

Sizes: ``B`` batch, ``T`` time, ``D`` width, ``E`` kinds of events, ``V`` items.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ..data.batch import Batch
from ..encoders import TransformerEncoder
from ..messages import InputError
from .next_item import NextItemModel
from .recipe import Recipe
from .sasrec import RECIPES as SASREC
from .session_states import RewardedSettings, check_events

TOKENS = 3  # of each step: the item, the return that is still wished for, what became of the item


@dataclass(frozen=True)
class DecisionTransformerSettings(RewardedSettings):
    """Settings of :class:`DecisionTransformer`.

    Attributes:
        asked_quantile: which return it is asked for: this quantile of the returns of training rows.
        wish: how many times that return is asked for.
    """

    asked_quantile: float = 0.9
    wish: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.asked_quantile <= 1:
            raise InputError(f"asked_quantile is {self.asked_quantile}: it must lie between 0 and 1")

    def idle(self) -> dict[str, str]:
        return {**super().idle(), "discount": "a wished return counts each reward in full"}

    def build(self) -> DecisionTransformer:
        return DecisionTransformer(self)


class DecisionTransformer(NextItemModel):
    """Causal blocks over three tokens a step: the item, the return wished from there on, the item's outcome.

    The published order is return, state, action. Here the action of a step is the next item, so the tokens
    before it are the return that it is to begin and the outcome of the item before: the same order. The
    state that predicts is that of the last of a step's tokens.
    """

    settings: DecisionTransformerSettings
    learning = "conditioned"
    asked: Tensor  # the return that is wished for at the start
    worth: Tensor  # (E+1,) what each event brings, or one number: what each interaction does

    def __init__(self, settings: DecisionTransformerSettings) -> None:
        super().__init__(settings)
        s = settings
        self.wished = nn.Linear(1, s.dim)
        self.outcome = nn.Embedding(s.events + 2, s.dim)  # 0: no event, or none that is read
        nn.init.normal_(self.outcome.weight, std=0.02)
        self.encoder = TransformerEncoder(
            s.dim,
            s.layers,
            s.heads,
            s.ff_width,
            TOKENS * s.max_len,
            s.dropout,
            s.norm,
            s.positions,
            s.request,
        )
        self.reads_request = s.request and s.timed
        self.head = self.make_head()
        self.register_buffer("asked", torch.ones(()))
        self.register_buffer("worth", torch.ones(s.events + 1))

    def ask(self, asked: float, by_code: Tensor | None) -> None:
        """Keep the return that is asked for, and what events bring; both are saved with the weights."""
        self.asked.fill_(asked)
        if by_code is not None and self.settings.events:
            if len(by_code) > len(self.worth):
                raise InputError(
                    f"the log has {len(by_code) - 1} kinds of events and this model reads "
                    f"{self.settings.events}: give --set events={len(by_code) - 1}"
                )
            self.worth[: len(by_code)] = by_code

    def wishes(self, batch: Batch) -> Tensor:
        """``(B, T)``: what is still wished for after each step: the asked return without what has come.

        The first item is what the user came with: it is no action, and its reward is no part of a return.
        """
        if "reward" in batch.features:
            brought = batch.features["reward"].float()
        elif batch.events is not None and self.settings.events:
            check_events(batch, self.settings.events)
            brought = self.worth[batch.events]
        else:
            brought = batch.mask().float()
        brought = torch.cat([torch.zeros_like(brought[:, :1]), brought[:, 1:]], 1)
        return self.settings.wish * self.asked - brought.cumsum(1)

    def states(self, batch: Batch, wished: Tensor) -> Tensor:
        """``(B, T, D)``: the state after each step, told the return ``(B, T)`` from the next item on."""
        return self.head(self._read(batch, wished))

    def _read(self, batch: Batch, wished: Tensor) -> Tensor:
        """:meth:`states` before the head."""
        b, t = batch.items.shape
        events = torch.zeros_like(batch.items)
        if batch.events is not None and self.settings.events:
            check_events(batch, self.settings.events)
            events = batch.events
        size = self.asked.abs().clamp(min=1.0)
        told = self.wished((wished / size)[..., None].to(self.wished.weight.dtype))  # (B, T, D)
        tokens = torch.stack([self.item_vectors(batch), told, self.outcome(events)], 2)
        times = None if batch.times is None else batch.times.repeat_interleave(TOKENS, 1)
        long = replace(batch, lengths=TOKENS * batch.lengths, times=times)
        states, _ = self.encoder(tokens.view(b, TOKENS * t, -1), long)
        return states.view(b, t, TOKENS, -1)[:, :, -1]

    def attend(self, batch: Batch, need_weights: bool = False) -> tuple[Tensor, list[Tensor]]:
        """States before the head, asked with :meth:`wishes`. Weights are between tokens, so none is shown."""
        return self._read(batch, self.wishes(batch)), []


RECIPES = {
    "decision-transformer": Recipe(
        "causal blocks over items, returns and outcomes, asked for a session that goes well",
        "Chen et al. 2021",
        DecisionTransformerSettings,
        {"positions": "distance"},
        {**SASREC["sasrec"].training, "precision": "fp32"},
    ),
}
