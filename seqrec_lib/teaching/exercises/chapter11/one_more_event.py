"""Attention of one new event over keys and values that were kept."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _answer(
    keys: Tensor, values: Tensor, query: Tensor, key: Tensor, value: Tensor, bias: Tensor,
    scaled: bool = True, flip: bool = True, first: bool = False, axis: int = -1,
) -> Tensor:  # fmt: skip
    """The reference; ``flip``: the bias by distance; ``first``: the new key stands before the old ones."""
    parts = ([key[:, None], keys], [value[:, None], values]) if first else (
        [keys, key[:, None]], [values, value[:, None]])  # fmt: skip
    keys, values = (torch.cat(part, 1) for part in parts)  # (B, t+1, d)
    scores = (keys @ query[..., None])[..., 0]  # (B, t+1)
    scores = scores / query.shape[-1] ** 0.5 if scaled else scores
    own = bias[: keys.shape[1]]
    scores = scores + (own.flip(0) if flip else own)
    return (scores.softmax(axis)[..., None] * values).sum(1)


def one_more_event(
    keys: Tensor, values: Tensor, query: Tensor, key: Tensor, value: Tensor, bias: Tensor
) -> Tensor:
    """keys, values: (B, t, d), query, key, value: (B, d), bias: (L,). Returns (B, d)."""
    return _answer(keys, values, query, key, value, bias)


def _own_left_out(keys, values, query, key, value, bias):
    scores = (keys @ query[..., None])[..., 0] / query.shape[-1] ** 0.5 + bias[1 : keys.shape[1] + 1].flip(0)
    return (scores.softmax(-1)[..., None] * values).sum(1)


def _own_left_out_and_near(keys, values, query, key, value, bias):
    scores = (keys @ query[..., None])[..., 0] / query.shape[-1] ** 0.5 + bias[: keys.shape[1]].flip(0)
    return (scores.softmax(-1)[..., None] * values).sum(1)


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(113)

    def case(about: str, b: int, t: int, d: int, longest: int, size: float = 1.0) -> Probe:
        shapes = ((b, t, d), (b, t, d), (b, d), (b, d), (b, d), (longest,))
        return Probe(about, tuple(torch.randn(shape, generator=generator) * size for shape in shapes))

    return [
        case("one row, two events kept", 1, 2, 2, 4),
        case("three rows, five events kept", 3, 5, 4, 9),
        case("the longest history", 2, 6, 3, 7),
        case("large scores", 2, 4, 5, 12, 3.0),
    ]


def _known(**changes):
    return lambda keys, values, query, key, value, bias: _answer(
        keys, values, query, key, value, bias, **changes
    )


EXERCISE = Exercise(
    name="one-more-event",
    reference=one_more_event,
    probes=_probes,
    mutants=(
        Mutant(
            "itself-left-out",
            "The new event does not look at itself. In a full pass each step does.",
            _own_left_out,
            _own_left_out_and_near,
        ),
        Mutant(
            "bias-from-the-oldest",
            "The bias of distance 0 went to the oldest event. How far back is the first key that was kept?",
            _known(flip=False),
        ),
        Mutant(
            "new-key-first",
            "The new key stands before the old ones, where the bias takes it for the oldest.",
            _known(first=True),
        ),
        Mutant("not-divided", "The scores are not divided by √d.", _known(scaled=False)),
        Mutant(
            "bias-forgotten",
            "The bias of the distances is missing.",
            lambda keys, values, query, key, value, bias: _answer(
                keys, values, query, key, value, torch.zeros_like(bias)
            ),
        ),
        Mutant(
            "bias-one-off",
            "Each bias belongs to one step further back: the distance from an event to itself is 0.",
            lambda keys, values, query, key, value, bias: _answer(
                keys, values, query, key, value, torch.cat([bias[1:], bias[:1]])
            ),
        ),
        Mutant(
            "keys-handed-over",
            "The keys are mixed. Keys are compared, values are handed over.",
            lambda keys, values, query, key, value, bias: _answer(keys, keys, query, key, key, bias),
        ),
        Mutant(
            "softmax-over-rows",
            "The softmax runs over the histories of the batch. These do not know each other.",
            _known(axis=0),
        ),
    ),
    hints=(
        "Put the new key and value behind those that were kept. What is left is attention of one query.",
        "The newest key is 0 events away, the oldest t. Which way round do the numbers of `bias` stand?",
    ),
)
