"""``search``: train a recipe with many settings, each judged by validation; the test part is not read."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from ..data.splits import Split
from ..messages import InputError, unknown
from ..models import find_recipe
from ..models.baselines import COUNTED
from ..training import TrainingSettings
from ..training.fingerprint import describe_data
from ..training.settings import LESS_IS_BETTER
from .from_recipe import sort_changes
from .run import Run
from .search_space import Space, check_space, usual_space
from .study import (
    ONE_PROCESS,
    PRUNERS,
    SAMPLERS,
    give_up_dead,
    lost,
    make_pruner,
    make_sampler,
    open_study,
    rows_of,
    sign,
)
from .trying import try_settings

if TYPE_CHECKING:
    from ..data.click_splits import ClickSplit


@dataclass(frozen=True)
class Search:
    """What a search found.

    Attributes:
        name: the recipe's. rows: one a trial: ``trial`` (its number), ``state`` (complete, pruned, failed),
            ``settings``, ``value``, ``seconds``, ``epochs``, ``on_the_way`` (value by epoch, or by seed).
        fixed: settings that all trials share. select: the validation metric that is the value.
        stopped: ``trials``, ``max_seconds`` or ``interrupted``.
    """

    name: str
    rows: list[dict[str, Any]]
    fixed: dict[str, Any]
    select: str
    stopped: str

    @property
    def best(self) -> dict[str, Any]:
        """The row with the best value among the complete ones. Raises InputError: there is none."""
        whole = [row for row in self.rows if row["state"] == "complete"]
        if not whole:
            reasons = [row["reason"] for row in self.rows if "reason" in row]
            more = f": {reasons[0]}" if reasons else ": none was trained to its end"
            raise InputError(f"no trial of the search is complete{more}")
        least = self.select in LESS_IS_BETTER
        return (min if least else max)(whole, key=lambda row: row["value"])

    @property
    def settings(self) -> dict[str, Any]:
        """What ``train`` takes to train the best trial's model: the fixed settings and those found."""
        return {**self.fixed, **self.best["settings"]}


