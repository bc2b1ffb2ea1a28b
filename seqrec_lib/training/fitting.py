"""``fit``: train a model on a split, keep the best weights, and be able to go on after any stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..device import describe_device, pick_device, pick_precision
from ..losses.objectives import AnySplit, Objective, click_objective, usual_objective
from ..messages import InputError
from ..models.recommender import Model
from .history import History
from .logs import NoLog, check_log, open_log
from .loop import Clock, train_epoch
from .progress import make_progress
from .random_state import seeded
from .run_folder import RunFolder
from .settings import TrainingSettings, check_training_names, find_loss
from .state import RunState

if TYPE_CHECKING:
    from .ranks import Alone


def fit(
    model: Model,
    split: AnySplit,
    *,
    loss: str | Callable[..., Tensor] = "ce",
    objective: Objective | None = None,
    device: str | torch.device = "auto",
    out: Path | str | None = None,
    resume: bool = False,
    progress: bool = True,
    log: str | NoLog | None = None,
    max_seconds: float | None = None,
    notes: Mapping[str, object] | None = None,
    ranks: Alone | None = None,
    **settings: Any,
) -> History:
    """Train ``model`` on ``split.train``; validation chooses the epoch; the test part is not read.

    Ctrl-C ends training and keeps the best weights so far, as does the time budget. The model ends
    with the best weights, on the device where it was trained. Python's, NumPy's and PyTorch's random
    states are as before the call.

    Args:
        loss: a name in ``LOSSES``, or a function that is called like them.
        split: of next items, or of impressions (``split_clicks``): then clicks are learned.
        objective: what a batch is trained on; None: each step predicts the next item, with ``loss``; on
            impressions, binary cross-entropy of clicks, and of purchases where the model foresees them.
        device: ``"auto"`` (CUDA, else CPU), ``"cpu"``, ``"cuda"``, or a torch device.
        out: a run folder to write after each epoch. resume: go on from there, also for more epochs than
            the run had, where the step size is constant; with nothing there
            training starts fresh and says so.
        log: where each epoch is written to: ``tensorboard:FOLDER``, ``wandb:FOLDER`` (offline), or a
            :class:`~seqrec_lib.training.logs.NoLog` of one's own.
        max_seconds: stop at the first batch after this many seconds of training and validation, the
            seconds before a resume included.
        notes: plain values to keep in ``settings.json``, for example where the data came from.
        ranks: the processes that train this model together (``training.ranks.joined``); None: this one.
        settings: the fields of :class:`~seqrec_lib.training.TrainingSettings`: ``epochs``,
            ``batch_size``, ``lr``, ``weight_decay``, ``clip``, ``patience``, ``seed``, ``schedule``, ...

    Raises:
        InputError: a setting outside its range or unknown, a model for another catalogue, CUDA asked
            for and absent, a loss that is not finite; with ``resume``: other data, other settings, or
            a checkpoint that cannot be trusted.
        OSError: the disk is full; the files from before are kept.
    """
    if split.clicks:
        loss, settings = _of_clicks(loss, settings)
    loss_name, loss_function = find_loss(loss)
    check_training_names(settings)
    chosen = TrainingSettings(loss=loss_name, **settings)
    if objective is None and split.clicks:
        objective = click_objective(model)
    if objective is None:
        objective = usual_objective(model, loss_name, loss_function, chosen.negatives, chosen.compile)
    chosen = replace(chosen, objective=objective.name)
    device = pick_device(device) if isinstance(device, str) else device
    if isinstance(log, str):
        check_log(log)
    if max_seconds is not None and not max_seconds > 0:
        raise InputError(f"max_seconds is {max_seconds}: it must be above 0")
    if resume and out is None:
        raise InputError("resume needs a run folder: give out")
    if ranks is None:
        from .ranks import Alone  # needed in training alone

        ranks = Alone()
    display = make_progress(progress and ranks.first)
    precision = ranks.from_first(lambda: _precision(chosen.precision, device, out if resume else None))
    chosen = replace(chosen, precision=precision)
    display.say(f"{describe_device(device)}, {chosen.precision}")
    with seeded(chosen.seed, device) as generators:
        run = RunState(model, split, chosen, device, generators, display, ranks)
        objective.prepare(model, replace(split, train=run.train))
        ranks.start_alike(model)
        ranks.part_ways(chosen.seed, generators)
        run.open(out, resume, notes)
        history = run.history
        spent = history.seconds
        clock = Clock(None if max_seconds is None else time.perf_counter() + max_seconds - spent, ranks)
        writer = open_log(log if ranks.first else None, len(history.epochs), history.settings)
        try:
            _epochs(run, objective, clock, writer)
        except KeyboardInterrupt:
            history.stopped = "interrupted"
        finally:
            display.close()
            writer.close()
        run.finish()
    display.say(history.summary())
    return history


def _of_clicks(
    loss: str | Callable[..., Tensor], settings: dict[str, Any]
) -> tuple[str | Callable[..., Tensor], dict[str, Any]]:
    """``(loss, settings)`` where clicks are learned: each shown item has a label, so nothing is sampled."""
    if loss not in ("ce", "bce"):  # "ce" is what nobody gave
        raise InputError(f"clicks are learned with bce, not with {loss!r}: leave the loss out")
    return "bce", {"select": "log-loss", **settings}


def _precision(asked: str, device: torch.device, going_on: Path | str | None) -> str:
    """The precision to train in. A run that goes on keeps its own: ``auto`` measures once, for two
    measurements on a busy machine, or on two machines, may differ."""
    if asked == "auto" and going_on is not None and RunFolder(going_on).can_resume:
        asked = RunFolder(going_on).read("settings.json").get("training", {}).get("precision", asked)
    return pick_precision(asked, device)


def _epochs(run: RunState, objective: Objective, clock: Clock, log: NoLog) -> None:
    """Train and evaluate, epoch after epoch, until something says stop."""
    history, settings = run.history, run.settings
    if history.stopped in ("epochs", "patience") or (history.epochs and clock.over):
        history.stopped = history.stopped or "max_seconds"
        run.display.say("this run is finished already: its files are written again")
        return
    step = history.epochs[-1]["steps"] if history.epochs else 0
    for epoch in range(len(history.epochs) + 1, settings.epochs + 1):
        run.display.start(epoch, -(-len(run.train) // settings.batch_size))
        record = train_epoch(
            run.model, run.train, objective, run.optimiser, settings, run.generators, step, run.display,
            clock, run.ranks, run.average,
        )  # fmt: skip
        step = record["steps"]
        history.epochs.append({"epoch": epoch, **record})
        final = epoch == settings.epochs or clock.over
        improved = (final or epoch % settings.evaluate_every == 0) and _look(run, epoch)
        history.stopped = _why(run, epoch, clock)
        run.save(improved)
        log.write(history.epochs[-1])
        run.display.epoch(epoch, _line(history, settings.epochs))
        if history.stopped:
            return


def _look(run: RunState, epoch: int) -> bool:
    """Evaluate on the validation cases; True when this epoch is the best so far."""
    started = time.perf_counter()
    with run.averaged():
        validation = run.validate()
        improved = run.stopping.look(run.worth(validation), epoch, run.model)
    seconds = time.perf_counter() - started
    run.history.epochs[-1] |= {"validation": validation, "validation_seconds": seconds}
    run.history.best_epoch = run.stopping.epoch
    return improved


def _why(run: RunState, epoch: int, clock: Clock) -> str:
    """Why training stops after this epoch; empty when it goes on."""
    if run.stopping.spent:
        return "patience"
    if epoch == run.settings.epochs:
        return "epochs"
    return "max_seconds" if clock.over else ""


def _line(history: History, epochs: int) -> str:
    record = history.epochs[-1]
    text = f"epoch {record['epoch']}/{epochs}  loss {record['loss']:.4f}"
    if "validation" in record:
        text += f"  validation {history.select} {record['validation'][history.select]:.4f}"
    return f"{text}  {record['targets_per_second']:,.0f} targets/s"
