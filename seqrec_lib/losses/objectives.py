"""Objectives: what one batch is trained on. The loop asks for a mean loss and knows nothing more.

Sizes: ``B`` rows, ``T`` steps, ``N`` of them with a target, ``D`` width, ``V`` items.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from torch import Tensor

from ..data.batch import Batch
from ..data.splits import Split
from ..messages import InputError
from ..models.recommender import (
    AsksHistory,
    Contrasts,
    FillsGaps,
    Foresees,
    ForeseesPurchases,
    LearnsRewards,
    NextItem,
    ReadsLog,
    Spells,
    StartsAtRate,
)
from .drawing import Asked, draw_negatives
from .named import parameters_of, with_popularity

Generators = dict[str, torch.Generator]
if TYPE_CHECKING:
    from ..data.click_splits import ClickSplit  # read where impressions are used, and nowhere else

    AnySplit = Split | ClickSplit
else:
    AnySplit = Split


class Objective(Protocol):
    """What a model is trained on, batch by batch. ``name`` stands in the run's settings.

    Each objective says itself what it asks of a model, such as :class:`NextItem`: hence ``Any`` here.
    """

    name: str

    def prepare(self, model: Any, split: Any) -> None:
        """Look at the model and the data once, before the first batch; both are on their device."""
        ...

    def __call__(self, model: Any, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        """``(mean loss, how many targets it is the mean of)`` of one batch.

        Args:
            generators: chance that belongs to the run: ``negatives``, on the batch's device.
        """
        ...


@runtime_checkable
class DrawsBatches(Protocol):
    """An objective that draws its batches itself, because what it promises rests on how they are drawn."""

    def batches(self, train: Batch, size: int, draw: torch.Generator) -> Iterator[Batch]:
        """The batches of one epoch, as many as there are of ``size`` rows; one may be empty.

        Args:
            draw: the run's generator of rows, on the CPU.
        """
        ...


class NextItemObjective:
    """Every step predicts the item that follows it. Padding has no target, so it adds nothing.

    Args:
        loss: called as those in ``LOSSES``. One that has a parameter ``popularity`` is given each item's
            share of the training targets, ``(V+1,)``; one that has ``asked``, whose steps these are.
        negatives: see ``TrainingSettings``.
        compiled: give the model's ``hidden`` to ``torch.compile``, once.
    """

    name = "next-item"

    def __init__(self, loss: Callable[..., Tensor], negatives: int = 1, compiled: bool = False) -> None:
        self.loss, self.negatives, self.compiled = loss, negatives, compiled
        self.asks = "asked" in parameters_of(loss)
        self.hidden: Callable[[Batch], Tensor] | None = None

    def prepare(self, model: NextItem, split: Split) -> None:
        self.loss = with_popularity(self.loss, split)
        for part in model.modules() if isinstance(model, torch.nn.Module) else ():
            if isinstance(part, ReadsLog):
                events = split.train_log
                part.start_from_log(torch.as_tensor(events.users), torch.as_tensor(events.items))
        self.hidden = torch.compile(model.hidden) if self.compiled else model.hidden

    def __call__(self, model: NextItem, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        hidden_of = model.hidden if self.hidden is None else self.hidden
        assert batch.targets is not None and batch.steps is not None  # ``batches`` gives both
        target = batch.targets.flatten()[batch.steps]  # (N,)
        hidden = hidden_of(batch).flatten(0, 1)[batch.steps]  # (B, T, D) -> (N, D)
        more = {"asked": Asked(batch.items, batch.targets, batch.steps)} if self.asks else {}
        value = self.loss(
            hidden,
            target,
            model.item_matrix(),
            generator=generators["negatives"],
            negatives=self.negatives,
            **more,
        )
        return value, len(target)


class CandidatesObjective:
    """Every step's next item against sampled ones, for models whose candidates read the history.

    The candidates of step t read steps 1 to t: a history that still held the target would give it away. The
    loss is a softmax over the target and its negatives, which are uniform over the other items.

    Args:
        negatives: of each step.
    """

    name = "candidates"

    def __init__(self, negatives: int = 4) -> None:
        self.negatives = negatives

    def prepare(self, model: AsksHistory, split: Split) -> None:
        """Nothing is needed."""

    def __call__(self, model: AsksHistory, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        assert batch.targets is not None and batch.steps is not None  # ``batches`` gives both
        b, t = batch.targets.shape
        each = 1 + self.negatives
        target = batch.targets.clamp(min=1).flatten()  # (B * T,), padding asks for something too
        drawn = draw_negatives(target, model.n_items, self.negatives, generators["negatives"])
        candidates = torch.cat([target[:, None], drawn], dim=1).view(b, t * each)
        seen = torch.arange(1, t + 1, device=target.device).repeat_interleave(each).expand(b, -1)
        seen = torch.minimum(seen, batch.lengths[:, None])  # (B, T * each)
        scores = model.logits(batch, candidates, seen).view(b * t, each)[batch.steps]  # (N, each)
        return F.cross_entropy(scores, torch.zeros_like(batch.steps)), len(batch.steps)


class SpelledObjective:
    """Every step's next item, spelled: cross-entropy of each of its codes, given those before it."""

    name = "spelled"

    def prepare(self, model: Spells, split: Split) -> None:
        """Nothing is needed."""

    def __call__(self, model: Spells, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        value = model.spelled(batch)
        return value.mean(), len(value)


class ClicksObjective:
    """Binary cross-entropy of every shown item: ``batch.candidates`` with ``batch.labels``.

    Logits start at the click rate of the training slates. For a model that :class:`Foresees` the auxiliary
    loss is added, times the model's weight: each state is compared with the item that follows and with one
    drawn uniformly from the others.
    """

    name = "clicks"

    def prepare(self, model: Any, split: ClickSplit) -> None:
        shown = _shown(split.train)
        assert split.train.labels is not None  # _shown has looked
        rate = float(split.train.labels[shown].double().mean())
        if isinstance(model, StartsAtRate) and 0 < rate < 1:
            model.start_at(rate)

    def __call__(self, model: Any, batch: Batch, generators: Generators) -> tuple[Tensor, int]:
        shown = _shown(batch)  # (B, C)
        assert batch.candidates is not None and batch.labels is not None  # _shown has looked
        scores = model.score(batch, batch.candidates)[shown]
        value = F.binary_cross_entropy_with_logits(scores, batch.labels[shown].to(scores.dtype))
        if isinstance(model, Foresees) and model.auxiliary:
            value = value + model.auxiliary * foresight(model, batch, generators["negatives"])
        return value, len(scores)


def _shown(batch: Batch) -> Tensor:
    if batch.candidates is None or batch.labels is None:
        raise InputError("clicks need a batch with candidates and labels: what was shown, what was clicked")
    return batch.candidates > 0


def foresight(model: Foresees, batch: Batch, generator: torch.Generator) -> Tensor:
    """The auxiliary loss of the histories in ``batch``."""
    from .auxiliary import auxiliary_loss  # few models have use for it

    states, table = model.interest(batch)
    real = batch.items.clamp(min=1).flatten()  # padding has a negative too, which nobody reads
    drawn = draw_negatives(real, len(table) - 1, 1, generator).view_as(batch.items)
    return auxiliary_loss(states, table[batch.items], table[drawn], batch.lengths)


def click_objective(model: object) -> Objective:
    """What a model is trained on where there are impressions: clicks, and purchases if it foresees them."""
    if isinstance(model, ForeseesPurchases):
        from .several_goals import SeveralGoals  # one family has use for it

        return SeveralGoals()
    return ClicksObjective()


def usual_objective(
    model: object, name: str, loss: Callable[..., Tensor], negatives: int, compiled: bool
) -> Objective:
    """What a model is trained on where nobody says: every next item, by ``loss``, called ``name``.

    A model that fills gaps is trained on hidden items instead, by the same ``loss``; one that contrasts has
    its contrastive task beside it; one that learns rewards has an objective of its own.

    Raises:
        InputError: a model without states before its candidates are known, and another loss than ``sampled``;
            one that spells items in codes, and another loss than ``ce``.
            a model that learns rewards, and another loss than ``ce``.
    """
    if isinstance(model, LearnsRewards):
        if name != "ce":
            raise InputError(f"a model that learns rewards takes the loss 'ce', not {name!r}: leave it out")
        return _of_rewards(model.learning)
    if isinstance(model, FillsGaps):
        from .masked import MaskedObjective  # one family has use for it

        return MaskedObjective(loss, negatives)
    if isinstance(model, Spells):
        if name != "ce":
            raise InputError(f"a model that spells items in codes takes the loss 'ce', not {name!r}")
        return SpelledObjective()
    if isinstance(model, Contrasts):
        from .contrastive import ContrastiveObjective  # nor has another for this

        return ContrastiveObjective(loss, negatives, compiled)
    if isinstance(model, NextItem) or not isinstance(model, AsksHistory):
        return NextItemObjective(loss, negatives, compiled)
    if name != "sampled":
        raise InputError(f"a model whose candidates read the history takes the loss 'sampled', not {name!r}")
    return CandidatesObjective(negatives)


def _of_rewards(learning: str) -> Objective:
    """The objective called ``learning``, imported when it is asked for: few families have use for one."""
    if learning == "policy":
        from .policy_gradient import PolicyObjective

        return PolicyObjective()
    if learning == "values":
        from .q_learning import ValuesObjective

        return ValuesObjective()
    from .conditioned import ConditionedObjective

    return ConditionedObjective()
