"""L2 as a term of the loss, which an adaptive optimiser turns into something else than weight decay."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ..data.batch import Batch
from ..messages import InputError
from .objectives import Objective
from .perturbing import Generators


class L2Penalty:
    """Another objective's loss plus strength / 2 times the sum of squared entries of the matrices.

    Its gradient, strength * W, passes through Adam like any other: it is divided by the usual size of each
    entry's gradient. So entries with large gradients are pulled less (Loshchilov & Hutter 2019).
    ``weight_decay`` of the training settings is the decoupled one: it pulls all entries alike. Both leave
    biases, gains and single numbers alone.

    Raises:
        InputError: a strength below 0.
    """

    def __init__(self, inner: Objective, strength: float) -> None:
        if not 0 <= strength < float("inf"):
            raise InputError(f"strength is {strength}: it must be 0 or more")
        self.inner, self.strength = inner, strength
        self.name = f"{inner.name}+l2:strength={strength:g}"

    def prepare(self, model: Any, split: Any) -> None:
        self.inner.prepare(model, split)

    def __call__(self, model: Any, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        value, count = self.inner(model, batch, generators)
        matrices = [weight for weight in model.parameters() if weight.requires_grad and weight.ndim >= 2]
        squares = sum((weight.square().sum() for weight in matrices), start=value.new_zeros(()))
        return value + self.strength / 2 * squares, count