def search(
    name: str,
    split: Split | ClickSplit,
    *,
    trials: int = 30,
    space: Space | None = None,
    sampler: str = "tpe",
    pruner: str = "none",
    seeds: int = 1,
    seed: int = 0,
    device: str | torch.device = "auto",
    out: Path | str | None = None,
    max_seconds: float | None = None,
    say: Callable[[str], None] = lambda _: None,
    more: Callable[[Run], Mapping[str, Any]] | None = None,
    **fixed: Any,
) -> Search:
    """Train the recipe ``name`` with settings from ``space`` until ``trials`` have ended.

    Each trial trains as ``train`` does, with its epoch chosen by validation, and its value is that epoch's
    validation metric: the mean over ``seeds`` runs. A trial that cannot be trained is ``failed`` and counts.

    Args:
        space: by setting a :class:`Range` or a :class:`Choice`; None: :func:`usual_space` without ``fixed``.
        sampler: ``tpe`` (Bergstra et al. 2011), or ``random``.
        pruner: ``hyperband`` stops a trial whose epochs lag behind (Li et al. 2018; one seed), ``wilcoxon``
            one whose seeds are worse than the best trial's (five seeds or more), ``none`` stops none.
        seeds: runs a trial, with training seeds 0, 1, ...: the same in all trials. seed: of the sampler.
        out: a file that keeps the study. The same call again goes on with it, up to ``trials`` in all. With
            one process, a search that was killed and went on has the trials of an undisturbed one (the pruner
            hyperband excepted: its brackets follow the study's own numbers). Several processes may share a
            file that ends in ``.journal``; what they propose then depends on who was faster.
        max_seconds: begin no trial after so many seconds.
        say: what is told of each trial goes there.
        more: further figures of a trained model, plain values; they stand in its row and choose nothing.
        fixed: settings that every trial has, as ``train`` takes them.

    Raises:
        InputError: an unknown model, setting, sampler or pruner, an empty space, a baseline, a file of
            another search, Optuna missing.
    """
    if name in COUNTED:
        raise InputError(f"{name} is counted and not trained: there is nothing to search")
    for what, word, words in (("sampler", sampler, SAMPLERS), ("pruner", pruner, PRUNERS)):
        if word not in words:
            raise InputError(unknown(what, word, words))
    _check_numbers(trials, seeds, pruner, max_seconds)
    if "seed" in fixed:
        raise InputError("seed is the sampler's; trials have the training seeds 0, 1, ...")
    _, of_training = sort_changes(name, fixed, split.clicks)
    if space is None:
        space = {key: v for key, v in usual_space(name, split.clicks).items() if key not in fixed}
    check_space(space, name, fixed, split.clicks)
    how = TrainingSettings(**{**find_recipe(name).defaults(split.clicks)[1], **of_training})
    select = cut_at_catalogue(how.select, split.log.n_items)
    described = {
        "model": name,
        "data": describe_data(split),
        "space": {key: str(values) for key, values in space.items()},
        "fixed": fixed,
        "select": select,
        **{"sampler": sampler, "pruner": pruner, "seeds": seeds, "seed": seed},
    }
    study = open_study(out, f"{name} on {split.log.name}", described, select not in LESS_IS_BETTER)
    study.pruner = make_pruner(pruner, how.epochs)
    shared = out is not None and Path(out).suffix not in ONE_PROCESS
    if dead := give_up_dead(study, shared):
        say(f"{dead} trials ended with their process: they are done again")
    if there := len(rows_of(study)):
        say(f"{there} trials are there already")
    from optuna.trial import TrialState

    started, stopped = time.monotonic(), "trials"
    while _taken(study) < trials and stopped == "trials":
        if max_seconds is not None and time.monotonic() - started >= max_seconds:
            stopped = "max_seconds"
            break
        trial = study.ask()
        index = trial.number - sum(lost(each) for each in study.get_trials(deepcopy=False)[: trial.number])
        if index >= trials:  # another process took the last one in between
            study.tell(trial, state=TrialState.FAIL)
            break
        study.sampler = make_sampler(sampler, seed, index)
        sign(trial)
        chosen = {key: values.draw(trial, key) for key, values in space.items()}
        stopped = try_settings(study, trial, name, split, {**fixed, **chosen}, seeds, select, device, more)
        if stopped == "trials":
            say(_line(rows_of(study)[-1], select))
    return Search(name, rows_of(study), dict(fixed), select, stopped)


def _check_numbers(trials: int, seeds: int, pruner: str, max_seconds: float | None) -> None:
    for what, value in (("trials", trials), ("seeds", seeds)):
        if value < 1:
            raise InputError(f"{what} is {value}: it must be at least 1")
    if max_seconds is not None and not max_seconds > 0:
        raise InputError(f"max_seconds is {max_seconds}: it must be above 0")
    if pruner == "hyperband" and seeds > 1:
        raise InputError("hyperband compares the epochs of one seed: leave seeds out, or choose wilcoxon")
    if pruner == "wilcoxon" and seeds < 5:  # even if all of 3 are worse, the test's p is .125
        raise InputError(f"wilcoxon compares seeds, and {seeds} can never show enough: give seeds=5 or more")


def cut_at_catalogue(select: str, n_items: int) -> str:
    """The selecting metric as training measures it: its k is at most the whole catalogue."""
    kind, _, k = select.partition("@")
    return f"{kind}@{min(int(k), n_items)}" if k.isdigit() else select


def _taken(study: Any) -> int:
    """How many trials ended or are being worked on."""
    return sum(not lost(trial) for trial in study.get_trials(deepcopy=False))


def _line(row: Mapping[str, Any], select: str) -> str:
    told = ", ".join(
        f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}" for k, v in row["settings"].items()
    )
    value = "" if row["value"] is None else f" {row['value']:.4f}"
    what = f"{select}{value}" if row["state"] == "complete" else f"{row['state']}{value}"
    return f"trial {row['trial']}: {what}  ({told}; {row['epochs']} epochs, {row['seconds']:.1f} s)"
