"""What the rest of the library may know of a model.

Sizes: ``B`` batch, ``T`` steps, ``S`` keys, ``D`` width, ``V`` items, ``C`` candidates, ``H`` heads.
Evaluation, losses and training ask for these and for nothing else, so a family of another shape needs
no change there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from ..data.batch import Batch
from ..messages import InputError
from .settings import Settings

if TYPE_CHECKING:
    import numpy as np

    from ..data.interactions import Interactions


@runtime_checkable
class Recommender(Protocol):
    """Anything that scores items after a history: a model, a baseline, an oracle."""

    @property
    def n_items(self) -> int:
        """``V``."""
        ...

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """Scores of the item after each history: ``(B, V+1)``, column 0 -inf; or ``(B, C)``."""
        ...


@runtime_checkable
class NextItem(Recommender, Protocol):
    """A recommender that scores by dot products: what the losses of the next item need."""

    def hidden(self, batch: Batch) -> Tensor:
        """``(B, T, D)``: the state after each item, ready for the dot product with item vectors."""
        ...

    def item_matrix(self) -> Tensor:
        """``(V+1, D)``: one vector an item; row 0 is padding and is never scored."""
        ...


@runtime_checkable
class SharesTable(Recommender, Protocol):
    """A recommender whose scores are one table for everybody, but for a few items after each history.

    They rank as ``score`` does; each row's may differ from it by a factor above 0.
    """

    def table(self) -> Tensor:
        """``(V+1,)``: the scores that all histories share; entry 0 is -inf."""
        ...

    def exceptions(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """``(row, item, score)``, ``(E,)`` each: what differs, an item at most once a row."""
        ...


@runtime_checkable
class AsksHistory(Recommender, Protocol):
    """A recommender whose candidates read the history themselves: it has no state before they are known."""

    def logits(self, batch: Batch, candidates: Tensor, seen: Tensor | None = None) -> Tensor:
        """``(B, C)``; ``seen`` ``(B, C)``: how many of the first steps each candidate may read, None: all."""
        ...


@runtime_checkable
class FillsGaps(Recommender, Protocol):
    """A recommender that guesses hidden items from what stands on both sides of them (BERT4Rec).

    A history's next item is a gap after its end. ``masked`` is the share of a row that training hides;
    ``mask_last`` the share of rows in which it hides the last item alone, as the request does.
    """

    masked: float
    mask_last: float

    def fill(self, batch: Batch, gaps: Tensor) -> Tensor:
        """``(B, T, D)``: a state for each step, for dot products; ``gaps`` ``(B, T)`` bool are hidden."""
        ...

    def item_matrix(self) -> Tensor:
        """``(V+1, D)``: one vector an item; row 0 is padding. What stands for a hidden item is no row."""
        ...


@dataclass(frozen=True)
class Contrast:
    """How a model is contrasted; the settings of ``models.contrastive`` say what each value means."""

    views: str
    weight: float
    tau: float
    cosine: bool
    false_negatives: str
    keep: float
    hidden: float
    moved: float
    changed: float


@runtime_checkable
class Contrasts(Recommender, Protocol):
    """A recommender that is also trained to know two views of one history among others (CL4SRec, DuoRec)."""

    contrast: Contrast

    def view_states(self, batch: Batch, gaps: Tensor | None = None) -> Tensor:
        """``(B, D)``: the state after each history whose ``gaps`` ``(B, T)`` bool are hidden."""
        ...


@runtime_checkable
class Spells(Recommender, Protocol):
    """A recommender that spells the next item in codes, each given those before it (TIGER)."""

    def spelled(self, batch: Batch) -> Tensor:
        """``(N,)``: -log p of the target of each real step, ``batch.steps``: the sum over its codes."""
        ...


@runtime_checkable
class ReadsItems(Protocol):
    """A model that goes by what the log says of its items: their text, price, image and more."""

    def read_items(self, log: Interactions, train_log: Interactions) -> None:
        """Take in what ``log`` says; what is fitted is fitted on the items that ``train_log`` met."""
        ...


@runtime_checkable
class GrowsItems(Recommender, Protocol):
    """A trained model that can give a vector to items that training did not have; then it has ``V'``."""

    settings: Settings

    @property
    def can_grow(self) -> bool:
        """Whether it reads anything but ids."""
        ...

    def grown(self, log: Interactions, fitted: np.ndarray) -> tuple[GrowsItems, int]:
        """``(model, differ)``: for the items of ``log``, the first V of which are the model's own.

        ``fitted`` ``(V'+1,)`` bool: the items whose means and rarities count, those that training met.
        ``differ``: of how many of these ``log`` says something else than training did.
        """
        ...


@runtime_checkable
class StartsAtRate(Protocol):
    """A model of clicks whose logits can start near that of the click rate."""

    def start_at(self, rate: float) -> None:
        """Let the logits start near that of ``rate``."""
        ...


@runtime_checkable
class ReadsLog(Protocol):
    """A part of a model that looks at the events of its training part once, before it is trained on them."""

    def start_from_log(self, users: Tensor, items: Tensor) -> None:
        """``(E,)`` row numbers of users and ``(E,)`` items, 1 to V, in the log's order."""
        ...


