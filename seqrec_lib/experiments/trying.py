"""One trial of a search: train with the settings that were proposed, and tell the study what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch

from ..data.splits import Split
from ..messages import InputError
from ..training.history import Epoch
from ..training.logs import NoLog
from ..training.settings import LESS_IS_BETTER
from .from_recipe import train
from .run import Run

if TYPE_CHECKING:
    from ..data.click_splits import ClickSplit


class Stop(Exception):
    """A trial is not worth its further epochs."""


class Reporting(NoLog):
    """Tells a trial the best validation value so far after each evaluation; stops it when it lags behind.

    The best so far, because training keeps the best weights: a trial ends with that value.
    """

    def __init__(self, trial: Any, select: str) -> None:
        self.trial, self.select, self.epochs = trial, select, 0
        self.values: list[float] = []

    def write(self, epoch: Epoch) -> None:
        self.epochs = epoch["epoch"]
        if "validation" not in epoch:
            return
        self.values.append(epoch["validation"][self.select])
        best = (min if self.select in LESS_IS_BETTER else max)(self.values)
        self.trial.report(best, self.epochs)
        if self.trial.should_prune():
            raise Stop


def try_settings(
    study: Any, trial: Any, name: str, split: Split | ClickSplit, settings: Mapping[str, Any],
    seeds: int, select: str, device: str | torch.device, more: Callable[[Run], Mapping[str, Any]] | None,
) -> str:  # fmt: skip
    """Train one trial and tell the study; ``interrupted`` after Ctrl-C, else ``trials``."""
    started, epochs, values = time.perf_counter(), 0, []
    state: dict[str, Any] = {}
    report = Reporting(trial, select) if seeds == 1 else None
    try:
        for number in range(seeds):
            made = train(name, split, seed=number, device=device, progress=False, log=report, **settings)
            if made.history.stopped == "interrupted":
                study.tell(trial, state=_state("FAIL"))
                return "interrupted"
            epochs += len(made.history.epochs)
            values.append(made.history.best[select])
            if seeds > 1:
                trial.report(values[-1], number)
                if number < seeds - 1 and trial.should_prune():
                    raise Stop
        state = {"values": sum(values) / len(values)}
        trial.set_user_attr("best_epoch", made.history.best_epoch)
        for key, figure in ({} if more is None else more(made)).items():
            trial.set_user_attr(key, figure)
    except Stop:
        epochs += 0 if report is None else report.epochs
        state = {"state": _state("PRUNED")}
    except InputError as error:
        trial.set_user_attr("reason", str(error))
        state = {"state": _state("FAIL")}
    trial.set_user_attr("seconds", round(time.perf_counter() - started, 2))
    trial.set_user_attr("epochs", epochs)
    study.tell(trial, **state)
    return "trials"


def _state(name: str) -> Any:
    from optuna.trial import TrialState

    return TrialState[name]
