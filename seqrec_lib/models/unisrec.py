"""UniSRec (Hou et al. 2022): items by their text, through adaptors that another log can take over.

Sizes: ``S`` frames, ``F`` numbers a frame, ``D`` width.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from ..encoders.item_parts import Experts
from .modal import Modal, ModalSettings
from .recipe import Recipe
from .sasrec import RECIPES as SASREC


@dataclass(frozen=True)
class UniSRecSettings(ModalSettings):
    """Settings of :class:`UniSRec`. ``experts``: how many adaptors each part has, K."""

    join: str = "sum"
    experts: int = 8

    def build(self) -> UniSRec:
        return UniSRec(self)


class UniSRec(Modal):
    """SASRec over parts that a mixture of experts adapts; with ``parts=text`` nothing belongs to one log.

    The paper's text comes from a language model and its whitening is a part of the experts. Ours are hashed
    words; ``whiten=zca`` adds what whitens in fact. The paper pretrains with a contrast of sequences beside
    that of items; here the loss is whichever ``fit`` is given.
    """

    settings: UniSRecSettings

    def make_reader(self, steps: int, width: int) -> nn.Module:
        return Experts(width, self.settings.dim, self.settings.experts)


RECIPES = {
    "unisrec": Recipe(
        "UniSRec: parts of items through a mixture of adaptors, which another log can take over",
        "Hou et al. 2022, with hashed words for a language model's vectors",
        UniSRecSettings,
        {"positions": "end"},
        {**SASREC["sasrec"].training, "loss": "on-sale"},
    ),
}
