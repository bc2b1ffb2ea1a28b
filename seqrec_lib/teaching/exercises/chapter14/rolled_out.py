"""Attention followed down through the layers."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _roll(weights, lengths, mix=lambda a, eye: (a + eye) / 2, layers=lambda n: range(n), left=True, row=None):
    heads = weights.double().mean(2)  # (N, B, T, T)
    eye = torch.eye(heads.shape[-1], dtype=torch.float64)
    flow = eye.expand(heads.shape[1:])
    for layer in layers(len(heads)):
        own = mix(heads[layer], eye)
        flow = own @ flow if left else flow @ own
    if row is not None:
        return row(flow, lengths)
    return flow[torch.arange(len(lengths)), lengths - 1]


def rolled_out(weights: Tensor, lengths: Tensor) -> Tensor:
    """weights: (N, B, H, T, T), first layer first, lengths: (B,). Returns (B, T)."""
    return _roll(weights, lengths)


def _known(**changes):
    return lambda weights, lengths: _roll(weights, lengths, **changes)


def first_head(weights, lengths):
    return _roll(weights[:, :, :1], lengths)


def strongest_head(weights, lengths):
    return _roll(weights.max(2, keepdim=True).values, lengths)


def _probes() -> list[Probe]:
    def drawn(seed: int, n: int, b: int, h: int, t: int) -> Tensor:
        scores = 2 * torch.randn(n, b, h, t, t, generator=torch.Generator().manual_seed(seed))
        return scores.masked_fill(~torch.ones(t, t, dtype=torch.bool).tril(), -torch.inf).softmax(-1)

    return [
        Probe("two layers, one head, three events", (drawn(1, 2, 1, 1, 3), torch.tensor([3]))),
        Probe("three layers, two heads, two rows, one padded", (drawn(2, 3, 2, 2, 5), torch.tensor([3, 5]))),
        Probe("two layers, three heads, four rows", (drawn(3, 2, 4, 3, 6), torch.tensor([6, 2, 5, 4]))),
    ]


EXERCISE = Exercise(
    name="rolled-out",
    reference=rolled_out,
    probes=_probes,
    mutants=(
        Mutant(
            "no-residual",
            "The weights alone are multiplied. A block also carries each step past its attention.",
            _known(mix=lambda a, eye: a),
        ),
        Mutant(
            "not-normalised",
            "The residual is there, and the rows no longer sum to 1.",
            _known(mix=lambda a, eye: a + eye),
        ),
        Mutant(
            "reversed",
            "The layers are multiplied in the wrong order. Which layer does the request read first?",
            _known(left=False),
        ),
        Mutant("last-layer", "The last layer alone is read.", _known(layers=lambda n: [n - 1])),
        Mutant(
            "last-column",
            "The result is read along the wrong side: how much each step takes from the last one.",
            _known(row=lambda flow, n: flow[torch.arange(len(n)), :, n - 1]),
        ),
        Mutant(
            "padding-asks",
            "The last row is read, and in a shorter history that is padding.",
            _known(row=lambda flow, n: flow[:, -1]),
        ),
        Mutant("first-head", "The first head alone is read.", first_head),
        Mutant(
            "strongest-head",
            "Of each weight the largest over the heads is taken, not the mean.",
            strongest_head,
        ),
    ),
    hints=(
        "Average the heads first. Then follow one layer by hand for a history of two events.",
        "The request stands at the top. Its row of the last layer meets the layer below it, and so on down.",
    ),
)
