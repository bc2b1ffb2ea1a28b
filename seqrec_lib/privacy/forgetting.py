"""Forgetting a user for certain: train shards apart from each other, and train one of them again.

Sharded training (SISA without slices, Bourtoule et al. 2021). Sizes: ``B`` batch, ``V`` items, ``U`` users.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from ..data.batch import Batch
from ..data.splits import Split
from ..messages import InputError
from ..models.recommender import Model, Recommender
from ..training import fit
from ..training.random_state import seeded
from .federated import at_random


@dataclass
class Ensemble:
    """Models that answer together: the mean of their log probabilities over all items."""

    members: Sequence[Recommender]

    @property
    def n_items(self) -> int:
        """``V``."""
        return self.members[0].n_items

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)``, column 0 -inf; or ``(B, C)``: of each member all items are scored for that."""
        total = torch.stack([member.score(batch).log_softmax(1) for member in self.members]).mean(0)
        return total if candidates is None else total.gather(1, candidates)


@dataclass
class Shards:
    """A model for each shard of the users, trained on that shard alone.

    Attributes:
        split: whose training rows are shared out. make: gives a new model, seeded by the caller's state.
        count: of shards. seed: of the shares, and of every training: shard s has the seed ``seed + s``.
        how: the settings of training, as in ``fit``; the last epoch is kept, for a choice by validation
            would read all users.
    """

    split: Split
    make: Callable[[], Model]
    count: int
    seed: int = 0
    how: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        users = self.split.train.users
        if users is None or len(torch.unique(users)) != len(users):
            raise InputError("shards need one training row for each user: leave windows out")
        self.share = at_random(len(users), self.count, self.seed)  # of each row, for good
        self.kept = torch.ones(len(users), dtype=torch.bool)
        self.models = [self._trained(shard) for shard in range(self.count)]

    def ensemble(self) -> Ensemble:
        """What answers requests."""
        return Ensemble(self.models)

    def forget(self, row: int) -> int:
        """Train the shard of one training row again without that row; return how many rows it took.

        The result is exactly what training without that user would have given from the start, for no other
        shard has ever read the row.

        Raises:
            InputError: no such row, or one that is forgotten already.
        """
        if not 0 <= row < len(self.kept) or not bool(self.kept[row]):
            raise InputError(
                f"there is no row {row} to forget among {len(self.kept)}, or it is forgotten already"
            )
        self.kept[row] = False
        shard = int(self.share[row])
        self.models[shard] = self._trained(shard)
        return int(self._rows(shard).sum())

    def _rows(self, shard: int) -> Tensor:
        return (self.share == shard) & self.kept

    def _trained(self, shard: int) -> Model:
        part = replace(self.split, train=self.split.train.rows(self._rows(shard)))
        seed = self.seed + shard
        with seeded(seed, torch.device("cpu")):
            model = self.make()
        last = {"patience": 0, "evaluate_every": self.how["epochs"]}
        fit(model, part, progress=False, **{**self.how, **last, "seed": seed})
        return model.eval()
