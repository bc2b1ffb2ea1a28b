"""Each user's own gradient, cut to a length and summed: what one user can change has a limit.

Sizes: ``B`` users, ``T`` steps, ``D`` width, ``V`` items; ``P`` numbers of a model, by name of its weight.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel

from ..data.batch import Batch
from ..models.recommender import NextItem

Gradients = dict[str, Tensor]


class _Loss(nn.Module):
    """A user's mean of -log softmax(scores)[target] over the steps that have a target."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: Batch) -> Tensor:
        assert batch.targets is not None  # training rows have them
        scores = self.model.hidden(batch) @ self.model.item_matrix()[1:].T  # (1, T, V)
        return F.cross_entropy(scores.flatten(0, 1), batch.targets.flatten() - 1, ignore_index=-1)


@contextmanager
def _unchecked(model: Any) -> Iterator[None]:
    """A look at the values of a batch is no operation that could be done for all users at once."""
    model.check_batch = lambda batch: None
    try:
        with sdpa_kernel(SDPBackend.MATH):  # the fused kernel would be run user by user
            yield
    finally:
        del model.check_batch


def _tensors(batch: Batch) -> dict[str, Tensor]:
    found = {field.name: getattr(batch, field.name) for field in fields(batch) if field.name != "steps"}
    return {name: value for name, value in found.items() if isinstance(value, Tensor)}


def trained_weights(model: Any) -> dict[str, Tensor]:
    """The weights that training changes, by name."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}


def per_user_gradients(model: NextItem, batch: Batch, together: bool = True) -> tuple[Gradients, Tensor]:
    """``(gradients (B, ...) by name of the weight, losses (B,))``, one row of ``batch`` at a time or all.

    Args:
        together: all rows in one pass, by ``vmap`` over ``grad``; False: one row after the other, for models
            with a part that ``vmap`` does not know (a packed GRU).
    """
    loss = _Loss(model)
    weights = {f"model.{name}": weight.detach() for name, weight in trained_weights(model).items()}
    with _unchecked(model):
        if together:
            rows = {name: value[:, None] for name, value in _tensors(batch).items()}  # (B, 1, ...)

            def of_row(given: Gradients, row: dict[str, Any]) -> tuple[Tensor, Tensor]:
                value = functional_call(loss, given, (Batch(**row),))
                return value, value.detach()

            each = vmap(grad(of_row, has_aux=True), in_dims=(None, 0), randomness="different")
            found, losses = each(weights, rows)
        else:
            alone = [_one(loss, batch.rows(slice(row, row + 1)).trim()) for row in range(len(batch))]
            losses = torch.stack([value for _, value in alone])
            found = {f"model.{name}": torch.stack([g[name] for g, _ in alone]) for name in alone[0][0]}
    return {name.removeprefix("model."): value.detach() for name, value in found.items()}, losses


def _one(loss: _Loss, row: Batch) -> tuple[Gradients, Tensor]:
    weights = trained_weights(loss.model)
    value = loss(row)
    found = torch.autograd.grad(value, list(weights.values()), allow_unused=True, materialize_grads=True)
    return dict(zip(weights, found, strict=True)), value.detach()


def norms(gradients: Gradients) -> Tensor:
    """``(B,)``: the length of each user's gradient over all weights together."""
    squares = [value.flatten(1).square().sum(1) for value in gradients.values()]
    return torch.stack(squares).sum(0).sqrt()


def clipped_sum(gradients: Gradients, clip: float) -> Gradients:
    """The sum over users of g · min(1, clip / |g|): no user adds more than ``clip`` to its length.

    Abadi et al. 2016, algorithm 1; the length is over all weights together, the item vectors included.
    """
    factor = (clip / norms(gradients).clamp(min=1e-12)).clamp(max=1.0)  # (B,)
    return {name: torch.einsum("b,b...->...", factor, value) for name, value in gradients.items()}


def noisy_mean(total: Gradients, noise: float, clip: float, expected: float, draw: torch.Generator,
               still: dict[str, Tensor] | None = None) -> Gradients:  # fmt: skip
    """``(total + noise · clip · N(0, 1)) / expected``: the gradient that training may see.

    Args:
        total: clipped gradients, summed. expected: how many users a batch has on average, which is known
            beforehand; how many it really has is a secret.
        draw: the generator of the noise, on the device of the weights.
        still: by weight, ``(rows,)`` bool: rows that no user can change, padding; they get no noise.
    """
    found = {}
    for name, value in total.items():
        error = torch.randn(value.shape, generator=draw, device=value.device, dtype=value.dtype)
        if still is not None and name in still:
            error[still[name]] = 0.0
        found[name] = (value + noise * clip * error) / expected
    return found


def poisson_rows(users: int, rate: float, draw: torch.Generator) -> Tensor:
    """``(B,)``: the users of one batch; each is in it by a coin of their own, so B differs and may be 0."""
    return (torch.rand(users, generator=draw) < rate).nonzero()[:, 0]
