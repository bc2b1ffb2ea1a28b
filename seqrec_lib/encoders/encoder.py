"""What an encoder is to a model. Sizes: ``B`` batch, ``T`` time, ``D`` width, ``H`` heads."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from ..data.batch import Batch


class Encoder(Protocol):
    """From item vectors to states. It is causal: state t depends on steps 0 to t only."""

    def __call__(
        self, vectors: Tensor, batch: Batch, need_weights: bool = False
    ) -> tuple[Tensor, list[Tensor]]:
        """``vectors`` ``(B, T, D)`` -> ``(states (B, T, D), [weights (B, H, T, T)])``.

        Args:
            batch: where the vectors come from; an encoder may read its lengths, times and features.
            need_weights: whether somebody looks at the weights, one tensor a layer that attends; where
                nobody does, the list is empty and fused kernels may be used.
        """
        ...
