"""An optional TensorBoard log of training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..messages import InputError
from .history import Epoch

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


class NoLog:
    """Writes nothing."""

    def write(self, epoch: Epoch) -> None:
        """Take an epoch's record."""

    def close(self) -> None:
        """Nothing to close."""


class TensorBoardLog(NoLog):
    """One point an epoch for the loss, the speed and each validation metric."""

    def __init__(self, writer: SummaryWriter) -> None:
        self.writer = writer

    def write(self, epoch: Epoch) -> None:
        values = {"loss": epoch["loss"], "lr": epoch["lr"], "targets_per_second": epoch["targets_per_second"]}
        values |= {f"validation/{name}": value for name, value in epoch.get("validation", {}).items()}
        for name, value in values.items():
            self.writer.add_scalar(name, value, epoch["epoch"])
        self.writer.flush()

    def close(self) -> None:
        self.writer.close()


def open_log(folder: Path | str | None, epochs_done: int) -> NoLog:
    """A log in ``folder``, or one that writes nothing when ``folder`` is None.

    Points after ``epochs_done``, left by a run that was killed, are hidden.

    Raises:
        InputError: TensorBoard is not installed.
    """
    if folder is None:
        return NoLog()
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise InputError("a TensorBoard log needs TensorBoard: pip install tensorboard") from error
    return TensorBoardLog(SummaryWriter(str(folder), purge_step=epochs_done + 1))
