"""AdamW and the step size over time."""

from __future__ import annotations

import math

import torch
from torch import nn

from .settings import TrainingSettings


def make_optimiser(model: nn.Module, settings: TrainingSettings) -> torch.optim.AdamW:
    """AdamW (Loshchilov & Hutter 2019) with weight decay on matrices only.

    Matrices multiply what passes through the model, so decay keeps it smooth. Biases, gains of
    norms and single numbers set a level; pulling them to 0 helps nothing, so they do not decay.
    """
    trained = [p for p in model.parameters() if p.requires_grad]
    matrices = [p for p in trained if p.ndim >= 2]
    others = [p for p in trained if p.ndim < 2]
    groups = [
        {"params": matrices, "weight_decay": settings.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    return torch.optim.AdamW(groups, lr=settings.lr, betas=(0.9, settings.beta2), fused=True)


def step_size(step: int, total: int, settings: TrainingSettings) -> float:
    """The learning rate of ``step``, 0 to ``total - 1``: a linear rise, then constant or half a cosine."""
    if step < settings.warmup:
        return settings.lr * (step + 1) / settings.warmup
    if settings.schedule == "constant":
        return settings.lr
    done = (step - settings.warmup) / max(1, total - settings.warmup)
    return settings.lr * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def set_step_size(optimiser: torch.optim.Optimizer, value: float) -> None:
    """Give every group of ``optimiser`` this learning rate."""
    for group in optimiser.param_groups:
        group["lr"] = value
