"""The oracle: exactly how likely each next item is, given only what a model can see.

A user's type z is hidden, and is the only thing hidden. One forward pass of Bayes' rule keeps
p(z | history); summing z out gives p(next item | history). No ranking can do better, in
expectation, by HR, NDCG or MRR than the order of these probabilities.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from .clock import gap_log_likelihood
from .process import State, View, intensity
from .settings import WorldSettings
from .tables import Tables


@dataclass
class Belief:
    """What can be known before one event. ``B`` users.

    Attributes:
        state: what was observed. view: what could come now, but for the types.
        posterior: ``(B, Z)``, p(type | history, time of the request). total: ``(B, Z)``, sum of all
            intensities over the allowed items, for each type.
    """

    state: State
    view: View
    posterior: Tensor
    total: Tensor

    @property
    def scale(self) -> Tensor:
        """``(B, Z)``: p(type | history) over the normaliser; intensities times this are p(item, type)."""
        return self.posterior / self.total

    def next_item(self) -> Tensor:
        """p(next item | history): ``(B, V+1)``, rows sum to 1, column 0 is 0."""
        taste = self.scale @ self.state.tables.taste  # (B, Z) @ (Z, V+1)
        return self.view.common * self.scale.sum(1, keepdim=True) + taste * self.view.lean

    def of_item(self, item: Tensor) -> Tensor:
        """p(item, type | history) for one item ``(B,)`` each: ``(B, Z)``."""
        return self.scale * intensity(self.state.tables, self.view, item[:, None]).squeeze(1)


def beliefs(
    settings: WorldSettings, tables: Tables, items: Tensor, times: Tensor, query_time: Tensor, lengths: Tensor
) -> Generator[tuple[int, Tensor, Belief], Tensor | None, None]:
    """Walk through ``B`` histories; before each event, yield ``(step, active rows, belief)``.

    ``active`` ``(B,)`` is True for rows with at least ``step`` events: for them the belief before
    event ``step`` is meant. Steps run from 0 to the longest length, where the event is the one
    asked for at ``query_time``. The belief is changed in place after it is yielded.

    A walk that is sent row numbers ``(B,)`` goes on, after the event, with those rows: their histories
    must be the same, their times may differ (see :mod:`.order_only`).
    """
    size, width = items.shape
    state = State(settings, tables, size)
    log_posterior = tables.prior.log().expand(size, -1).clone()
    taste_left = state.allowed @ tables.taste.T  # (B, Z)
    for step in range(int(lengths.max()) + 1):
        own = times[:, step] if step < width else query_time
        moment = torch.where(lengths == step, query_time, own)
        if settings.pace and step:  # the gap itself tells something about the type
            gap = gap_log_likelihood(settings, tables.session_end, times[:, step - 1], moment)
            log_posterior = (log_posterior + gap).log_softmax(1)
        view = state.look(moment)
        if settings.taste_moves:
            taste_left = view.lean @ tables.taste.T
        belief = Belief(state, view, log_posterior.softmax(1), view.common.sum(1, keepdim=True) + taste_left)
        order = yield step, lengths >= step, belief
        if step >= width:
            break
        item = torch.where(step < lengths, items[:, step], 0)
        seen = belief.of_item(item).clamp(min=1e-300).log()
        log_posterior = torch.where((item > 0)[:, None], seen.log_softmax(1), log_posterior)
        if not settings.repeats and not settings.taste_moves:
            taken = state.allowed[torch.arange(size), item]
            taste_left = taste_left - tables.taste[:, item].T * taken[:, None]
        state.observe(item, moment)
        if order is not None:
            state.reorder(order)
            log_posterior, taste_left = log_posterior[order], taste_left[order]
