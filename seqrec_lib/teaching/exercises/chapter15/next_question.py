"""Expected information about a hidden type: which question to ask next."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _xlogx(p: Tensor) -> Tensor:
    return torch.where(p > 0, p * p.clamp(min=1e-300).log(), 0.0)


def _entropy(p: Tensor, dim: int = -1) -> Tensor:
    return -_xlogx(p).sum(dim)


def _after(belief: Tensor, likely: Tensor) -> tuple[Tensor, Tensor]:
    """(chance of the answer (V,), entropy of the belief after it (V,))."""
    joint = belief * likely  # (V, Z)
    chance = joint.sum(1)
    return chance, _entropy(joint / chance.clamp(min=1e-300)[:, None])


def next_question(belief: Tensor, yes: Tensor) -> Tensor:
    """belief: (Z,), yes: (V, Z). Returns (V,)."""
    p, if_yes = _after(belief, yes)
    q, if_no = _after(belief, 1 - yes)
    return _entropy(belief) - p * if_yes - q * if_no


def _answer_only(belief, yes):
    p = yes @ belief
    return _entropy(torch.stack([p, 1 - p], 1))


def _flat(belief, yes):
    return next_question(torch.full_like(belief, 1 / len(belief)), yes)


def _if_yes(belief, yes):
    _, after = _after(belief, yes)
    return _entropy(belief) - after


def _even(belief, yes):
    _, if_yes = _after(belief, yes)
    _, if_no = _after(belief, 1 - yes)
    return _entropy(belief) - (if_yes + if_no) / 2


def _probes() -> list[Probe]:
    draw = torch.Generator().manual_seed(2)

    def rates(v: int, z: int) -> Tensor:
        return torch.rand(v, z, generator=draw, dtype=torch.float64)

    def belief(*values: float) -> Tensor:
        return torch.tensor(values, dtype=torch.float64)

    return [
        Probe("two types, three items", (belief(0.5, 0.5), torch.tensor([[0.9, 0.1], [0.5, 0.5], [0.3, 0.2]],
                                                                       dtype=torch.float64))),
        Probe("a type is likelier", (belief(0.7, 0.2, 0.1), rates(4, 3))),
        Probe("a type that is ruled out", (belief(0.0, 0.6, 0.4), rates(5, 3))),
        Probe("rates of 0 and 1", (belief(0.25, 0.45, 0.3), torch.tensor([[0, 1, 0], [0, 0, 0], [1, 1, 1],
                                                                         [0.2, 0, 1]], dtype=torch.float64))),
        Probe("rare clicks", (belief(0.1, 0.2, 0.3, 0.4), 0.1 * rates(6, 4))),
    ]  # fmt: skip


EXERCISE = Exercise(
    name="next-question",
    reference=next_question,
    probes=_probes,
    mutants=(
        Mutant(
            "answer-only",
            "This is how unsure the answer is. An answer may be unsure and tell nothing of the type.",
            _answer_only,
        ),
        Mutant("flat-belief", "All types are taken to be equally likely here. What is the belief?", _flat),
        Mutant(
            "if-yes", "Only a yes is looked at. The answer may be no, and that tells something too.", _if_yes
        ),
        Mutant("even-answers", "Yes and no weigh the same here. How likely is each of them?", _even),
        Mutant(
            "in-bits",
            "This is in bits. Entropy is in nats throughout this book.",
            lambda belief, yes: next_question(belief, yes) / torch.tensor(2.0).log(),
        ),
        Mutant(
            "what-is-left",
            "This is the entropy that is left. The gain is by how much it falls.",
            lambda belief, yes: _entropy(belief) - next_question(belief, yes),
        ),
    ),
    hints=(
        "For each item: how likely is a yes, what is believed after it, and the same for a no.",
        "The gain is the entropy now less the mean entropy after the answer. Take 0 log 0 as 0.",
    ),
)
