"""The playground's world and model once more, in NumPy and PyTorch: what its JavaScript is compared with.

Written from the description alone: the oracle here multiplies probabilities of whole histories, and PyTorch
makes gradients and steps. Sizes: ``R`` histories, ``T`` = 16 events, ``V`` = 12 items, ``D`` = 8.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

V, T, D, FIRST, RULED, BATCH = 12, 16, 8, 5, 0.8, 16
GROUPS = V // 3
SCORES = ("dot", "scaled", "bilinear", "additive")
RULES = ("copy", "companion", "taste")
Settings = dict[str, object]


def numbers(seed: int) -> Iterator[float]:
    """mulberry32: numbers in [0, 1), the same bits as in the page."""
    mask = 0xFFFFFFFF
    state = seed & mask
    while True:
        state = (state + 0x6D2B79F5) & mask
        mixed = ((state ^ (state >> 15)) * (state | 1)) & mask
        mixed ^= (mixed + ((mixed ^ (mixed >> 7)) * (mixed | 61) & mask)) & mask
        yield (mixed ^ (mixed >> 14)) / 2**32


def history(settings: Settings, random: Iterator[float]) -> list[int]:
    """One history of ``T`` events."""
    rule, lag = settings["rule"], int(str(settings["k"]))
    back = {"copy": 1, "companion": lag, "taste": 0}[str(rule)]
    items: list[int] = []
    taste = int(next(random) * GROUPS)
    for t in range(T):
        ruled, place = next(random) < RULED, next(random)
        if not ruled or t < back:
            items.append(int(place * V))
        elif rule == "taste":
            items.append(3 * taste + int(3 * place))
        else:
            items.append((items[t - back] + (rule == "companion")) % V)
    return items


def histories(settings: Settings, count: int, random: Iterator[float]) -> Tensor:
    """``(R, T)`` int64."""
    return torch.tensor([history(settings, random) for _ in range(count)])


def shares(settings: Settings, items: list[int]) -> np.ndarray:
    """``(V,)``: the probability of each next item after all of ``items``, as a ratio of two joint ones."""
    joint = np.array([likelihood(settings, [*items, i]) for i in range(V)])
    return joint / likelihood(settings, items)


def likelihood(settings: Settings, items: list[int]) -> float:
    """The probability of a whole history, tastes summed out."""
    total = 0.0
    for taste in range(GROUPS):
        product = 1.0
        for t, item in enumerate(items):
            chance = 1 / V
            if settings["rule"] == "taste":
                by_rule = (item // 3 == taste) / 3
            else:
                back = 1 if settings["rule"] == "copy" else int(str(settings["k"]))
                step = 0 if settings["rule"] == "copy" else 1
                by_rule = chance if t < back else float(item == (items[t - back] + step) % V)
            product *= RULED * by_rule + (1 - RULED) * chance
        total += product / GROUPS
    return total


def start(settings: Settings) -> dict[str, Tensor]:
    """The parameters at step 0, float64, by name, in the order in which the page packs them."""
    random = numbers(1000 * int(str(settings["seed"])) + 1)
    shapes: dict[str, tuple[int, ...]] = {"E": (V, D), "O": (V, D)}
    if settings["score"] == "bilinear":
        shapes["W"] = (D, D)
    if settings["score"] == "additive":
        shapes |= {"A": (D, D), "C": (D, D), "v": (D,)}
    made = {}
    for name, shape in shapes.items():
        pairs = [(next(random), next(random)) for _ in range(math.prod(shape))]
        drawn = [math.sqrt(-2 * math.log(1 - a)) * math.cos(2 * math.pi * b) for a, b in pairs]
        spread = 0.5 if name == "E" else D**-0.5
        made[name] = spread * torch.tensor(drawn, dtype=torch.float64).reshape(shape)
    if settings["bias"]:
        made["b"] = torch.zeros(2 * T - 1, dtype=torch.float64)
    return made


SCORE: dict[str, Callable[[dict[str, Tensor], Tensor, Tensor], Tensor]] = {
    "dot": lambda p, query, key: query @ key.mT,
    "scaled": lambda p, query, key: query @ key.mT / math.sqrt(D),
    "bilinear": lambda p, query, key: query @ p["W"] @ key.mT,
    "additive": lambda p, query, key: (
        torch.tanh((query @ p["A"].T)[:, :, None] + (key @ p["C"].T)[:, None]) @ p["v"]
    ),
}


def loss(settings: Settings, p: dict[str, Tensor], rows: Tensor) -> Tensor:
    """Mean cross-entropy of the items after steps ``FIRST`` to ``T - 2``; ``rows`` is ``(R, T)``."""
    states = p["E"][rows]  # (R, T, D)
    scores = SCORE[str(settings["score"])](p, states, states)  # (R, T, T)
    step = torch.arange(T)
    if settings["bias"]:
        scores = scores + p["b"][step[:, None] - step[None, :] + T - 1]
    if settings["mask"]:
        scores = scores.masked_fill(step[None, :] > step[:, None], -math.inf)
    logits = scores.softmax(-1) @ states @ p["O"].T  # (R, T, V)
    asked = slice(FIRST, T - 1)
    return torch.nn.functional.cross_entropy(
        logits[:, asked].reshape(-1, V), rows[:, FIRST + 1 :].reshape(-1)
    )


def flat(p: dict[str, Tensor]) -> Tensor:
    """All numbers of ``p`` in a row."""
    return torch.cat([one.detach().reshape(-1) for one in p.values()])


def gradient(settings: Settings, p: dict[str, Tensor], rows: Tensor) -> tuple[float, Tensor]:
    """The loss and its gradient by autograd, in a row; 0 for what takes no part."""
    held = {name: one.clone().requires_grad_() for name, one in p.items()}
    value = loss(settings, held, rows)
    found = torch.autograd.grad(value, list(held.values()))
    return value.item(), torch.cat([one.reshape(-1) for one in found])


def train(settings: Settings, steps: int) -> tuple[list[float], Tensor]:
    """The losses of ``steps`` steps of PyTorch's Adam, and the parameters after them, in a row."""
    p = {name: one.requires_grad_() for name, one in start(settings).items()}
    random = numbers(1000 * int(str(settings["seed"])) + 2)
    optimiser = torch.optim.Adam(list(p.values()), lr=float(str(settings["rate"])))
    losses = []
    for _ in range(steps):
        value = loss(settings, p, histories(settings, BATCH, random))
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        losses.append(value.item())
    return losses, flat(p)
