"""Factorisation machine (Rendle 2010): every pair of inputs interacts through a product of two vectors.

Sizes: ``n`` inputs, ``F`` fields, ``K`` factors of an input; ``...`` any leading sizes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def pairwise(x: Tensor, factors: Tensor) -> Tensor:
    """The sum over pairs i < j of <v_i, v_j> x_i x_j, in n K steps and not in n² K.

    Half of the square of the sum, less the sum of the squares, for each factor (Rendle 2010, lemma 3.1).

    Args:
        x: ``(..., n)`` real numbers, not only 0 and 1. factors: ``(n, K)``, row i is v_i.

    Returns:
        ``(...)``.
    """
    of_sum = (x @ factors).square()  # (..., K)
    of_each = x.square() @ factors.square()  # (..., K)
    return (of_sum - of_each).sum(-1) / 2


def pairwise_fields(vectors: Tensor) -> Tensor:
    """The same where each field has one vector, already multiplied by its x: ``(..., F, K)`` -> ``(...)``.

    A field says one thing, such as the item or the user: of its many inputs one is 1, so that
    its vector can be looked up.
    """
    return (vectors.sum(-2).square() - vectors.square().sum(-2)).sum(-1) / 2


class FactorisationMachine(nn.Module):
    """w_0 + sum of w_i x_i + the pairwise term: ``(..., n) -> (...)``, a logit.

    Args:
        n: how many inputs there are. factors: K; 0 leaves logistic regression.
    """

    def __init__(self, n: int, factors: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(()))
        self.weight = nn.Parameter(torch.zeros(n))
        # Small and not 0: where all factors are 0, their gradient is 0 as well.
        self.factors = nn.Parameter(0.1 * torch.randn(n, factors))

    def forward(self, x: Tensor) -> Tensor:
        return self.bias + x @ self.weight + pairwise(x, self.factors)
