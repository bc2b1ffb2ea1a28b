"""SASRec for serving: keys and values are kept, so that a new event costs one step and not a whole pass.

Sizes: ``B`` histories, ``t`` events so far, ``D`` width, ``H`` heads, ``d = D / H``, ``V`` items.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..attention import SelfAttention
from ..encoders.transformer import Attention, Block
from ..messages import InputError
from .sasrec import SASRec

KEPT = ("start", "distance", "both")  # positions with which an old key stays what it was


class CachedSASRec:
    """``B`` histories that grow by one event each at a time, and their scores after every event.

    A causal state never changes once it is made, unless the *place* of an old event does. Counted from the
    oldest event, and as distances, it does not. With places from the ``end`` every new event gives all older
    ones another place, so that all keys, values and states must be made again: such a model is refused.

    Args:
        model: in evaluation mode while it is asked. size: B.

    Raises:
        InputError: positions whose keys cannot be kept, or whose keys this class does not keep (``rope``,
            ``buckets``, ``alibi``, which would allow it).
    """

    def __init__(self, model: SASRec, size: int = 1) -> None:
        positions = model.settings.positions
        if positions not in KEPT:
            reason = (
                "a new event gives every older one another place"
                if "end" in positions
                else "not built for these positions"
            )
            raise InputError(
                f"keys cannot be kept with positions {positions!r}: {reason}; use start or distance"
            )
        self.model, self.size, self.steps = model, size, 0
        self.state: Tensor | None = None  # (B, D), after the newest event
        self.kept: list[tuple[Tensor, Tensor] | None] = [None] * model.layers  # keys, values: (B, H, t, d)

    @property
    def numbers(self) -> int:
        """How many numbers are kept for one history: 2 x layers x t x D."""
        return sum(2 * pair[0][0].numel() for pair in self.kept if pair is not None)

    @torch.no_grad()
    def extend(self, items: Tensor) -> None:
        """Take in the next event of each history, ``(B,)``.

        Raises:
            InputError: as many events as the model takes, items outside the catalogue, or another B.
        """
        settings, encoder = self.model.settings, self.model.encoder
        if items.shape != (self.size,) or int(items.min()) < 1 or int(items.max()) > settings.n_items:
            raise InputError(f"items must be ({self.size},), each from 1 to {settings.n_items}")
        if self.steps == settings.max_len:
            raise InputError(f"a history has {self.steps} events already, which is this model's max_len")
        training = self.model.training
        self.model.eval()
        x = self.model.embedding(items)[:, None]  # (B, 1, D)
        x = x * settings.dim**0.5 if settings.scale_items else x
        if encoder.positions is not None:
            x = x + encoder.positions.weight[self.steps]
        for number, block in enumerate(encoder.blocks):
            assert isinstance(block, Block)  # an nn.ModuleList does not say
            x, _ = block(x, None, False, self._attention(number, block.attention))
        self.state = self.model.head(encoder.last_norm(x)[:, 0])  # (B, D)
        self.steps += 1
        self.model.train(training)

    def scores(self) -> Tensor:
        """``(B, V+1)`` as the model's own: column 0 is -inf. Raises InputError: there is no event yet."""
        if self.state is None:
            raise InputError("a history is empty: extend it by one event first")
        with torch.no_grad():
            return self.model.score_states(self.state)

    def _attention(self, number: int, layer: SelfAttention) -> Attention:
        """The block's attention for one new query, over what is kept and the new event itself."""

        def attend(
            query: Tensor, mask: Tensor | None, need_weights: bool, keys: Tensor | None
        ) -> tuple[Tensor, Tensor | None]:
            source = query if keys is None else keys
            assert layer.query is not None and layer.key is not None and layer.value is not None
            assert layer.mix is not None  # a Transformer's attention has all four
            one, key, value = (
                made.view(self.size, 1, layer.heads, -1).transpose(1, 2)  # (B, H, 1, d)
                for made in (layer.query(query), layer.key(source), layer.value(source))
            )
            old = self.kept[number]
            if old is not None:
                key, value = torch.cat([old[0], key], 2), torch.cat([old[1], value], 2)  # (B, H, t, d)
            self.kept[number] = key, value
            scores = one @ key.mT / math.sqrt(key.shape[-1])  # (B, H, 1, t)
            if layer.distance is not None:
                scores = scores + layer.distance[:, : key.shape[2]].flip(1)[:, None]  # (H, 1, t)
            mixed = scores.softmax(-1) @ value  # (B, H, 1, d)
            return layer.mix(mixed.transpose(1, 2).reshape(self.size, 1, -1)), None  # (B, 1, D)

        return attend
