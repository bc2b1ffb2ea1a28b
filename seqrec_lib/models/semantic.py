"""Semantic ids (Rajput et al. 2023, TIGER): the next item is spelled, one code after another.

Sizes: ``B`` batch, ``T`` time, ``D`` width, ``V`` items, ``L`` levels, ``K`` codewords, ``P`` prefixes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from ..data.batch import Batch
from ..data.item_parts import part_shapes, read_parts, shapes_as_text
from ..encoders import NORMS, POSITIONS, TransformerEncoder
from ..encoders.item_parts import START
from ..encoders.quantise import numbered_apart, residual_codes, residual_kmeans
from ..encoders.rq_vae import fit_rq_vae
from ..encoders.trie import Trie, beam_search, make_trie
from ..messages import InputError
from .modal import ModalSettings
from .recipe import Recipe
from .recommender import Attending
from .sasrec import RECIPES as SASREC
from .settings import Settings

if TYPE_CHECKING:
    from ..data.interactions import Interactions

BY = ("kmeans", "rqvae", "number", "random")


@dataclass(frozen=True)
class SemanticSettings(Settings):
    """Settings of :class:`SemanticIds`.

    Attributes:
        parts, words, features: as for ``Modal``; the parts are put side by side and quantised. ids have none.
        levels, codes: L and K, of the quantiser. spare: codewords of one more level, which tells items apart
            whose codes collide. codes_by: residual ``kmeans``, ``rqvae``, or the item's ``number``, digit by
            digit, which says as much as the order of the catalogue does; ``random``: another item's number.
        layers, heads, ff_width, positions, norm: of the encoder of histories, as for SASRec.
    """

    max_len: int = 50
    dropout: float = 0.1
    parts: str = "all"
    words: int = 64
    levels: int = 2
    codes: int = 16
    spare: int = 32
    codes_by: str = "kmeans"
    layers: int = 2
    heads: int = 1
    ff_width: int = 64
    positions: str = "end"
    norm: str = "pre"
    features: str = ""

    choices: ClassVar[dict[str, tuple[str, ...]]] = {
        "codes_by": BY,
        "positions": POSITIONS,
        "norm": NORMS,
    }

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", shapes_as_text(self.features))
        super().__post_init__()
        self.read_shapes()

    def read_shapes(self) -> tuple[tuple[str, int, int], ...]:
        """``(name, S, F)`` of the parts that are quantised. Raises InputError: the log has no such part."""
        return ModalSettings(self.model, 1, parts=f"id+{self.parts}", features=self.features).chosen()[1]

    def build(self) -> SemanticIds:
        return SemanticIds(self)


class SemanticIds(Attending):
    """A causal Transformer over items as sums of their codes' vectors; a GRU then spells the next item.

    p(item | h) is the product over levels of p(code | h, the codes before). TIGER reads and writes one long
    sequence of codes with an encoder and a decoder of four layers each; here an item is one step of the
    history, and the decoder one cell. What is asked is the same: codes that are shared by items which are
    alike. Until :meth:`read_items`, codes are the digits of the item's number.
    """

    settings: SemanticSettings

    def __init__(self, settings: SemanticSettings) -> None:
        super().__init__(settings)
        s = settings
        self.sizes = [*([s.codes] * s.levels), s.spare]
        self.words = nn.ModuleList([nn.Embedding(size, s.dim) for size in self.sizes])
        self.outs = nn.ModuleList([nn.Linear(s.dim, size) for size in self.sizes])
        for table in self.words.parameters():
            nn.init.normal_(table, std=START)
        self.encoder = TransformerEncoder(
            s.dim, s.layers, s.heads, s.ff_width, s.max_len, s.dropout, s.norm, s.positions, False
        )
        self.layers = s.layers
        self.cell = nn.GRUCell(s.dim, s.dim)
        self.codes: Tensor
        numbers = digits(s.n_items, s.codes, s.levels)
        if s.codes_by == "random":
            numbers = numbers[torch.randperm(s.n_items, generator=torch.Generator().manual_seed(0))]
        self.register_buffer("codes", nn.functional.pad(self._apart(numbers), (0, 0, 1, 0)))  # (V+1, L + 1)
        self._trie: Trie | None = None

    def _apart(self, codes: Tensor) -> Tensor:
        apart = numbered_apart(codes)
        if (most := int(apart[:, -1].max()) + 1) > self.settings.spare:
            raise InputError(
                f"{most} items have the same codes and spare is {self.settings.spare}: "
                "raise spare, levels or codes"
            )
        return apart

    def read_items(self, log: Interactions, train_log: Interactions) -> None:
        """Make codes of what ``log`` says of items; the quantiser is fitted on those that ``train_log`` met.

        Raises:
            InputError: the log's parts have other shapes than the settings say; or too many items collide.
        """
        s = self.settings
        if shapes_as_text(part_shapes(log, s.words)) != s.features or log.n_items != s.n_items:
            raise InputError(
                f"the model was built for items with {s.features}: build it with features=part_shapes(log)"
            )
        wanted = {name for name, _, _ in s.read_shapes()}
        if s.codes_by in ("number", "random") or not wanted:
            return
        met = np.bincount(train_log.items, minlength=log.n_items + 1) > 0
        parts = [part for part in read_parts(log, met, s.words) if part.name in wanted]
        flat = [part.values.sum(1) / np.maximum(part.known.sum(1, keepdims=True), 1) for part in parts]
        z = torch.from_numpy(np.concatenate(flat, 1)).double()  # (V+1, F): frames are averaged
        fitted = z[torch.from_numpy(met)]
        if s.codes_by == "kmeans":
            codes, _ = residual_codes(z[1:], residual_kmeans(fitted, s.levels, s.codes))
        else:
            with torch.no_grad():
                codes = fit_rq_vae(fitted.float(), s.levels, s.codes)[0].codes(z[1:].float())
        self.codes[1:] = self._apart(codes)
        self._trie = None

    def trie(self) -> Trie:
        """The prefixes of all items' codes."""
        if self._trie is None or self._trie.codes.device != self.codes.device:
            self._trie = make_trie(self.codes[1:])
        return self._trie

    def load_state_dict(self, *args: object, **kwargs: object) -> object:
        self._trie = None  # other codes may come
        return super().load_state_dict(*args, **kwargs)  # type: ignore[arg-type]

    def item_inputs(self) -> Tensor:
        """``(V+1, D)``: the sum of the vectors of an item's codes; row 0, padding, is 0."""
        total = sum(table(self.codes[:, level]) for level, table in enumerate(self.words))
        real = torch.arange(len(self.codes), device=self.codes.device) > 0
        return total * real[:, None]

    def attend(self, batch: Batch, need_weights: bool = False) -> tuple[Tensor, list[Tensor]]:
        """``(states (B, T, D), [weights (B, H, T, T)])``."""
        self.check_batch(batch)
        vectors = nn.functional.embedding(batch.items, self.item_inputs()) * self.settings.dim**0.5
        return self.encoder(vectors, batch, need_weights)

    def spelled(self, batch: Batch) -> Tensor:
        """``(N,)``: -log p of the target of each real step, the sum over its codes."""
        assert batch.targets is not None and batch.steps is not None  # ``batches`` gives both
        state = self.attend(batch)[0].flatten(0, 1)[batch.steps]  # (N, D)
        codes = self.codes[batch.targets.flatten()[batch.steps]]  # (N, L + 1)
        total = state.new_zeros(len(state))
        for level in range(codes.shape[1]):
            logits = self.outs[level](state)
            total = total + nn.functional.cross_entropy(logits, codes[:, level], reduction="none")
            if level + 1 < codes.shape[1]:
                state = self.cell(self.words[level](codes[:, level]), state)
        return total

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """log p of every item, exact: ``(B, V+1)``, column 0 -inf, or ``(B, C)``.

        Every prefix of the catalogue is followed once; a beam (:meth:`beam`) follows the best ones alone.
        """
        trie, state = self.trie(), batch.last(self.attend(batch)[0])[:, None]  # (B, P, D)
        rows = batch.items.shape[0]  # len(batch) would be a fixed number in an exported graph
        total = state.new_zeros(rows, 1)
        for number, level in enumerate(trie.levels):
            log_p = self.outs[number](state).log_softmax(-1)[:, level.parent, level.code]  # (B, P)
            total = total[:, level.parent] + log_p
            if number + 1 < len(trie.levels):
                word = self.words[number](level.code).expand(rows, -1, -1)
                state = self._turn(word, state[:, level.parent])
        scores = nn.functional.pad(total[:, trie.leaf], (1, 0), value=-torch.inf)  # (B, V+1)
        return scores if candidates is None else scores.gather(1, candidates)

    def _turn(self, word: Tensor, state: Tensor) -> Tensor:
        made = self.cell(word.flatten(0, 1), state.flatten(0, 1))
        return made.view_as(state)

    @torch.no_grad()
    def beam(self, batch: Batch, width: int, constrained: bool = True) -> tuple[Tensor, Tensor]:
        """``(items (B, W), log p (B, W))``, best first; item 0: codes that no item has.

        Args:
            constrained: whether only prefixes of items are followed. See ``encoders.trie.beam_search``.
        """
        start = batch.last(self.attend(batch)[0])  # (B, D)

        def next_code(row: Tensor, prefixes: Tensor) -> Tensor:
            state = start[row]
            for level in range(prefixes.shape[1]):
                state = self.cell(self.words[level](prefixes[:, level]), state)
            return self.outs[prefixes.shape[1]](state).log_softmax(1)

        codes, log_p = beam_search(
            next_code, len(batch), self.sizes, width, self.trie() if constrained else None
        )
        same = (codes[:, :, None] == self.codes[None, None, 1:]).all(3)  # (B, W, V)
        items = (same.long() * torch.arange(1, self.n_items + 1)).sum(2)
        return torch.where(log_p > -torch.inf, items, 0), log_p


def digits(count: int, base: int, places: int) -> Tensor:
    """``(V, L)``: the last ``places`` digits of 0 to V - 1, the first digit first."""
    number = torch.arange(count)
    return torch.stack([number // base**place % base for place in reversed(range(places))], 1)


RECIPES = {
    "semantic-ids": Recipe(
        "semantic ids: items spelled in codes of residual quantisation, one after another",
        "after TIGER (Rajput et al. 2023), with a smaller decoder",
        SemanticSettings,
        {},
        {**SASREC["sasrec"].training, "loss": "ce"},
    ),
}
