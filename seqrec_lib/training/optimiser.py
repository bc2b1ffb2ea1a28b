"""The optimiser, and the step size over time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from .settings import TrainingSettings


class Together:
    """Several optimisers, each with weights of its own, that step as one."""

    def __init__(self, *parts: torch.optim.Optimizer) -> None:
        self.parts = parts

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The groups of all parts, first part first."""
        return [group for part in self.parts for group in part.param_groups]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of every part."""
        for part in self.parts:
            part.zero_grad(set_to_none)

    def step(self) -> None:
        """Let every part take its step."""
        for part in self.parts:
            part.step()

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint must hold of every part."""
        return {"parts": [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Put back what :meth:`state_dict` returned."""
        for part, one in zip(self.parts, state["parts"], strict=True):
            part.load_state_dict(one)


Optimiser = torch.optim.Optimizer | Together


def make_optimiser(model: nn.Module, settings: TrainingSettings) -> Optimiser:
    """AdamW (Loshchilov & Hutter 2019) with weight decay on matrices only, alone or beside Muon.

    Matrices multiply what passes through the model, so decay keeps it smooth. Biases, gains of
    norms and single numbers set a level; pulling them to 0 helps nothing, so they do not decay.

    With ``muon`` the matrices of linear layers are trained by Muon (Jordan et al. 2024): the step is the
    momentum with all its singular values brought near 1, so that no direction is left behind. Its size is
    scaled as by Liu et al. (2025), section 2.2, so that the same ``lr`` serves both. Tables of vectors and
    recurrent layers stay with AdamW: a row of a table is met in few steps, and the matrices of a recurrent
    layer's gates are stored as one.
    """
    by_muon = set(map(id, _linear_matrices(model))) if settings.optimiser == "muon" else set()
    trained = [p for p in model.parameters() if p.requires_grad]
    matrices = [p for p in trained if p.ndim >= 2 and id(p) not in by_muon]
    others = [p for p in trained if p.ndim < 2]
    groups = [
        {"params": matrices, "weight_decay": settings.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    adamw = torch.optim.AdamW(groups, lr=settings.lr, betas=(0.9, settings.beta2), fused=True)
    if not by_muon:
        return adamw
    muon = torch.optim.Muon(
        [p for p in trained if id(p) in by_muon],
        lr=settings.lr,
        weight_decay=settings.weight_decay,
        adjust_lr_fn="match_rms_adamw",
    )
    return Together(muon, adamw)


def _linear_matrices(model: nn.Module) -> Iterator[Tensor]:
    """The matrices of linear layers alone: not tables, not recurrent layers."""
    for layer in model.modules():
        if isinstance(layer, nn.Linear) and layer.weight.requires_grad:
            yield layer.weight


def step_size(step: int, total: int, settings: TrainingSettings) -> float:
    """The learning rate of ``step``, 0 to ``total - 1``: a linear rise, then constant or half a cosine."""
    if step < settings.warmup:
        return settings.lr * (step + 1) / settings.warmup
    if settings.schedule == "constant":
        return settings.lr
    done = (step - settings.warmup) / max(1, total - settings.warmup)
    return settings.lr * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def set_step_size(optimiser: Optimiser, value: float) -> None:
    """Give every group of ``optimiser`` this learning rate."""
    for group in optimiser.param_groups:
        group["lr"] = value
