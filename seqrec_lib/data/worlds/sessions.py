"""Sessions in which what is shown now decides what may be shown later, with exact values of every policy.

Sizes: ``S`` states, ``V`` items, ``T`` places of a session. Item 0 is padding: no policy shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..errors import DataError
from .session_settings import SessionSettings, draw_catalogue


@dataclass
class SessionWorld:
    """A service that shows one item at a time to somebody who may leave after each.

    A visitor opens one item on their own. Then the service shows items, one after the other, at most ``T``.
    A shown item is clicked or skipped, which is observed, and then the visitor stays or leaves. What decides
    is the *state*: which interest the visitor follows, of K, and how far they trust the service, of M levels.

    - An item fits one interest; to others it appeals by the factor ``off``. Bait appeals to every interest.
    - A click on an item kindles the interest that it *leads to* and lifts trust by a level. A click on bait
      leaves the interest as it is and lowers trust by a level. A skip changes neither.
    - The visitor stays with a chance that grows with trust (``stay``), times ``patience`` after a skip.

    Nothing is hidden: what was shown and clicked tells the state (:meth:`states`), so the best policy needs
    states alone. The reward of a shown item is 1 if it is clicked, else 0.

    Attributes:
        settings: sizes and chances. fits, leads: ``(V+1,)`` interests, from 0. bait: ``(V+1,)`` bool.
        appeal: ``(V+1,)`` chance of a click by a visitor whom it fits. fame: ``(V+1,)`` how readily the
            service shows it today, whatever it is worth.
        click: ``(S, V+1)`` chance of a click. after: ``(S, V+1)`` the state after a click.
        stays: ``(2, S)`` chance to go on after a skip, after a click, in the state that follows.
    """

    settings: SessionSettings
    fits: Tensor = field(init=False)
    leads: Tensor = field(init=False)
    bait: Tensor = field(init=False)
    appeal: Tensor = field(init=False)
    fame: Tensor = field(init=False)
    click: Tensor = field(init=False)
    after: Tensor = field(init=False)
    stays: Tensor = field(init=False)

    def __post_init__(self) -> None:
        s = self.settings
        self.fits, self.leads, self.bait, self.appeal, self.fame = draw_catalogue(s)
        state = torch.arange(s.interests * s.levels)
        interest, trust = (state // s.levels)[:, None], (state % s.levels)[:, None]  # (S, 1)
        suits = (self.fits == interest) | self.bait  # (S, V+1)
        self.click = self.appeal * (suits.double() + s.off * (~suits).double())
        lifted = self.leads * s.levels + (trust + 1).clamp(max=s.levels - 1)
        lowered = interest * s.levels + (trust - 1).clamp(min=0)
        self.after = torch.where(self.bait, lowered, lifted)
        level = torch.tensor(s.stay, dtype=torch.float64)[state % s.levels]  # (S,)
        self.stays = torch.stack([s.patience * level, level])

    @property
    def n_items(self) -> int:
        """V."""
        return self.settings.items

    @property
    def n_states(self) -> int:
        """S: K interests times M levels of trust."""
        return len(self.click)

    def opening(self) -> Tensor:
        """``(V+1,)``: how likely a visitor opens each item. Nobody comes for bait."""
        first = (~self.bait).double()
        first[0] = 0
        return first / first.sum()

    def opened(self, items: Tensor) -> Tensor:
        """The state of visitors who have opened ``items``: the interest these lead to, and full trust."""
        return self.leads[items] * self.settings.levels + self.settings.levels - 1

    def starts(self) -> Tensor:
        """``(S,)``: how likely each state is when the service shows its first item."""
        chance = self.opening()
        return torch.zeros(self.n_states, dtype=torch.float64).index_add(
            0, self.opened(torch.arange(len(chance))), chance
        )

    def follow(self, state: Tensor, items: Tensor, clicked: Tensor) -> Tensor:
        """The state after ``items`` were shown; all ``(B,)``."""
        return torch.where(clicked, self.after[state, items], state)

    def states(self, items: Tensor, clicked: Tensor) -> Tensor:
        """``(B, T)``: the state after each step of histories ``(B, T)`` that begin with what was opened."""
        found = [self.opened(items[:, 0])]
        for t in range(1, items.shape[1]):
            found.append(self.follow(found[-1], items[:, t], clicked[:, t]))
        return torch.stack(found, 1)

    # Exact values -------------------------------------------------------------------------------------------

    def look_ahead(self, later: Tensor) -> Tensor:
        """``(S, V+1)``: expected clicks from here on if an item is shown and ``later`` ``(S,)`` follows."""
        skipped, clicked = self.stays
        won = 1 + clicked[self.after] * later[self.after]  # (S, V+1)
        lost = (skipped * later)[:, None]  # (S, 1)
        return self.click * won + (1 - self.click) * lost

    def optimum(self) -> Tensor:
        """Q ``(T, S, V+1)`` of the best policy: at place t, show the item and go on as well as possible.

        Column 0 is -inf. Backward induction (Bellman): the last place first.
        """
        later, found = self.click.new_zeros(self.n_states), []
        for _ in range(self.settings.steps):
            q = self.look_ahead(later)
            q[:, 0] = -torch.inf
            found.append(q)
            later = q.max(1).values
        return torch.stack(found[::-1])

    def values(self, policy: Tensor) -> Tensor:
        """Expected clicks from each place on, ``(T, S)``, where ``policy`` shows the items.

        Args:
            policy: ``(S, V+1)`` or ``(T, S, V+1)`` probabilities. Gradients flow through it.

        Raises:
            DataError: no probabilities of this shape, or padding is shown.
        """
        table = self.check_policy(policy)
        later, found = table.new_zeros(self.n_states), []
        for t in reversed(range(self.settings.steps)):
            later = (table[t] * self.look_ahead(later)).sum(1)
            found.append(later)
        return torch.stack(found[::-1])

    def worth(self, policy: Tensor) -> Tensor:
        """Q ``(T, S, V+1)``: expected clicks if an item is shown and ``policy`` goes on. Column 0 is -inf."""
        later = self.values(policy)
        after = torch.cat([later[1:], torch.zeros_like(later[:1])])
        found = torch.stack([self.look_ahead(each) for each in after])
        return found.index_fill(-1, torch.tensor([0]), -torch.inf)

    def value(self, policy: Tensor) -> Tensor:
        """Expected clicks of a session, one number, as in :meth:`values`."""
        return (self.starts() * self.values(policy)[0]).sum()

    def check_policy(self, policy: Tensor) -> Tensor:
        """``policy`` as ``(T, S, V+1)``. Raises DataError: see :meth:`values`."""
        wanted = (self.settings.steps, *self.click.shape)
        if policy.shape not in (wanted, wanted[1:]):
            raise DataError(
                f"a policy of {self.settings.name} is {wanted[1:]} or {wanted}; got {tuple(policy.shape)}"
            )
        table = policy.double().expand(wanted)
        if bool((table.detach()[..., 0] != 0).any()):
            raise DataError("a policy shows padding: column 0 must be 0")
        if not torch.allclose(table.detach().sum(-1), torch.ones(()).double(), atol=1e-6):
            raise DataError("each row of a policy must sum to 1")
        return table

    # Policies that everybody knows --------------------------------------------------------------------------

    def best(self) -> Tensor:
        """``(T, S, V+1)``: the optimal policy; the lowest number where items tie."""
        return greedy(self.optimum())

    def myopic(self) -> Tensor:
        """``(S, V+1)``: shows what is most likely clicked now."""
        return greedy(self.click.index_fill(1, torch.tensor([0]), -torch.inf))

    def logger(self) -> Tensor:
        """``(S, V+1)``: the policy that writes logs, fame times exp(``keen`` x chance of a click)."""
        scores = self.fame.log() + self.settings.keen * self.click
        return scores.softmax(1)  # fame of padding is 0


def greedy(scores: Tensor) -> Tensor:
    """The policy that shows the item with the highest score: one-hot, of the same shape."""
    return torch.nn.functional.one_hot(scores.argmax(-1), scores.shape[-1]).double()
