"""SASRec whose items and states also tell attributes, after S3-Rec. Sizes: ``A`` attributes, ``D`` width."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..messages import InputError
from .recipe import Recipe
from .sasrec import _POSITIONS, _TRAINING, SASRec, SASRecSettings


@dataclass(frozen=True)
class S3RecSettings(SASRecSettings):
    """Settings of :class:`S3Rec`.

    Attributes:
        attributes: how many attributes there is room for. attribute_weight: of the two tasks; 0 leaves them out.
    """

    attributes: int = 64
    attribute_weight: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.attribute_weight < float("inf"):
            raise InputError(f"attribute_weight is {self.attribute_weight}: it must be 0 or more")

    def build(self) -> S3Rec:
        return S3Rec(self)


class S3Rec(SASRec):
    """SASRec with a vector for each attribute (``losses.attributes`` says what it learns beside the next item).

    Needs a log with item features. Scores are SASRec's: attributes change training alone.
    """

    settings: S3RecSettings

    def __init__(self, settings: S3RecSettings) -> None:
        super().__init__(settings)
        self.attribute_weight = settings.attribute_weight
        self.told = nn.Parameter(torch.randn(settings.attributes, settings.dim) * settings.dim**-0.5)

    def attribute_vectors(self) -> Tensor:
        """``(A, D)``."""
        return self.told


RECIPES = {
    "s3rec": Recipe(
        "SASRec that also learns attributes of items and of what follows, after S3-Rec",
        "Zhou et al. 2020, its two attribute tasks, beside the loss of the next item",
        S3RecSettings,
        _POSITIONS,
        _TRAINING,
    ),
}
