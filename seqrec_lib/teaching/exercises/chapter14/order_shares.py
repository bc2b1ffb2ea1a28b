"""Shapley values from given orders of joining."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _values(v: Callable, order: Tensor) -> list[float]:
    """v of no event, of the first to join, of the first two, and so on."""
    return [float(v(order[:k].tolist())) for k in range(len(order) + 1)]


def order_shares(v: Callable, orders: Tensor) -> Tensor:
    """v: list of event numbers -> float, orders: (P, T) int64. Returns (T,)."""
    total = torch.zeros(orders.shape[1], dtype=torch.float64)
    for order in orders:
        total[order] += torch.tensor(_values(v, order), dtype=torch.float64).diff()
    return total / len(orders)


def one_order(v, orders):
    return order_shares(v, orders[:1])


def empty_forgotten(v, orders):
    """The first to join is credited with all that v is by then."""
    total = order_shares(v, orders)
    firsts = torch.bincount(orders[:, 0], minlength=orders.shape[1])
    return total + firsts * float(v([])) / len(orders)


def divided_twice(v, orders):
    return order_shares(v, orders) / orders.shape[1]


def not_divided(v, orders):
    return order_shares(v, orders) * len(orders)


def by_place(v, orders):
    """The rise goes to the place in the order, not to the event that stands there."""
    return torch.stack(
        [torch.tensor(_values(v, order), dtype=torch.float64).diff() for order in orders]
    ).mean(0)


def inverse_order(v, orders):
    """The order is read as when each event joins."""
    return order_shares(v, orders.argsort(1))


def leaving(v, orders):
    """Events leave in the order instead of joining."""
    return order_shares(v, orders.flip(1))


@dataclass(frozen=True, repr=False)
class _Game:
    """A game over few events: its own worth for each, and pairs that do something together."""

    empty: float
    own: dict[int, float]
    pairs: dict[tuple[int, int], float]

    def __call__(self, events) -> float:
        here = {int(event) for event in events}
        single = sum(value for event, value in self.own.items() if event in here)
        return self.empty + single + sum(w for (a, b), w in self.pairs.items() if a in here and b in here)


def _probes() -> list[Probe]:
    trio = _Game(-5.0, {0: 1.0, 1: 0.0, 2: 2.5}, {(0, 1): 1.5, (1, 2): -2.0})
    quad = _Game(-4.2, {0: 0.3, 1: -1.1, 3: 2.0}, {(0, 3): -0.9, (1, 2): 3.0, (2, 3): 0.4, (0, 1): 0.7})
    five = _Game(0.6, {4: 1.0, 2: -0.5}, {(0, 4): 2.0, (1, 3): -1.0, (2, 4): 0.25, (1, 2): 0.8})
    return [
        Probe("three events, two orders", (trio, torch.tensor([[2, 0, 1], [1, 2, 0]]))),
        Probe("four events, three orders", (quad, torch.tensor([[2, 0, 3, 1], [1, 3, 0, 2], [3, 1, 0, 2]]))),
        Probe("five events, two orders", (five, torch.tensor([[4, 2, 0, 1, 3], [1, 4, 3, 0, 2]]))),
    ]


EXERCISE = Exercise(
    name="order-shares",
    reference=order_shares,
    probes=_probes,
    mutants=(
        Mutant("one-order", "One order is used, and the others are left out.", one_order),
        Mutant(
            "empty-forgotten",
            "The first to join gets all that `v` is by then. What was it before anyone had joined?",
            empty_forgotten,
        ),
        Mutant(
            "divided-twice",
            "The shares are divided by the number of events too. An order's rises need no weight.",
            divided_twice,
        ),
        Mutant("not-divided", "The rises of all orders are added up and not averaged.", not_divided),
        Mutant(
            "by-place",
            "The rises are kept by place in the order. Whose rise is it?",
            by_place,
        ),
        Mutant(
            "inverse",
            "A row of `orders` says who joins first, not when event 0 joins.",
            inverse_order,
        ),
        Mutant("from-the-end", "The last of the order joins first.", leaving),
    ),
    hints=(
        "Take one order and write `v` of nobody, of the first, of the first two, and so on.",
        "There is one number more than there are events. To whom does each difference belong?",
    ),
)
