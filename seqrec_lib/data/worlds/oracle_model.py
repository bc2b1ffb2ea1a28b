"""The oracle where a model is expected."""

from __future__ import annotations

from torch import Tensor

from ..batch import Batch
from .world import World


class OracleModel:
    """The oracle as a model, for the same evaluator as every other: the realised ceiling."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def n_items(self) -> int:
        """``V`` of the world."""
        return self.world.n_items

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)`` probabilities, or those of ``candidates`` ``(B, C)``."""
        p = self.world.oracle(batch.items, batch.times, batch.lengths, batch.query_time).to(
            batch.items.device
        )
        return p if candidates is None else p.gather(1, candidates)
