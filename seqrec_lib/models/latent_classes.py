"""Latent classes of users, learned from logged clicks: what a model may know instead of the types.

Sizes: ``M`` slates, ``C`` places, ``K`` classes, ``V`` items.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..data.batch import Batch
from ..messages import InputError


@dataclass(frozen=True)
class Classes:
    """``prior`` ``(K,)``: shares of the classes. ``yes`` ``(V+1, K)``: p(click on an item | class)."""

    prior: Tensor
    yes: Tensor


def fit_classes(slates: Batch, n_items: int, classes: int, rounds: int = 30, seed: int = 0) -> Classes:
    """A mixture of independent clicks, by expectation and maximisation (Dempster et al. 1977).

    Each click rate is drawn towards the rate of all items by five impressions' worth: an item that a class
    was hardly shown has no rate of its own. Places and histories are not looked at.

    Args:
        slates: ``candidates`` and ``labels``. classes: K. rounds: of both steps. seed: of the start.

    Raises:
        InputError: slates without labels, or fewer than one class.
    """
    if slates.candidates is None or slates.labels is None:
        raise InputError("classes are learned from slates with candidates and labels")
    if classes < 1:
        raise InputError(f"classes is {classes}: it must be at least 1")
    shown, clicked = slates.candidates, slates.labels.double()  # (M, C)
    real = (shown > 0).double()
    rate = (clicked * real).sum() / real.sum()
    generator = torch.Generator().manual_seed(seed)
    share = torch.rand(len(shown), classes, generator=generator, dtype=torch.float64)  # (M, K)
    share = share / share.sum(1, keepdim=True)
    prior, yes = share.mean(0), torch.zeros(n_items + 1, classes, dtype=torch.float64)
    for _ in range(rounds):
        seen, won = torch.zeros_like(yes), torch.zeros_like(yes)
        each = share[:, None, :].expand(-1, shown.shape[1], -1)  # (M, C, K)
        seen.index_add_(0, shown.flatten(), (each * real[..., None]).flatten(0, 1))
        won.index_add_(0, shown.flatten(), (each * (clicked * real)[..., None]).flatten(0, 1))
        yes = (won + 5 * rate) / (seen + 5)
        p = yes[shown]  # (M, C, K)
        likely = torch.where(clicked[..., None] > 0, p, 1 - p).log() * real[..., None]
        share = (likely.sum(1) + prior.log()).softmax(1)
        prior = share.mean(0).clamp(min=1e-12)
    yes[0] = 0.0
    return Classes(prior / prior.sum(), yes)
