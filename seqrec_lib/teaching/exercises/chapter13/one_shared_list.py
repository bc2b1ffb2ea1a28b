"""Team-draft interleaving, with the coins given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _draft(
    old: Tensor, new: Tensor, coins: Tensor, *,
    skips: bool = True, by_round: bool = True, fair: bool = True, turned: bool = False, loses: bool = False,
) -> tuple[list[int], list[int]]:  # fmt: skip
    lists = (old.tolist(), new.tolist())
    first = [int(c) for c in coins.tolist()]
    if turned:
        first = [1 - c for c in first]
    order: list[int] = []
    for coin in first:
        coin = coin if fair else 0
        order += [coin, 1 - coin] if by_round else [coin, coin]
    items: list[int] = []
    team: list[int] = []
    at = [0, 0]
    for turn in order:
        own = lists[turn]
        if skips and not loses:
            while own[at[turn]] in items:
                at[turn] += 1
        item = own[at[turn]]
        at[turn] += 1
        if loses and item in items:
            continue
        items.append(item)
        team.append(turn)
    return items, team


def one_shared_list(old: Tensor, new: Tensor, coins: Tensor) -> tuple[Tensor, Tensor]:
    """old, new: (R,) int64, coins: (G,) bool. Returns items, team: 2G whole numbers each."""
    items, team = _draft(old, new, coins)
    return torch.tensor(items), torch.tensor(team)


def _known(**changes: Any) -> Callable:
    return lambda old, new, coins: _draft(old, new, coins, **changes)


def _greedy(old: Tensor, new: Tensor, coins: Tensor) -> tuple[list[int], list[int]]:
    """Each captain takes the best item of the ranking, again and again."""
    team = [turn for coin in coins.tolist() for turn in (int(coin), 1 - int(coin))]
    return [int((old, new)[turn][0]) for turn in team], team


def _swapped(old: Tensor, new: Tensor, coins: Tensor) -> tuple[list[int], list[int]]:
    items, team = _draft(old, new, coins)
    return items, [1 - turn for turn in team]


def _probes() -> list[Probe]:
    def case(about: str, old: list[int], new: list[int], coins: list[int]) -> Probe:
        return Probe(about, (torch.tensor(old), torch.tensor(new), torch.tensor(coins, dtype=torch.bool)))

    return [
        case("two rounds, one item shared", [12, 5, 7, 9], [5, 31, 12, 8], [1, 0]),
        case("the same ranking twice", [4, 18, 2, 40, 11, 6], [4, 18, 2, 40, 11, 6], [0, 1, 1]),
        case("four rounds", [9, 3, 27, 14, 50, 6, 2, 1], [3, 9, 14, 60, 27, 61, 2, 62], [1, 1, 0, 1]),
    ]


EXERCISE = Exercise(
    name="one-shared-list",
    reference=one_shared_list,
    probes=_probes,
    mutants=(
        Mutant(
            "shown-twice",
            "An item stands in the list twice. What must a captain do if the best item is taken?",
            _known(skips=False),
            _greedy,
        ),
        Mutant(
            "coin-for-both",
            "One captain chooses twice in a round. The coin says who is first, and the other is second.",
            _known(by_round=False),
        ),
        Mutant(
            "old-first",
            "The old ranking always chooses first, so its items always stand higher.",
            _known(fair=False),
        ),
        Mutant(
            "turned-round", "A coin that shows True lets the new ranking choose first.", _known(turned=True)
        ),
        Mutant("teams-swapped", "The list is right. Which team does 1 stand for?", _swapped),
        Mutant(
            "turn-lost",
            "A captain whose best item is taken takes the next free one, and does not pass.",
            _known(loses=True),
        ),
    ),
    hints=(
        "Play the first round of the first probe by hand: the new captain takes 5. What is left for the old?",
        "Each captain walks down the own ranking to the first item that is not in the list yet.",
    ),
)
