"""Sessions in which a list of several items is shown at each place, with exact values of lists and of draws.

Sizes: ``S`` states, ``V`` items, ``T`` places of a session, ``K`` items of a list, ``L`` lists.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import DataError
from .sessions import SessionWorld


@dataclass(frozen=True)
class ListWorld:
    """The visitors of a :class:`SessionWorld` are shown ``length`` items at once at each place.

    A visitor reads the list from the top and clicks the first item that appeals, as likely as if it stood
    alone; then the next list comes, in the state after that click. An item that stands in the list a second
    time is passed over. If nothing is clicked, that is one skip. So a list of one is the world itself.

    Raises:
        DataError: a list that is empty, longer than the catalogue, or of more than a million kinds.
    """

    world: SessionWorld
    length: int

    def __post_init__(self) -> None:
        v, k = self.world.n_items, self.length
        if not 1 <= k <= v or v**k > 1_000_000:
            raise DataError(f"lists of {k} of {v} items: give a length from 1 with at most 1,000,000 lists")

    def worth(self, later: Tensor, lists: Tensor) -> Tensor:
        """``(S, L)``: expected clicks from here on if a list is shown and ``later`` ``(S,)`` follows.

        Args:
            lists: ``(S, L, K)`` item numbers.
        """
        hit = _of_each(self.world.click, lists)  # (S, L, K)
        again = (lists[..., :, None] == lists[..., None, :]).tril(-1).any(-1)  # stands above already
        hit = hit.masked_fill(again, 0.0)
        passed = (1 - hit).cumprod(-1)
        read = torch.cat([torch.ones_like(hit[..., :1]), passed[..., :-1]], -1)
        won = 1 + self.world.stays[1][self.world.after] * later[self.world.after]  # (S, V+1)
        lost = (self.world.stays[0] * later)[:, None]  # (S, 1)
        return (read * hit * _of_each(won, lists)).sum(-1) + passed[..., -1] * lost

    def optimum(self) -> float:
        """Expected clicks of a session under the best lists: all are tried, the last place first."""
        lists = self._lists(itertools.permutations(range(1, self.world.n_items + 1), self.length))
        return self._back(lambda later, t: self.worth(later, lists).max(1).values)

    def of_top(self, scores: Tensor) -> float:
        """Expected clicks of a session where the items with the highest scores are listed, best first.

        Args:
            scores: ``(S, V+1)`` or ``(T, S, V+1)``; column 0 is padding and never shown.
        """
        table = scores.index_fill(-1, torch.tensor([0]), -torch.inf)
        table = table.expand(self.world.settings.steps, -1, -1)
        return self._back(
            lambda later, t: self.worth(later, table[t].topk(self.length).indices[:, None])[:, 0]
        )

    def of_draws(self, policy: Tensor, again: bool = False) -> float:
        """Expected clicks of a session where a list is drawn from ``policy``, over every list.

        Args:
            policy: as for :meth:`SessionWorld.values`. again: draws are independent and may repeat an item.
                False: what was drawn already is not drawn again.

        Raises:
            DataError: no policy of this world, or one with fewer items than a list without repeats needs.
        """
        table = self.world.check_policy(policy)
        if not again and int((table > 0).sum(-1).min()) < self.length:
            raise DataError(f"a list of {self.length} different items needs as many with a chance above 0")
        items = range(1, self.world.n_items + 1)
        draw = (
            itertools.product(items, repeat=self.length)
            if again
            else itertools.permutations(items, self.length)
        )
        lists = self._lists(draw)

        def mean(later: Tensor, t: int) -> Tensor:
            chance = _of_each(table[t], lists)  # (S, L, K)
            if not again:
                gone = chance.cumsum(-1) - chance
                chance = chance / (1 - gone).clamp(min=1e-12)
            each = chance.prod(-1)
            # What rounding leaves of a policy that is sure of one item is shared out as it stands.
            return (each * self.worth(later, lists)).sum(1) / each.sum(1)

        return self._back(mean)

    def _lists(self, found: Iterable[tuple[int, ...]]) -> Tensor:
        """``(S, L, K)``: the same lists for every state."""
        return torch.tensor(list(found)).expand(self.world.n_states, -1, -1)

    def _back(self, step: Callable[[Tensor, int], Tensor]) -> float:
        """Backward induction: ``step(later, t)`` is ``(S,)``, what each state is worth at place ``t``."""
        later = torch.zeros(self.world.n_states, dtype=torch.float64)
        for t in reversed(range(self.world.settings.steps)):
            later = step(later, t)
        return float((self.world.starts() * later).sum())


def _of_each(table: Tensor, lists: Tensor) -> Tensor:
    """``(S, L, K)``: the entries of ``table`` ``(S, V+1)`` at ``lists`` ``(S, L, K)``."""
    return table.gather(1, lists.flatten(1)).view(lists.shape)
