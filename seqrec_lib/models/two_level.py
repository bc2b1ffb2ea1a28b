"""Attention on two levels: within sessions, then over them. Sizes: ``B`` batch, ``T`` steps, ``D`` width."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..attention import (
    causal_mask,
    masked_softmax,
    session_ends,
    session_numbers,
    session_shares,
    session_vectors,
    two_level,
)
from ..data.batch import Batch
from ..messages import InputError
from .next_item import NextItemModel, NextItemSettings
from .recipe import USUAL_TRAINING, Recipe


@dataclass(frozen=True)
class TwoLevelSettings(NextItemSettings):
    """Settings of :class:`TwoLevel`.

    Attributes:
        levels: 2, or 1 for one softmax over all items of the history: the same weights without sessions.
        gap_minutes: a longer pause than this ends a session.
        request: whether the model knows if the request still belongs to the last session.
    """

    levels: int = 2
    gap_minutes: int = 60
    request: bool = True
    head: str = "mlp"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.levels > 2:
            raise InputError(f"levels is {self.levels}: use 1 or 2")

    @property
    def timed(self) -> bool:
        return True

    def idle(self) -> dict[str, str]:
        found = super().idle()
        if self.levels == 1 and not self.request:
            found["gap_minutes"] = "levels is 1 and request is no, so sessions are not looked at"
        return found

    def build(self) -> TwoLevel:
        return TwoLevel(self)


class TwoLevel(NextItemModel):
    """The last item's vector, plus a sum of all item vectors weighed on two levels, then the head.

    Within a session an item's score is u . tanh(W e + b) (Yang et al. 2016) plus a learned number
    for its place, counted from the session's end. Over sessions it is a scaled dot product of the last item's
    query and the session's vector, plus a learned number for how many sessions ago that was.

    Raises:
        DataError: a batch without times.
    """

    settings: TwoLevelSettings

    def __init__(self, settings: TwoLevelSettings) -> None:
        super().__init__(settings)
        s = settings
        self.layers, self.reads_request = 1, s.request
        self.dropout = nn.Dropout(s.dropout)
        self.inner, self.u = nn.Linear(s.dim, s.dim), nn.Parameter(torch.randn(s.dim) / s.dim**0.5)
        self.query, self.key = nn.Linear(s.dim, s.dim), nn.Linear(s.dim, s.dim)
        self.place = nn.Parameter(torch.zeros(s.max_len))  # from the end of the session, or of the history
        self.ago = nn.Parameter(torch.zeros(s.max_len + 1)) if s.levels == 2 else None  # sessions back
        self.opens = nn.Parameter(torch.zeros(s.dim)) if s.request else None
        self.head = self.make_head()

    def attend(self, batch: Batch, need_weights: bool = False) -> tuple[Tensor, list[Tensor]]:
        states = self.dropout(self.item_vectors(batch))  # (B, T, D)
        asked, session = self._sessions(batch)
        allowed = causal_mask(batch.lengths, states.shape[1])
        content = torch.tanh(self.inner(states)) @ self.u  # (B, T)
        step = torch.arange(states.shape[1], device=states.device)
        root = self.settings.dim**0.5
        if self.settings.levels == 1:
            away = (step[:, None] - step).clamp(min=0)  # (T, T)
            scores = self.query(states) @ self.key(states).transpose(1, 2) / root
            weights = masked_softmax(scores + content[:, None] + self.place[away], allowed)
            output = weights.to(states.dtype) @ states
        else:
            end = torch.minimum(session_ends(session)[:, None], step[:, None])  # (B, T, T), as step t sees it
            place = (end - step).clamp(min=0)  # where j <= t
            shares = session_shares(content[:, None] + self.place[place], session, allowed)
            vectors = session_vectors(shares, states, session)  # (B, T, D)
            scores = self.query(states) @ self.key(vectors).transpose(1, 2) / root
            ago = (asked[:, :, None] - session[:, None]).clamp(min=0)  # (B, T, T)
            assert self.ago is not None  # with two levels
            output, weights, _, _ = two_level(shares, scores + self.ago[ago], states, session, allowed)
        new = 0 if self.opens is None else (asked > session)[..., None] * self.opens
        return states + output + new, [weights[:, None]] if need_weights else []

    def _sessions(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """``(B, T)`` each: the session of the request after each step, and of the step itself."""
        request = batch.request_times()  # raises where there are no times
        assert batch.times is not None
        gap = 60.0 * self.settings.gap_minutes
        session = session_numbers(batch.times, batch.lengths, gap)
        later = (request - batch.times > gap) & batch.mask()
        return (session + later if self.settings.request else session), session


RECIPES = {
    "two-level": Recipe(
        "attention within each session, then over the sessions; needs times",
        "after Yang et al. 2016; chapter 6 of this book",
        TwoLevelSettings,
        {},
        USUAL_TRAINING,
    ),
}
