"""BERT4Rec (Sun et al. 2019): hidden items are guessed from both sides. Sizes: ``B``, ``T``, ``D``, ``V``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..data.batch import Batch
from ..encoders import NORMS, Block, BothWays, TransformerEncoder
from ..heads import dot_scores
from ..messages import InputError
from .recipe import USUAL_TRAINING, Recipe
from .recommender import Model
from .settings import Settings


@dataclass(frozen=True)
class BERT4RecSettings(Settings):
    """Settings of :class:`BERT4Rec`.

    Attributes:
        layers: blocks. heads: H, of each block. ff_width: inner width of the feed-forward layers.
        norm: where LayerNorm stands (see ``encoders.Block``).
        frame: what stands around and in the blocks. ``bert``: a LayerNorm over what goes in, GELU, and before
            the scores a dense layer, GELU and a LayerNorm; each item has a bias. ``sasrec``: as SASRec, item
            vectors times sqrt(D), ReLU, plain dot products.
        looks: ``both`` ways, or ``back`` alone: then a gap knows only what came before it.
        masked: share of a row that training hides. mask_last: share of rows whose last item alone is hidden.
    """

    max_len: int = 200
    layers: int = 2
    heads: int = 2
    ff_width: int = 256
    norm: str = "post"
    frame: str = "bert"
    looks: str = "both"
    masked: float = 0.2
    mask_last: float = 0.1

    choices: ClassVar[dict[str, tuple[str, ...]]] = {
        "norm": NORMS, "frame": ("bert", "sasrec"), "looks": ("both", "back"),
    }  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.masked <= 1:
            raise InputError(f"masked is {self.masked}: it must be above 0 and at most 1")
        if not 0 <= self.mask_last <= 1:
            raise InputError(f"mask_last is {self.mask_last}: it must be 0 to 1")

    def build(self) -> BERT4Rec:
        return BERT4Rec(self)


class BERT4Rec(Model):
    """Hide items, read what is left in both directions, guess what was hidden.

    A hidden item is read as one more row of the embedding, ``V + 1``, which is never scored. To ask for the
    next item, one hidden step is *appended* to the history. No item of the history is given up for it: there
    is room for ``max_len + 1`` steps.

    As in the published code (FeiSun/BERT4Rec, ``run.py``), scores come from a dense layer, GELU, LayerNorm,
    the embedding itself and a bias for each item. The bias is one more column of :meth:`item_matrix`, beside
    a state that ends in 1, so every loss works as it is. What differs from that code:

    - it counts places from the oldest item, we from the newest: every row trains the place of the request;
    - it makes ten maskings of each row beforehand and one more with the last item alone hidden; we draw anew
      in each epoch, and hide the last item alone in one row of ten;
    - its test hides an item inside a row of ``max_len``, so one item less is read;
    - it trains on the validation items too; here nothing does;
    - its dropout stands on the weights of attention too, ours on what attention brings.

    Re-implementations differ in most of this, and in how long they train (Petrov & Macdonald 2022).
    """

    settings: BERT4RecSettings
    appended = 1

    def __init__(self, settings: BERT4RecSettings) -> None:
        super().__init__(settings)
        s = settings
        self.layers, self.causal = s.layers, s.looks == "back"
        self.masked, self.mask_last = s.masked, s.mask_last
        self.embedding = nn.Embedding(s.n_items + 2, s.dim, padding_idx=0)
        nn.init.normal_(self.embedding.weight, std=0.02)
        with torch.no_grad():
            self.embedding.weight[0] = 0.0
        sizes = (s.dim, s.layers, s.heads, s.ff_width, s.max_len + 1, s.dropout, s.norm)
        self.encoder = BothWays(*sizes) if s.looks == "both" else TransformerEncoder(*sizes, "end")
        self.norm: nn.Module = nn.Identity()
        self.head: nn.Module = nn.Identity()
        self.bias: nn.Parameter | None = None
        if s.frame == "bert":
            for block in self.encoder.blocks:
                assert isinstance(block, Block)
                block.activation = F.gelu
            self.norm = nn.LayerNorm(s.dim)
            self.head = nn.Sequential(nn.Linear(s.dim, s.dim), nn.GELU(), nn.LayerNorm(s.dim))
            self.bias = nn.Parameter(torch.zeros(s.n_items + 1))

    def attend(self, batch: Batch, gaps: Tensor, need_weights: bool = False) -> tuple[Tensor, list[Tensor]]:
        """``(states (B, T, D), [weights (B, H, T, T)])`` of rows whose ``gaps`` ``(B, T)`` are hidden."""
        vectors = self.embedding(batch.items.masked_fill(gaps, self.n_items + 1))  # (B, T, D)
        if self.settings.frame == "sasrec":
            vectors = vectors * self.settings.dim**0.5
        return self.encoder(self.norm(vectors), batch, need_weights)

    def _ready(self, states: Tensor) -> Tensor:
        """``(..., D)`` -> ``(..., D + 1)``: through the head, and a 1 for the bias where there is one."""
        states = self.head(states)
        return states if self.bias is None else torch.cat([states, torch.ones_like(states[..., :1])], dim=-1)

    def fill(self, batch: Batch, gaps: Tensor) -> Tensor:
        """``(B, T, D + 1)``, or ``(B, T, D)`` without a bias; as ``FillsGaps`` has it."""
        return self._ready(self.attend(batch, gaps)[0])

    def item_matrix(self) -> Tensor:
        """``(V+1, D + 1)``, or ``(V+1, D)`` without a bias: the row of hidden items is not in it."""
        items = self.embedding.weight[: self.n_items + 1]
        return items if self.bias is None else torch.cat([items, self.bias[:, None]], dim=1)

    def with_gap(self, batch: Batch) -> tuple[Batch, Tensor]:
        """``(rows (B, T + 1), gaps (B, T + 1))``: each history with one hidden step after its end."""
        self.check_batch(batch)
        longer = Batch(items=F.pad(batch.items, (0, 1)), lengths=batch.lengths + 1)
        step = torch.arange(longer.items.shape[1], device=batch.items.device)
        return longer, step == batch.lengths[:, None]

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """Scores of the item after the last one: ``(B, V+1)``, column 0 -inf, or ``(B, C)``."""
        longer, gaps = self.with_gap(batch)
        last = self._ready(longer.last(self.attend(longer, gaps)[0]))  # (B, D + 1)
        return dot_scores(last, self.item_matrix(), candidates)

    def attention_weights(self, batch: Batch, layer: int = -1) -> Tensor:
        """``(B, H, T + 1, T + 1)``: how much each step takes from each; the gap stands after the last one.

        Raises:
            InputError: there is no such layer.
        """
        if not -self.layers <= layer < self.layers:
            raise InputError(
                f"{self.settings.model} has {self.layers} layers of attention, 0 to {self.layers - 1}; "
                f"there is no layer {layer}"
            )
        return self.attend(*self.with_gap(batch), need_weights=True)[1][layer]


RECIPES = {
    "bert4rec": Recipe(
        "BERT4Rec: attention both ways, trained to guess hidden items, full cross-entropy",
        "Sun et al. 2019",
        BERT4RecSettings,
        {},
        {**USUAL_TRAINING, "epochs": 200, "batch_size": 64, "lr": 1e-3, "patience": 20},
    ),
}
