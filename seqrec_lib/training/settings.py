"""How a model is trained, as plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

from torch import Tensor

from ..device import PRECISIONS
from ..losses import named_loss, usual_negatives
from ..messages import InputError, unknown

SCHEDULES = ("constant", "cosine")
BATCH_BY = ("rows", "steps")
OPTIMISERS = ("adamw", "muon")
CLICK_METRICS = ("log-loss", "AUC", "grouped AUC")  # of which one chooses the epoch of a model of clicks
# Of a model that foresees purchases too; see ``evaluation.purchase_scores``.
PURCHASE_METRICS = ("joint log-loss", "purchase log-loss", "purchase AUC", "conversion log-loss")
LESS_IS_BETTER = ("log-loss", "joint log-loss", "purchase log-loss", "conversion log-loss")


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of :func:`~seqrec_lib.training.fit` that decide the final weights.

    Attributes:
        loss: a name in ``LOSSES``, or one with its settings: ``gbce:calibration=0.5``.
        negatives: sampled items a target, for the losses that sample;
            0 takes the loss's own number (``NEGATIVES``).
        objective: what one batch is trained on (``losses.objectives``).
        epochs: passes over the training rows, at most. batch_size: rows a step. batch_by: ``rows``, or
            ``steps``: as many real steps in each batch as ``batch_size`` rows have on average.
        optimiser: ``adamw``, or ``muon`` for the matrices of linear layers with AdamW for all else
            (``training.optimiser``).
        lr: the step size. weight_decay: decoupled (Loshchilov & Hutter 2019), on matrices only.
        beta2: how long AdamW remembers squared gradients: about 1 / (1 - beta2) steps.
        clip: largest norm of the gradient, 0 for no limit.
        average: how much of the averaged weights each step leaves in place: 0.999 is a mean of about the last
            1,000 steps, which is then what is validated, kept and tested; 0 averages nothing.
        patience: evaluations without a better ``select`` before training stops, 0 to never stop.
        evaluate_every: epochs between two evaluations.
        select: the validation metric that chooses the epoch; of clicks one of ``CLICK_METRICS``,
            or of ``PURCHASE_METRICS`` where these are learned too.
        schedule: ``constant``, or ``cosine``: down to 0 at the last step. warmup: steps of a linear rise.
        precision: of matrix products: ``fp32``, ``bf16`` (autocast), or ``auto``: fp32 on a GPU, and on a
            CPU bf16 where a measurement at the start finds it faster; what was chosen is kept in the
            run's settings.
        compile: give the model to ``torch.compile`` first. Meant for GPUs; on a CPU it did not pay
            (``results/speed.json``).
        seed: of the order of rows, dropout and sampled items; it never touches the data.

    Raises:
        InputError: a value outside its range, an unknown loss or schedule (with the nearest names).
    """

    loss: str = "ce"
    objective: str = "next-item"
    epochs: int = 40
    batch_size: int = 128
    batch_by: str = "rows"
    optimiser: str = "adamw"
    lr: float = 1e-3
    weight_decay: float = 0.01
    beta2: float = 0.999
    clip: float = 1.0
    average: float = 0.0
    patience: int = 5
    evaluate_every: int = 1
    select: str = "NDCG@10"
    negatives: int = 0
    schedule: str = "constant"
    warmup: int = 0
    precision: str = "fp32"
    compile: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.negatives == 0:
            object.__setattr__(self, "negatives", usual_negatives(self.loss))
        for name in ("epochs", "batch_size", "evaluate_every", "negatives"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}: it must be at least 1")
        for name in ("weight_decay", "clip", "patience", "warmup", "seed"):
            if not getattr(self, name) >= 0:
                raise InputError(f"{name} is {getattr(self, name)}: it must be 0 or more")
        if not 0 < self.lr < float("inf"):
            raise InputError(f"lr is {self.lr}: it must be above 0")
        if not 0 <= self.beta2 < 1:
            raise InputError(f"beta2 is {self.beta2}: it must be 0 or more and below 1")
        if not 0 <= self.average < 1:
            raise InputError(f"average is {self.average}: it must be 0 or more and below 1")
        if self.optimiser not in OPTIMISERS:
            raise InputError(unknown("optimiser", self.optimiser, OPTIMISERS))
        if self.schedule not in SCHEDULES:
            raise InputError(unknown("schedule", self.schedule, SCHEDULES))
        if self.batch_by not in BATCH_BY:
            raise InputError(unknown("batch_by", self.batch_by, BATCH_BY))
        if self.precision not in PRECISIONS:
            raise InputError(unknown("precision", self.precision, PRECISIONS))


def find_loss(loss: str | Callable[..., Tensor]) -> tuple[str, Callable[..., Tensor]]:
    """``(name, function)`` of a loss given by name, with settings or without, or as a function."""
    if callable(loss):
        return getattr(loss, "__name__", type(loss).__name__), loss
    return loss, named_loss(loss)


def check_training_names(given: Iterable[str]) -> None:
    """Raise InputError when a name in ``given`` is no training setting; the nearest are named."""
    known = [field.name for field in fields(TrainingSettings)]
    for name in given:
        if name not in known:
            raise InputError(unknown("training setting", name, known))
