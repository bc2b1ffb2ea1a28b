"""Beam search among the codes of items: which prefixes stay, and what their score is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe

Codes = tuple[int, ...]


def _search(log_p: Callable, items: list[list[int]], width: int, *, constrained: bool = True,
            before: bool = True, greedy: bool = False, probability: bool = False, worst: bool = False,
            last: bool = False) -> Tensor:  # fmt: skip
    beams: list[tuple[float, Codes]] = [(0.0, ())]
    for level in range(len(items[0])):
        grown: list[tuple[float, Codes]] = []
        for score, prefix in beams:
            row = log_p(list(prefix) if before else [])
            for code, value in enumerate(row.tolist()):
                longer = (*prefix, code)
                if constrained and not any(tuple(item[: level + 1]) == longer for item in items):
                    continue
                step = float(torch.tensor(value).exp()) if probability else value
                grown.append((step if last else score + step, longer))
        grown.sort(key=lambda one: one[0] if worst else -one[0])
        beams = grown[: 1 if greedy else width]
    return torch.tensor([prefix for _, prefix in beams], dtype=torch.int64)


def trie_beam(log_p: Callable, items: list[list[int]], width: int) -> Tensor:
    """log_p: list of codes -> (K,), items: list of lists of L codes, width: int. Returns (W, L) int64."""
    return _search(log_p, items, width)


def _known(**changes) -> Callable:
    return lambda log_p, items, width: _search(log_p, items, width, **changes)


@dataclass(repr=False)
class _Model:
    """log p of the next code by the codes before it: numbers drawn for each prefix."""

    size: int
    seed: int
    sharp: float = 1.5

    def __call__(self, prefix: list[int]) -> Tensor:
        number = self.seed
        for code in prefix:
            number = 31 * number + int(code) + 1
        draw = torch.Generator().manual_seed(number)
        return (self.sharp * torch.randn(self.size, generator=draw, dtype=torch.float64)).log_softmax(0)

    def __repr__(self) -> str:
        return f"log p of {self.size} codes"


def _probes() -> list[Probe]:
    def case(about: str, size: int, levels: int, count: int, width: int, seed: int) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        every = torch.cartesian_prod(*[torch.arange(size)] * levels)
        some = every[torch.randperm(len(every), generator=draw)[:count]]
        return Probe(about, (_Model(size, seed), some.tolist(), width))

    return [
        case("six items of two codes, two beams", 4, 2, 6, 2, 5),
        case("three codes, three beams", 5, 3, 40, 3, 1),
        case("many items", 8, 3, 150, 4, 2),
        case("more beams than items", 3, 2, 5, 9, 3),
        case("a long code", 3, 5, 60, 3, 4),
    ]


EXERCISE = Exercise(
    name="trie-beam",
    reference=trie_beam,
    probes=_probes,
    mutants=(
        Mutant(
            "no-trie",
            "Some of what is found is no item. Follow only prefixes that some item begins with.",
            _known(constrained=False),
        ),
        Mutant(
            "prefix-ignored",
            "Every code is asked for with an empty prefix. The model should be told the codes before it.",
            _known(before=False),
        ),
        Mutant("greedy", "One beam goes on after each level. Keep `width` of them.", _known(greedy=True)),
        Mutant(
            "probabilities-added",
            "Probabilities are added up. A path's probability is a product: add logarithms.",
            _known(probability=True),
        ),
        Mutant(
            "last-code-alone",
            "A beam is judged by its newest code alone. All of its codes count.",
            _known(last=True),
        ),
        Mutant("worst-first", "The order is turned round: the largest sum comes first.", _known(worst=True)),
    ),
    hints=(
        "A beam is a sum and a prefix. At each level every beam grows by every code that an item allows.",
        "Gather what has grown from all beams in one list, sort it by the sum, and cut it once.",
    ),
)
