"""SASRec's states where each step also had an outcome: what models that learn rewards are built on.

Sizes: ``B`` batch, ``T`` time, ``D`` width, ``E`` kinds of events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from ..data.batch import Batch
from ..messages import InputError
from .sasrec import SASRec, SASRecSettings


@dataclass(frozen=True)
class RewardedSettings(SASRecSettings):
    """What every model that learns rewards has.

    Attributes:
        rewards: what an event is worth, ``click=0.2,buy=1``; what is not named brings 0. A log's own column
            ``reward`` comes first; where a log has no events either, each interaction brings 1.
        discount: gamma, what a reward one step later is worth now.
        positions: as SASRec's, and ``distance`` by default. Places counted from the end would tell a state
            how many steps are still to come, which nobody knows while a session goes on.
        events: how many kinds of events the states read beside the items; 0: none is read.
    """

    rewards: str = ""
    discount: float = 1.0
    events: int = 0
    positions: str = "distance"

    may_be_zero: ClassVar[tuple[str, ...]] = ("events",)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.discount <= 1:
            raise InputError(f"discount is {self.discount}: it must lie between 0 and 1")


class SessionStates(SASRec):
    """SASRec whose steps may know how each interaction went: a vector an event is added to the item's."""

    settings: RewardedSettings
    learning: str

    def __init__(self, settings: RewardedSettings) -> None:
        super().__init__(settings)
        kinds = settings.events
        self.outcome = nn.Embedding(kinds + 1, settings.dim, padding_idx=0) if kinds else None

    def item_vectors(self, batch: Batch) -> Tensor:
        vectors = super().item_vectors(batch)
        if self.outcome is None or batch.events is None:
            return vectors
        check_events(batch, self.settings.events)
        return vectors + self.outcome(batch.events)


def check_events(batch: Batch, known: int) -> None:
    """Raise InputError when the batch has an event whose number is above ``known``."""
    assert batch.events is not None
    if batch.events.is_cpu and int(batch.events.max()) > known:
        raise InputError(
            f"the log has events up to number {int(batch.events.max())}; this model reads {known} kinds: "
            f"give --set events={int(batch.events.max())}"
        )