@runtime_checkable
class Foresees(Protocol):
    """A recommender whose state after each step is also trained to know the item that follows (DIEN).

    ``auxiliary`` is the weight of that loss beside the clicks'; 0: it is left out.
    """

    auxiliary: float

    def interest(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """``(states (B, T, D), item vectors (V+1, D))``: what the auxiliary loss compares."""
        ...


@runtime_checkable
class LearnsRewards(Protocol):
    """A recommender that is trained on what interactions bring, and not only on which they were.

    ``learning``: ``policy`` (REINFORCE), ``values`` (Q-learning beside the next item) or ``conditioned``
    (the next item, told the return), as the objectives in ``losses`` are called.
    """

    learning: str


@runtime_checkable
class ForeseesPurchases(Recommender, Protocol):
    """A model of clicks that also says how likely a purchase is once an item is clicked.

    ``space``: the purchase is learned from ``clicked`` rows, or from the ``entire`` space of impressions.
    ``combine``: how the gradients of the two are combined; ``buy_weight``: of the purchase's loss.
    """

    space: str
    combine: str
    buy_weight: float

    def tasks(self, batch: Batch, candidates: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits of p(click), column k at place k + 1, and of p(purchase | click): ``(B, C)`` each.

        Without candidates: of items 1 to V, ``(B, V)``, as if each stood at the first place.
        """
        ...

    def start_buying_at(self, rate: float) -> None:
        """Let p(purchase | click) start near ``rate``."""
        ...


@runtime_checkable
class KnowsUsers(Protocol):
    """A model with a vector for each user of its log (matrix factorisation).

    ``by_number``: whether ``batch.users`` are row numbers of that log. False: of another one, so that users
    are known by their histories alone.
    """

    by_number: bool


@runtime_checkable
class Attentive(Protocol):
    """A model with attention to look at. ``layers``: how many layers have weights; 0 is none."""

    layers: int

    def attention_weights(self, batch: Batch, layer: int = -1) -> Tensor:
        """``(B, H, T, S)``: how much each step takes from each other one, in one layer."""
        ...


class Model(nn.Module, ABC):
    """A recommender with weights, built from its settings: what is trained, saved and loaded.

    Attributes:
        settings: with them and the weights a model can be built again. layers: see :class:`Attentive`.
        reads_request: whether scores depend on when the next item is asked for, ``batch.query_time``.
        weights_sum_to_one: whether each step's weights do; without a softmax they need not.
        causal: whether each step looks at itself and earlier ones alone.
        appended: how many steps the model adds after a history to ask with. Its weights of attention show
            them too: they are ``(B, H, T + appended, T + appended)``.
    """

    layers: int = 0
    reads_request: bool = False
    weights_sum_to_one: bool = True
    causal: bool = True
    appended: int = 0

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings

    @property
    def n_items(self) -> int:
        """``V``, the size of the catalogue."""
        return self.settings.n_items

    @abstractmethod
    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """As :meth:`Recommender.score`."""

    def check_layer(self, layer: int) -> None:
        """Raise InputError when this model has no attention, or no such layer; -1 is the last."""
        name = self.settings.model
        if not self.layers:
            raise InputError(f"{name} has no attention, so it has no weights to show")
        if not -self.layers <= layer < self.layers:
            raise InputError(
                f"{name} has {self.layers} layers of attention, 0 to {self.layers - 1}; "
                f"there is no layer {layer}"
            )

    def check_batch(self, batch: Batch) -> None:
        """Raise InputError when a history is empty, too long, or holds what is no item of the catalogue."""
        steps, top = batch.items.shape[1], self.n_items
        if steps > self.settings.max_len:
            raise InputError(
                f"a history has {steps} items; this model takes at most max_len {self.settings.max_len}"
            )
        if torch.compiler.is_compiling():
            return  # a graph cannot branch on data: who runs an exported one checks what goes in
        if batch.items.is_cpu:  # elsewhere a look at the values would make the device wait
            wrong = (batch.items < batch.mask().long()) | (batch.items > top)  # a real item is at least 1
            if bool(wrong.any()):
                raise InputError(
                    f"item numbers must be 1 to {top} (0 is padding); got {int(batch.items[wrong][0])}"
                )
        if batch.lengths.is_cpu and bool((batch.lengths < 1).any()):
            raise InputError("a history is empty: every row needs at least one item")


def catalogue_size(model: object) -> int | None:
    """``V`` of a recommender, or None where it does not say."""
    return getattr(model, "n_items", None)


class Attending(Model):
    """A model that makes a state of each step, by attention where it has ``layers``."""

    @abstractmethod
    def attend(self, batch: Batch, need_weights: bool = False) -> tuple[Tensor, list[Tensor]]:
        """``(states (B, T, D), [weights (B, H, T, T)])``: everything before the head.

        The weights are one tensor a layer of attention, first layer first; none unless they are needed.
        """

    def attention_weights(self, batch: Batch, layer: int = -1) -> Tensor:
        """``(B, H, T, T)``: row t says how much step t takes from each step j <= t.

        ``layer`` picks a layer of attention, from 0; -1 is the last.

        Raises:
            InputError: this model has no attention, or no such layer.
        """
        self.check_layer(layer)
        return self.attend(batch, need_weights=True)[1][layer]


def layers_of(model: object) -> int:
    """How many layers of attention ``model`` can show: 0 for one that has none."""
    return int(getattr(model, "layers", 0))


def steps_added(model: object) -> int:
    """How many steps ``model`` adds after a history to ask with: 0 for one that asks with its last item."""
    return int(getattr(model, "appended", 0))


def reads_request(model: object) -> bool:
    """Whether ``model`` reads when the next item is asked for; True where it does not say."""
    return bool(getattr(model, "reads_request", True))


def place_model(model: object, device: torch.device | str | None) -> torch.device:
    """Move ``model`` to ``device`` and return it; with None, the device where the model is."""
    module = model if isinstance(model, nn.Module) else None
    if device is not None:
        if module is not None:
            module.to(device)
        return torch.device(device)
    first = None if module is None else next(module.parameters(), None)
    return torch.device("cpu") if first is None else first.device
