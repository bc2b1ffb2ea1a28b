"""SASRec with a contrastive task beside it: CL4SRec and DuoRec. Sizes: ``B``, ``T``, ``D``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..data.augmenting import check_share
from ..data.batch import Batch
from ..messages import InputError
from .recipe import Recipe
from .recommender import Contrast
from .sasrec import _POSITIONS, _TRAINING, SASRec, SASRecSettings

VIEWS = (
    *("cl4srec", "crop", "crop-end", "mask", "reorder", "insert", "substitute"),
    *("dropout", "same-target"),
)
_READ_BY = {
    "keep": ("cl4srec", "crop", "crop-end"),
    "hidden": ("cl4srec", "mask"),
    "moved": ("cl4srec", "reorder"),
    "changed": ("insert", "substitute"),
}


@dataclass(frozen=True)
class ContrastiveSettings(SASRecSettings):
    """Settings of :class:`ContrastiveSASRec`.

    Attributes:
        views: how two views of a history are made (``losses.contrastive``). weight: of the contrastive loss;
            0 leaves it out. tau: what similarities are divided by. similarity: ``dot`` or ``cosine``.
        false_negatives: ``keep`` as published, or ``remove``: rows with the same target are no negatives.
        keep: share of a history that a crop keeps. hidden: share of steps that mask hides. moved: share of
            steps in the window that reorder shuffles. changed: share of steps that insert and substitute use.
    """

    views: str = "cl4srec"
    weight: float = 0.1
    tau: float = 1.0
    similarity: str = "dot"
    false_negatives: str = "keep"
    keep: float = 0.6
    hidden: float = 0.3
    moved: float = 0.6
    changed: float = 0.3

    choices: ClassVar[dict[str, tuple[str, ...]]] = {
        **SASRecSettings.choices,
        "views": VIEWS,
        "similarity": ("dot", "cosine"),
        "false_negatives": ("keep", "remove"),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.weight < float("inf"):
            raise InputError(f"weight is {self.weight}: it must be 0 or more")
        if not 0 < self.tau < float("inf"):
            raise InputError(f"tau is {self.tau}: it must be above 0")
        for name in _READ_BY:
            check_share(name, getattr(self, name))

    def idle(self) -> dict[str, str]:
        found = super().idle()
        for name, readers in _READ_BY.items():
            if self.views not in readers:
                found[name] = f"views is {self.views}"
        return found

    def build(self) -> ContrastiveSASRec:
        return ContrastiveSASRec(self)


class ContrastiveSASRec(SASRec):
    """SASRec, and what the contrastive objective asks of it: a state for each view of a history.

    Where views hide items, one more vector is read in their place. It is no row of the table, so it can be
    no recommendation. Scores are SASRec's: the contrastive task changes training alone.
    """

    settings: ContrastiveSettings

    def __init__(self, settings: ContrastiveSettings) -> None:
        super().__init__(settings)
        s = settings
        self.contrast = Contrast(
            s.views, s.weight, s.tau, s.similarity == "cosine", s.false_negatives, s.keep, s.hidden, s.moved,
            s.changed,
        )  # fmt: skip
        self.gap: nn.Parameter | None = None
        if s.views in _READ_BY["hidden"]:
            self.gap = nn.Parameter(torch.randn(s.dim) * (0.02 if s.scale_items else s.dim**-0.5))

    def view_states(self, batch: Batch, gaps: Tensor | None = None) -> Tensor:
        """``(B, D)``: the state after the last step; steps in ``gaps`` ``(B, T)`` are hidden."""
        vectors = self.item_vectors(batch)
        if gaps is not None and self.gap is not None:
            gap = self.gap * self.settings.dim**0.5 if self.settings.scale_items else self.gap
            vectors = torch.where(gaps[..., None], gap, vectors)
        return self.head(batch.last(self.encoder(vectors, batch, False)[0]))


RECIPES = {
    "cl4srec": Recipe(
        "SASRec with a contrastive task: views by crop, mask and reorder",
        "Xie et al. 2022; defaults of the code of Qiu et al. 2022",
        ContrastiveSettings,
        _POSITIONS,
        _TRAINING,
    ),
    "duorec": Recipe(
        "SASRec with a contrastive task: histories with the same target, under dropout",
        "Qiu et al. 2022",
        ContrastiveSettings,
        {**_POSITIONS, "views": "same-target"},
        _TRAINING,
    ),
}
