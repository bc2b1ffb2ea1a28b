"""Probabilities of a model that saw only a part of what was not clicked, each row with its own part."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def undo_sampling(logits: Tensor, kept: Tensor) -> Tensor:
    """logits: (N,), kept: (N,), above 0 and at most 1. Returns (N,)."""
    return (logits + kept.log()).sigmoid()


def times_kept(logits, kept):
    return logits.sigmoid() * kept


def divided_by_kept(logits, kept):
    return (logits.sigmoid() / kept).clamp(max=1)


def log_subtracted(logits, kept):
    return (logits - kept.log()).sigmoid()


def kept_added(logits, kept):
    return (logits + kept).sigmoid()


def still_logits(logits, kept):
    return logits + kept.log()


def of_base_two(logits, kept):
    return (logits + kept.log2()).sigmoid()


def logits_scaled(logits, kept):
    return (logits * kept).sigmoid()


def one_share(logits, kept):
    return (logits + kept.mean().log()).sigmoid()


def left_as_it_was(logits, kept):
    return logits.sigmoid()


def _probes() -> list[Probe]:
    generator = torch.Generator().manual_seed(75)

    def case(about: str, n: int, least: float) -> Probe:
        kept = least + (1 - least) * torch.rand(n, generator=generator)
        return Probe(about, (2 * torch.randn(n, generator=generator), kept))

    return [
        Probe("one row, a tenth was kept", (torch.tensor([0.4]), torch.tensor([0.1]))),
        Probe("all was kept in one of two rows", (torch.tensor([-1.5, 0.0]), torch.tensor([0.5, 1.0]))),
        case("rows with shares of their own", 5, 0.02),
        Probe("large logits", (torch.tensor([9.0, -8.0, 3.0]), torch.tensor([0.05, 0.3, 0.01]))),
    ]


EXERCISE = Exercise(
    name="undo-sampling",
    reference=undo_sampling,
    probes=_probes,
    mutants=(
        Mutant(
            "times-kept",
            "Nearly right where clicks are rare, and wrong elsewhere: odds are divided, not probabilities.",
            times_kept,
        ),
        Mutant("divided-by-kept", "Too few non-clicks make clicks look common. The way back is down.",
               divided_by_kept),
        Mutant("log-subtracted", "This goes further up. With a tenth kept, the odds must become a tenth.",
               log_subtracted),
        Mutant("kept-added", "The share itself was added to the logit. What does a share do to the odds?",
               kept_added),
        Mutant("still-logits", "That is the mended logit. Asked for is a probability.", still_logits),
        Mutant("base-two", "The logarithm has base 2. A sigmoid belongs to the natural one.", of_base_two),
        Mutant("logits-scaled", "The logit was multiplied. The odds are; for the logit that is a sum.",
               logits_scaled),
        Mutant("one-share", "One share serves all rows. Each row has its own.", one_share),
        Mutant("left-as-it-was", "These are the probabilities among the rows that were kept.",
               left_as_it_was),
    ),
    hints=(
        "Odds are clicks against non-clicks. What does keeping a tenth of one side do to them?",
        "A logit is the logarithm of the odds, so a factor of the odds is a term of the logit.",
    ),
)  # fmt: skip
