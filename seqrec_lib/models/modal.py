"""Items by what is known of them: SASRec over vectors that ids, text, images and more give together.

Sizes: ``B`` batch, ``T`` time, ``D`` width, ``V`` items, ``M`` parts, ``S`` frames, ``F`` numbers a frame.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..data.batch import Batch
from ..data.item_parts import ItemPart, part_shapes, read_parts, shapes_as_text, shapes_from_text
from ..encoders.item_parts import JOINS, PartReader, Sum
from ..encoders.whitening import WAYS, fit_whitening
from ..messages import InputError, unknown
from .recipe import Recipe
from .sasrec import RECIPES as SASREC
from .sasrec import SASRec, SASRecSettings

if TYPE_CHECKING:
    from ..data.interactions import Interactions

Shapes = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class ModalSettings(SASRecSettings):
    """Settings of :class:`Modal`.

    Attributes:
        parts: which of the log's parts are read, joined by ``+``: ``id`` is a vector an item, ``all``
            whatever the log has. join: ``sum``, ``gate``, ``attention`` (see ``encoders.item_parts``).
        hide: in training, how often each part of an item but its id is hidden, so that the others learn to do
            alone. hide_ids: how often its id is, as it is for an item that training never met (DropoutNet,
            Volkovs et al. 2017). ids_from: an item's id is read if training met the item at least so often;
            below that it is missing, as if nobody had met the item.
        whiten: ``pca``, ``zca`` or ``none``; sequences stay as they are. words: numbers of a text.
        features: ``part_shapes(log)``, as a plain text; the data say it.
    """

    parts: str = "id+all"
    join: str = "attention"
    hide: float = 0.0
    hide_ids: float = 0.0
    ids_from: int = 1
    whiten: str = "none"
    words: int = 64
    features: str = ""

    choices: ClassVar[dict[str, tuple[str, ...]]] = {
        **SASRecSettings.choices,
        "join": tuple(JOINS),
        "whiten": ("none", *WAYS),
    }

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", shapes_as_text(self.features))
        super().__post_init__()
        for name in ("hide", "hide_ids"):
            if not 0 <= getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}: it must be at least 0 and below 1")
        if self.ids_from < 1:
            raise InputError(f"ids_from is {self.ids_from}: it must be at least 1")
        if self.words < 2:
            raise InputError(f"words is {self.words}: it must be at least 2")
        self.chosen()

    def chosen(self) -> tuple[bool, Shapes]:
        """``(whether ids are read, the parts of the log that are)``.

        Raises:
            InputError: a part that the log does not have (``features`` names what it has), or none.
        """
        known = {name: (name, steps, width) for name, steps, width in shapes_from_text(self.features)}
        ids, found = False, dict[str, tuple[str, int, int]]()
        for name in self.parts.split("+"):
            if name == "id":
                ids = True
            elif name == "all":
                found |= known
            elif name in known:
                found[name] = known[name]
            elif known:  # before the data are there, nothing can be said
                raise InputError(unknown("part of items", name, ["id", "all", *known]))
        if known and not ids and not found:
            raise InputError(f"parts is {self.parts!r}: name at least one of id, {', '.join(known)}")
        return ids or not found, tuple(found.values())

    def idle(self) -> dict[str, str]:
        return super().idle() | {"tied": "items are scored by the vector that their parts give"}

    def build(self) -> Modal:
        return Modal(self)


class Modal(SASRec):
    """SASRec whose item vector is a join of parts, on the way in and in the product with the state.

    An item that training never met has no id vector: that part is missing, as an image may be. What is
    known of the items (:meth:`read_items`) stands beside the weights and is saved with them.
    """

    settings: ModalSettings

    def __init__(self, settings: ModalSettings) -> None:
        super().__init__(settings)
        s = settings
        self.own_matrix = True  # an item's vector is made, and not read from one table
        self.ids, shapes = s.chosen()
        if not self.ids:
            del self.embedding
        self.names = [re.sub(r"\W", "_", name) for name, _, _ in shapes]
        v = s.n_items + 1
        for name, (_, steps, width) in zip(self.names, shapes, strict=True):
            self.register_buffer(f"values_{name}", torch.zeros(v, steps, width))
            self.register_buffer(f"known_{name}", torch.zeros(v, steps, dtype=torch.bool))
        self.met: Tensor
        self.register_buffer("met", torch.arange(v) > 0)
        self.readers = nn.ModuleList([self.make_reader(steps, width) for _, steps, width in shapes])
        count = self.ids + len(shapes)
        self.join = (JOINS[s.join] if count > 1 else Sum)(count, s.dim)  # one part alone has nothing to weigh

    def make_reader(self, steps: int, width: int) -> nn.Module:
        """What reads one part, of ``S`` frames of ``F`` numbers."""
        return PartReader(steps, width, self.settings.dim)

    def read_items(self, log: Interactions, train_log: Interactions) -> None:
        """Take in what ``log`` says of its items; what is fitted is fitted on those that ``train_log`` met.

        Raises:
            InputError: the parts of this log have other shapes than the settings say, or it has other items.
        """
        s, shapes = self.settings, part_shapes(log, self.settings.words)
        if shapes_as_text(shapes) != s.features or log.n_items != s.n_items:
            raise InputError(
                f"the model was built for items with {s.features}, but {log.name} has {shapes}: "
                "build it with features=part_shapes(log)"
            )
        count = np.bincount(train_log.items, minlength=log.n_items + 1)
        met = count > 0
        self.met.copy_(torch.from_numpy(count >= s.ids_from))
        wanted = dict(zip((name for name, _, _ in s.chosen()[1]), self.names, strict=True))
        for part in read_parts(log, met, s.words) if wanted else []:
            if part.name not in wanted:
                continue
            values, known = self.as_read(part, torch.from_numpy(met))
            getattr(self, f"values_{wanted[part.name]}").copy_(values)
            getattr(self, f"known_{wanted[part.name]}").copy_(known)

    @property
    def can_grow(self) -> bool:
        """Whether it reads anything but ids."""
        return bool(self.names)

    def grown(self, log: Interactions, fitted: np.ndarray) -> tuple[Modal, int]:
        """``(model, differ)``: see :class:`.recommender.GrowsItems`. New items have no id.

        Raises:
            InputError: ``log`` has other columns than training had.
        """
        from .growing import grown  # it builds models of this class

        return grown(self, log, fitted)

    def as_read(self, part: ItemPart, fitted: Tensor) -> tuple[Tensor, Tensor]:
        """``(values (V+1, S, F), known (V+1, S))`` of one part, whitened if the settings say so."""
        values, known = torch.from_numpy(part.values), torch.from_numpy(part.known)
        if self.settings.whiten != "none" and part.values.shape[1] == 1 and part.values.shape[2] > 1:
            values = _white(values, known, fitted, self.settings.whiten)
        return values, known

    def part_vectors(self) -> tuple[Tensor, Tensor]:
        """``(vectors (V+1, M, D), known (V+1, M) bool)``; ids, if they are read, come first."""
        vectors, known = [], []
        if self.ids:
            vectors.append(self.embedding.weight * self.met[:, None])
            known.append(self.met)
        for name, reader in zip(self.names, self.readers, strict=True):
            values, there = getattr(self, f"values_{name}"), getattr(self, f"known_{name}")
            vectors.append(reader(values, there))
            known.append(there.any(1))
        return torch.stack(vectors, 1), torch.stack(known, 1)

    def item_matrix(self) -> Tensor:
        """``(V+1, D)``; row 0, padding, is 0."""
        vectors, known = self.part_vectors()
        hide = torch.full(known.shape[1:], self.settings.hide, device=known.device)  # (M,)
        hide[: int(self.ids)] = self.settings.hide_ids
        if self.training and bool((hide > 0).any()):
            left = known & (torch.rand(known.shape, device=known.device) >= hide)
            known = torch.where(left.any(1, keepdim=True), left, known)  # nobody is left with nothing
        joined = self.join(vectors, known)
        return F.normalize(joined, dim=1) if self.settings.head == "cosine" else joined

    def item_vectors(self, batch: Batch) -> Tensor:
        self.check_batch(batch)
        vectors = F.embedding(batch.items, self.item_matrix())
        return vectors * self.settings.dim**0.5 if self.settings.scale_items else vectors


def _white(values: Tensor, known: Tensor, met: Tensor, way: str) -> Tensor:
    """``values`` ``(V+1, 1, F)``, whitened on the met items and brought to mean length 1; missing are 0."""
    there = known[:, 0]
    made = fit_whitening(values[there & met, 0], way)(values[:, 0])  # (V+1, F')
    made = F.pad(made, (0, values.shape[2] - made.shape[1]))
    made = made / made[there & met].norm(dim=1).mean()
    return (made * there[:, None])[:, None]


RECIPES = {
    "modal": Recipe(
        "SASRec whose items are ids, text, images and more, joined by attention over these parts",
        "this book; the Transformer is that of Kang & McAuley 2018",
        ModalSettings,
        {"positions": "end", "hide_ids": 0.5},
        {**SASREC["sasrec"].training, "loss": "on-sale"},
    ),
}
