"""Caser (Tang & Wang 2018): the newest items as a picture, read by filters across and along it.

Sizes: ``B`` batch, ``T`` steps, ``D`` width, ``L`` the window, ``n`` filters.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..data.batch import Batch
from .next_item import NextItemModel, NextItemSettings
from .recipe import USUAL_TRAINING, Recipe


@dataclass(frozen=True)
class CaserSettings(NextItemSettings):
    """Settings of :class:`Caser`.

    Attributes:
        window: L, how many of the newest items a state reads.
        across: how many horizontal filters there are of each height, 1 to L. along: vertical filters.
    """

    window: int = 5
    across: int = 16
    along: int = 4

    def build(self) -> Caser:
        return Caser(self)


class Caser(NextItemModel):
    """The item vectors of a window are a picture of L x D. Two kinds of filters read it.

    A *horizontal* filter covers h items, all D features. It answers to h items in a row wherever in the
    window they stand, for only the largest of its answers is kept. A *vertical* filter weighs the L places,
    each feature by the same numbers. A dense layer makes D numbers of all this.

    Every step is trained, each with the window that ends there. In front of the first item the picture is 0;
    the published code (graytowne/caser_pytorch) puts a padding item there, whose vector it trains. Left out:

    - the user's vector, which paper and code put beside the window: a user who was not in training has none;
    - targets beyond the next item (the code trains 3), as no other model of this book has them;
    - an output table of its own with biases: ``tied`` is True as for other models, False gives the table.
    """

    settings: CaserSettings

    def __init__(self, settings: CaserSettings) -> None:
        super().__init__(settings)
        s = settings
        heights = range(1, s.window + 1)
        self.horizontal = nn.ModuleList(nn.Conv1d(s.dim, s.across, height) for height in heights)
        self.vertical = nn.Conv1d(1, s.along, s.window)
        self.dropout = nn.Dropout(s.dropout)
        self.dense = nn.Linear(s.across * s.window + s.along * s.dim, s.dim)
        self.head = self.make_head()

    def attend(self, batch: Batch, need_weights: bool = False) -> tuple[Tensor, list[Tensor]]:
        """As the frame's; convolutions have no weights to show."""
        vectors = self.item_vectors(batch)  # (B, T, D)
        b, t, dim = vectors.shape
        window = self.settings.window
        picture = F.pad(vectors.transpose(1, 2), (window - 1, 0))  # (B, D, L - 1 + T)
        read = []
        for height, filters in enumerate(self.horizontal, 1):
            answers = filters(picture).relu()  # (B, n, T + L - height): one where each run of items ends
            read.append(F.max_pool1d(answers, window - height + 1, stride=1))  # (B, n, T)
        alone = picture.reshape(b * dim, 1, window - 1 + t)  # (B * D, 1, L - 1 + T): feature by feature
        read.append(self.vertical(alone).reshape(b, -1, t))  # (B, D * n, T)
        found = torch.cat(read, dim=1).transpose(1, 2)  # (B, T, L * n + D * n)
        return self.dense(self.dropout(found)).relu(), []


RECIPES = {
    "caser": Recipe(
        "Caser: filters across and along the newest items, no table of users, full cross-entropy",
        "Tang & Wang 2018",
        CaserSettings,
        {},
        USUAL_TRAINING,
    ),
}
