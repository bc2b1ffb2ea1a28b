"""An optional log of training, epoch by epoch: TensorBoard's, Weights & Biases', or a caller's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..messages import InputError, unknown
from .history import Epoch

# The kinds by name, each with the package that it needs.
KINDS = {"tensorboard": "tensorboard", "wandb": "wandb"}


class NoLog:
    """Writes nothing. A log of one's own is a subclass: an error that it raises ends training."""

    def write(self, epoch: Epoch) -> None:
        """Take an epoch's record."""

    def close(self) -> None:
        """Nothing to close."""


def values_of(epoch: Epoch) -> dict[str, float]:
    """What a log shows of an epoch: the loss, the speed and each validation metric, by name."""
    values = {"loss": epoch["loss"], "lr": epoch["lr"], "targets_per_second": epoch["targets_per_second"]}
    return {**values, **{f"validation/{name}": v for name, v in epoch.get("validation", {}).items()}}


class TensorBoardLog(NoLog):
    """One point an epoch; points after ``epochs_done``, left by a run that was killed, are hidden."""

    def __init__(self, folder: str, epochs_done: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.writer = SummaryWriter(folder, purge_step=epochs_done + 1)

    def write(self, epoch: Epoch) -> None:
        for name, value in values_of(epoch).items():
            self.writer.add_scalar(name, value, epoch["epoch"])
        self.writer.flush()

    def close(self) -> None:
        self.writer.close()


class WandbLog(NoLog):
    """One point an epoch, written to a folder; nothing is sent. ``wandb sync FOLDER`` sends it later.

    The folder gets one run for each call of ``fit``: one that goes on from a checkpoint begins another.
    """

    def __init__(self, folder: str, settings: Mapping[str, Any]) -> None:
        import wandb

        Path(folder).mkdir(parents=True, exist_ok=True)
        quiet = wandb.Settings(
            mode="offline", silent=True, console="off", disable_git=True, x_disable_stats=True
        )
        self.run = wandb.init(dir=folder, project="seqrec_lib", config=dict(settings), settings=quiet)

    def write(self, epoch: Epoch) -> None:
        self.run.log(values_of(epoch), step=epoch["epoch"])

    def close(self) -> None:
        self.run.finish()


def open_log(log: str | NoLog | None, epochs_done: int, settings: Mapping[str, Any]) -> NoLog:
    """The log that ``log`` names, or one that writes nothing for None.

    Args:
        log: ``tensorboard:FOLDER``, ``wandb:FOLDER``, or a log of one's own.
        settings: of training, for a log that keeps them.

    Raises:
        InputError: an unknown kind, no folder, or a package that is not installed.
    """
    if log is None:
        return NoLog()
    if isinstance(log, NoLog):
        return log
    kind, folder = check_log(log)
    try:
        return TensorBoardLog(folder, epochs_done) if kind == "tensorboard" else WandbLog(folder, settings)
    except ImportError as error:
        raise InputError(f"a log for {kind} needs it: pip install {KINDS[kind]}") from error


def check_log(text: str) -> tuple[str, str]:
    """``(kind, folder)`` of ``KIND:FOLDER``. Raises InputError: an unknown kind, or no folder."""
    kind, _, folder = str(text).partition(":")
    if kind not in KINDS:
        raise InputError(f"log {text}: {unknown('kind of log', kind, KINDS)}, as in tensorboard:FOLDER")
    if not folder:
        raise InputError(f"log {text}: name a folder, as in {kind}:FOLDER")
    if Path(folder).is_file():
        raise InputError(f"log {text}: {folder} is a file, and a log needs a folder")
    return kind, folder
