"""Slates without labels: pseudo-labels and consistency beside the loss of what is labelled.

Sizes: ``M`` slates, ``C`` places, ``T`` steps.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..data.augmenting import choose_steps
from ..data.batch import Batch
from ..messages import InputError
from .objectives import Generators, Objective


def pseudo_labels(p: Tensor, threshold: float) -> tuple[Tensor, Tensor]:
    """``(labels, kept)`` of probabilities ``p`` of any shape: 1 where p is above one half, else 0.

    Kept are those of which the model is sure: the larger of p and 1 - p is at least ``threshold`` (Lee 2013
    keeps all; the threshold is that of Sohn et al. 2020).

    Raises:
        InputError: a threshold below one half, under which everything is kept, or above 1.
    """
    if not 0.5 <= threshold <= 1:
        raise InputError(f"threshold is {threshold}: it is a probability from 0.5 to 1")
    return (p > 0.5).to(p.dtype), torch.maximum(p, 1 - p) >= threshold


class Unlabelled:
    """An objective's loss, plus ``weight`` times a loss of slates whose clicks nobody knows.

    In each step as many unlabelled slates are drawn as the batch has rows. The weight rises evenly from 0
    over the first ``ramp`` steps: what a model says at the start is chance (Lee 2013, section 2.4).

    Args:
        inner: the loss of what is labelled. slates: histories with ``candidates``; labels are not read.
    """

    kind = "unlabelled"

    def __init__(self, inner: Objective, slates: Batch, weight: float, ramp: int = 100) -> None:
        if slates.candidates is None:
            raise InputError("unlabelled slates need candidates: what was shown")
        if not 0 <= weight < float("inf"):
            raise InputError(f"weight is {weight}: it must be 0 or more")
        if ramp < 1:
            raise InputError(f"ramp is {ramp}: it must be at least 1")
        self.inner, self.slates, self.weight, self.ramp = inner, replace(slates, labels=None), weight, ramp
        self.name, self.step = f"{inner.name}+{self.kind}:weight={weight:g}", 0

    def prepare(self, model: Any, split: Any) -> None:
        self.inner.prepare(model, split)
        self.slates, self.step = self.slates.to(split.train.items.device), 0

    def __call__(self, model: Any, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        value, count = self.inner(model, batch, generators)
        self.step += 1
        if not self.weight:
            return value, count
        chance = generators["masks"]
        rows = torch.randint(len(self.slates), (len(batch),), generator=chance, device=batch.items.device)
        drawn = self.slates.rows(rows).trim()
        weight = self.weight * min(1.0, self.step / self.ramp)
        return value + weight * self.loss(model, drawn, chance), count

    def loss(self, model: Any, slates: Batch, chance: torch.Generator) -> Tensor:
        """The mean over what is shown in ``slates``, whose clicks nobody knows."""
        raise NotImplementedError(f"{type(self).__name__} has no loss")


class PseudoLabels(Unlabelled):
    """Unlabelled places get the label that the model itself gives them, where it is sure.

    Args:
        threshold: see :func:`pseudo_labels`. soft: take p itself as the label, and keep all places.
    """

    kind = "pseudo"

    def __init__(
        self, inner: Objective, slates: Batch, weight: float, threshold: float = 0.9, soft: bool = False,
        ramp: int = 100,
    ) -> None:  # fmt: skip
        super().__init__(inner, slates, weight, ramp)
        pseudo_labels(torch.zeros(1), threshold)  # a wrong threshold is found here
        self.threshold, self.soft = threshold, soft
        self.name += ",soft" if soft else f",threshold={threshold:g}"

    def loss(self, model: Any, slates: Batch, chance: torch.Generator) -> Tensor:
        assert slates.candidates is not None  # the constructor has looked
        shown = slates.candidates > 0
        with torch.no_grad():
            model.eval()  # labels are given without dropout
            p = model.score(slates, slates.candidates)[shown].sigmoid()
            model.train()
        labels, kept = (p, torch.ones_like(p, dtype=torch.bool)) if self.soft else pseudo_labels(
            p, self.threshold
        )  # fmt: skip
        scores = model.score(slates, slates.candidates)[shown]
        each = F.binary_cross_entropy_with_logits(scores, labels, reduction="none")
        return (each * kept).sum() / kept.numel()


class Consistency(Unlabelled):
    """A slate's probabilities must not change when some of its history is hidden: (p(h) - p(h'))^2.

    p(h) is a constant: only the changed history is pulled (Laine & Aila 2017 pull both).

    Args:
        dropped: share of the history's steps that are left out.
    """

    kind = "consistency"

    def __init__(
        self, inner: Objective, slates: Batch, weight: float, dropped: float = 0.3, ramp: int = 100
    ) -> None:
        super().__init__(inner, slates, weight, ramp)
        self.dropped = dropped
        self.name += f",dropped={dropped:g}"

    def loss(self, model: Any, slates: Batch, chance: torch.Generator) -> Tensor:
        assert slates.candidates is not None  # the constructor has looked
        shown = slates.candidates > 0
        with torch.no_grad():
            p = model.score(slates, slates.candidates)[shown].sigmoid()
        changed = left_out(slates, choose_steps(slates, self.dropped, chance))
        q = model.score(changed, slates.candidates)[shown].sigmoid()
        found: Tensor = (q - p).square().mean()
        return found


def left_out(batch: Batch, gone: Tensor) -> Batch:
    """The histories without the steps ``gone`` ``(B, T)`` bool; a row that would be empty keeps all."""
    real = batch.mask()
    stays = torch.where((real & ~gone).any(1, keepdim=True), real & ~gone, real)
    order = (~stays).to(torch.int8).argsort(dim=1, stable=True)  # what stays first, in its order
    lengths = stays.sum(1)
    step = torch.arange(batch.items.shape[1], device=batch.items.device)
    empty = step >= lengths[:, None]
    changes: dict[str, Any] = {
        "items": batch.items.gather(1, order).masked_fill(empty, 0),
        "lengths": lengths,
    }
    if batch.times is not None:
        changes["times"] = batch.times.gather(1, order).masked_fill(empty, 0.0)
    return replace(batch, **changes, targets=None, events=None, features={}, steps=None)
