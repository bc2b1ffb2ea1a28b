"""What happened in training, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypedDict

ENDS = {
    "epochs": "all epochs are done",
    "patience": "validation no longer improved",
    "max_seconds": "the time budget is spent",
    "interrupted": "stopped by Ctrl-C",
}


class Validated(TypedDict, total=False):
    """What validation adds to an epoch: metrics by name, and how long they took."""

    validation: dict[str, float]
    validation_seconds: float


class Pass(Validated):
    """One pass over the training rows.

    ``seconds`` are of training alone, ``loss`` is the mean over ``targets``, ``lr`` that of the last step;
    ``steps`` count the batches since the run began.
    """

    seconds: float
    targets: int
    targets_per_second: float
    loss: float
    lr: float
    steps: int


class Epoch(Pass):
    """The record of an epoch; ``epoch`` is its number, from 1."""

    epoch: int


@dataclass(repr=False)
class History:
    """The course of a training run.

    Attributes:
        epochs: one :class:`Epoch` each.
        select: the validation metric that chose the epoch.
        best_epoch: the epoch whose weights the model holds now, or None when none was evaluated.
        stopped: ``epochs``, ``patience``, ``max_seconds`` or ``interrupted``; "" while it runs.
        device: where it ran. settings: the training settings, plain values.
    """

    epochs: list[Epoch] = field(default_factory=list)
    select: str = "NDCG@10"
    best_epoch: int | None = None
    stopped: str = ""
    device: str = ""
    settings: dict[str, object] = field(default_factory=dict)

    @property
    def best(self) -> dict[str, float]:
        """Validation metrics of the best epoch; empty when none was evaluated."""
        return self.epochs[self.best_epoch - 1]["validation"] if self.best_epoch else {}

    @property
    def seconds(self) -> float:
        """Seconds spent in training and validation together."""
        return sum(epoch["seconds"] + epoch.get("validation_seconds", 0.0) for epoch in self.epochs)

    def curve(self, name: str) -> tuple[list[int], list[float]]:
        """Epoch numbers and values of ``"loss"`` or of a validation metric, where it was measured."""
        rows = [
            (e["epoch"], e["loss"] if name == "loss" else e.get("validation", {}).get(name))
            for e in self.epochs
        ]
        measured = [(epoch, value) for epoch, value in rows if value is not None]
        return [epoch for epoch, _ in measured], [value for _, value in measured]

    def summary(self) -> str:
        """One line: how long, why it ended, and which epoch was kept."""
        done = len(self.epochs)
        text = f"{done} epoch{'s' * (done != 1)} in {self.seconds:.1f} s"
        if self.stopped:
            text += f"; {ENDS[self.stopped]}"
        if self.best_epoch:
            return (
                f"{text}; kept epoch {self.best_epoch}: validation {self.select} {self.best[self.select]:.4f}"
            )
        return f"{text}; no epoch was evaluated, so the weights are the newest"

    __str__ = summary

    def __repr__(self) -> str:
        return f"History({self.summary()})"

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> History:
        """The history that :meth:`as_dict` made plain; what it does not name has its default."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in plain.items() if name in known})

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        names = ("epochs", "select", "best_epoch", "stopped", "device", "settings")
        return {name: getattr(self, name) for name in names}
