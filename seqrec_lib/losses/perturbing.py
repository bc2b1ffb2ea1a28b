"""Item vectors moved a little: which parameters they are, how far is far, and a pass with them moved.

Sizes: ``V`` items, ``D`` width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ..messages import InputError

Generators = dict[str, torch.Generator]
Moves = dict[str, Tensor]
Answer = TypeVar("Answer")


def item_tables(model: Any) -> dict[str, nn.Parameter]:
    """The tables of item vectors by their parameter's name: every embedding whose row 0 is padding.

    A table that is used twice, as tied input and output vectors are, is here once.

    Raises:
        InputError: the model has none.
    """
    tables = {
        id(layer.weight)
        for layer in model.modules()
        if isinstance(layer, nn.Embedding) and layer.padding_idx == 0 and len(layer.weight) > model.n_items
    }
    found = {name: weight for name, weight in model.named_parameters() if id(weight) in tables}
    if not found:
        raise InputError(f"a {type(model).__name__} has no table of item vectors, so none can be moved")
    return found


def radius(table: Tensor, epsilon: float, n_items: int) -> Tensor:
    """``epsilon`` times the mean length of the item vectors: a step of 0.1 means the same in every model."""
    mean: Tensor = table.detach()[1 : n_items + 1].norm(dim=1).mean()
    return epsilon * mean


def of_length(direction: Tensor, length: Tensor, n_items: int) -> Tensor:
    """``direction`` with each item's row brought to ``length``; a row of zeros stays, and so does padding.

    Args:
        direction: ``(V+1, D)``, or with more rows, which are no items: they become 0 too.
    """
    norms = direction.norm(dim=1, keepdim=True)
    rows = torch.where(norms > 0, direction / norms.clamp(min=torch.finfo(norms.dtype).tiny), direction)
    return _items_alone(rows * length, n_items)


def of_signs(gradient: Tensor, length: Tensor, n_items: int) -> Tensor:
    """The signs of ``gradient``, so small that a row without zeros has the given ``length``."""
    return _items_alone(gradient.sign() * length / gradient.shape[1] ** 0.5, n_items)


def _items_alone(rows: Tensor, n_items: int) -> Tensor:
    rows[0] = 0.0
    rows[n_items + 1 :] = 0.0
    return rows


class _Asked(nn.Module):
    """A model beside a question about it, so that ``functional_call`` can put other weights in its place."""

    def __init__(self, model: nn.Module, ask: Callable[[], Any]) -> None:
        super().__init__()
        self.model, self.ask = model, ask

    def forward(self) -> Any:
        return self.ask()


def with_moves(model: nn.Module, moves: Mapping[str, Tensor], ask: Callable[[], Answer]) -> Answer:
    """What ``ask()`` answers while each table in ``moves`` stands where its move takes it.

    The parameters themselves are not written to. What is computed reads ``table + move``, so the gradient
    that flows back to the table is that at the moved place.
    """
    weights = dict(model.named_parameters())
    moved = {f"model.{name}": weights[name] + move for name, move in moves.items()}
    answer: Answer = torch.func.functional_call(_Asked(model, ask), moved, ())
    return answer


class Chance:
    """Where every source of chance stands, so that two passes can draw the same dropout and negatives."""

    def __init__(self, generators: Generators, device: torch.device) -> None:
        self.generators, self.device = generators, device
        self.own = {name: each.get_state() for name, each in generators.items()}
        self.torch = torch.get_rng_state()
        self.cuda = torch.cuda.get_rng_state(device) if device.type == "cuda" else None

    def rewind(self) -> None:
        """Go back to where they stood."""
        for name, state in self.own.items():
            self.generators[name].set_state(state)
        torch.set_rng_state(self.torch)
        if self.cuda is not None:
            torch.cuda.set_rng_state(self.cuda, self.device)
