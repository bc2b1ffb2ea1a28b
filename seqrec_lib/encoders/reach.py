"""How far back an encoder looks: the size of a state's gradient by what was read k events ago.

Sizes: ``B`` rows, ``T`` steps, ``D`` width.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.batch import Batch
from ..messages import InputError
from .encoder import Encoder


def gradient_by_distance(
    encoder: Encoder, vectors: Tensor, batch: Batch, farthest: int | None = None
) -> Tensor:
    """``(K,)``: entry k - 1 is the size of the last state's gradient by the vector read k events back.

    For each row the D x D numbers ∂h_t / ∂v_{t+1-k} are squared and summed, and the root taken (the Frobenius
    norm); then comes the mean over the rows. k is 1 for the newest item, as everywhere in this library. The
    weights of the encoder get no gradient.

    Args:
        encoder: with dropout off, or the result is random. vectors: ``(B, T, D)``, its input.
        batch: where the vectors come from; t is each row's last real step.
        farthest: the largest k, K; None: the shortest row's length.

    Raises:
        InputError: ``farthest`` is below 1, or a row is shorter than that.
    """
    shortest = int(batch.lengths.min())
    farthest = shortest if farthest is None else farthest
    if not 1 <= farthest <= shortest:
        raise InputError(f"farthest is {farthest}: the shortest row has {shortest} items, so use 1 to that")
    squares = vectors.new_zeros(vectors.shape[:2])  # (B, T)
    with torch.enable_grad():
        given = vectors.detach().requires_grad_()
        last = batch.last(encoder(given, batch)[0])  # (B, D)
        for feature in last.sum(0):  # rows do not touch each other: one pass serves them all
            (slope,) = torch.autograd.grad(feature, given, retain_graph=True)  # (B, T, D)
            squares += slope.square().sum(-1)
    back = batch.lengths[:, None] - torch.arange(1, farthest + 1, device=vectors.device)  # (B, K)
    return squares.sqrt().gather(1, back).mean(0)
