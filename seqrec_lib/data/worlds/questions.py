"""Asking a new user: what each answer says of the hidden type, exactly.

The types are latent classes: given its type, a user answers one question without regard to the others.
Sizes: ``V`` items, ``Z`` types.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ...messages import InputError
from .clicks import click_by_type
from .clock import EPOCH
from .process import State
from .world import World

Rule = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Questions:
    """What can be asked of somebody without a history, and what a type would do next.

    Attributes:
        prior: ``(Z,)``, shares of the types. yes: ``(V+1, Z)``, p(a click on the item, shown alone | type).
        following: ``(Z, V+1)``, p(first item | type), column 0 is 0.
    """

    prior: Tensor
    yes: Tensor
    following: Tensor


def questions(world: World, moment: float | None = None) -> Questions:
    """The world's own numbers at one ``moment`` (seconds since 1970; None: its first day).

    A question shows one item at place 1, to a user who has met nothing. The answer is whether it is clicked.

    Raises:
        InputError: a world that shows nothing.
    """
    if not world.settings.slate:
        raise InputError(f"world {world.name!r} shows nothing to click: use 'ads' or 'shop'")
    when = torch.tensor([EPOCH if moment is None else moment], dtype=torch.float64)
    view = State(world.settings, world.tables, 1).look(when)
    items = torch.arange(world.n_items + 1)[None]  # (1, V+1)
    yes = click_by_type(world.settings, world.tables, view, items, torch.ones_like(items))[0]  # (V+1, Z)
    intensity = view.common + world.tables.taste * view.lean  # (Z, V+1)
    return Questions(world.tables.prior, yes, intensity / intensity.sum(1, keepdim=True))


def entropy(p: Tensor) -> Tensor:
    """-sum p log p in nats over the last dimension, 0 log 0 = 0."""
    return -(p * p.clamp(min=1e-300).log()).sum(-1)


def answer(belief: Tensor, yes: Tensor, clicked: Tensor) -> Tensor:
    """Bayes' rule: ``belief`` ``(B, Z)`` after items with ``yes`` ``(B, Z)`` were clicked ``(B,)`` or not."""
    likely = torch.where(clicked[:, None], yes, 1 - yes)
    new = belief * likely
    return new / new.sum(-1, keepdim=True)


def information_gain(belief: Tensor, yes: Tensor) -> Tensor:
    """``(B, V+1)``: by how much each question is expected to lower the entropy of a belief ``(B, Z)``.

    It equals the entropy of the answer less its mean entropy given the type (Lindley 1956), which is how it
    is computed: one product for all items. An item that nobody can click tells nothing.
    """
    p = belief @ yes.T  # (B, V+1)
    return _of_two(p) - belief @ _of_two(yes).T


def answer_entropy(belief: Tensor, yes: Tensor) -> Tensor:
    """``(B, V+1)``: how unsure the answer is, whatever it tells (uncertainty sampling)."""
    return _of_two(belief @ yes.T)


def _of_two(p: Tensor) -> Tensor:
    return entropy(torch.stack([p, 1 - p], dim=-1))


def expected_ndcg(belief: Tensor, kind: Tensor, following: Tensor, k: int = 10) -> Tensor:
    """``(B,)``: NDCG@k of the ranking by the belief, expected over what the true ``kind`` does next."""
    order = (belief @ following)[:, 1:].argsort(1, descending=True)[:, :k] + 1  # (B, k)
    gain = 1 / torch.arange(2, k + 2, dtype=torch.float64).log2()
    return (following[kind].gather(1, order) * gain).sum(1)


def interview(
    asked_of: Questions, kind: Tensor, rule: Rule, number: int, generator: torch.Generator
) -> list[Tensor]:
    """Ask users of the types ``kind`` ``(B,)``; return beliefs ``(B, Z)`` after 0 to ``number`` questions.

    Args:
        rule: from the answers so far, ``(asked (B, k) items, clicked (B, k) bool)``, a value for each item,
            ``(B, V+1)``. The highest is asked; no item is asked twice.
        generator: draws the answers: a number for each user and question, whatever is asked.
    """
    belief = asked_of.prior.expand(len(kind), -1)
    chance = torch.rand(number, len(kind), generator=generator, dtype=torch.float64)
    asked = torch.zeros(len(kind), 0, dtype=torch.int64)
    clicked = torch.zeros(len(kind), 0, dtype=torch.bool)
    beliefs = [belief]
    for k in range(number):
        value = rule(asked, clicked).clone()
        value[:, 0] = -torch.inf
        item = value.scatter(1, asked, -torch.inf).argmax(1)
        said = chance[k] < asked_of.yes[item, kind]
        belief = answer(belief, asked_of.yes[item], said)
        asked, clicked = torch.cat([asked, item[:, None]], 1), torch.cat([clicked, said[:, None]], 1)
        beliefs.append(belief)
    return beliefs


def belief_after(prior: Tensor, yes: Tensor, asked: Tensor, clicked: Tensor) -> Tensor:
    """``(B, Z)``: the belief after items ``asked`` ``(B, k)`` were ``clicked`` ``(B, k)`` or not."""
    belief = prior.expand(len(asked), -1)
    for k in range(asked.shape[1]):
        belief = answer(belief, yes[asked[:, k]], clicked[:, k])
    return belief
