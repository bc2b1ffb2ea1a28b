"""An Optuna study for a search: opened, checked to be of the same search, read as plain rows."""

from __future__ import annotations

import json
import os
import socket
import warnings
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from ..messages import InputError

SAMPLERS = ("tpe", "random")
PRUNERS = ("none", "hyperband", "wilcoxon")
ONE_PROCESS = (".db", ".sqlite")  # files of SQLite
UNSIGNED = 10.0  # seconds after which a trial that nobody signed has no process any more
_STATES = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}


def optuna() -> Any:
    """The library. Raises InputError: it is not installed."""
    try:
        import optuna as library
    except ImportError as error:
        raise InputError("a search needs Optuna: pip install optuna") from error
    return library


def open_study(out: Path | str | None, name: str, described: Mapping[str, Any], maximise: bool) -> Any:
    """The study in the file ``out``, or a new one; in memory for None.

    ``.db`` and ``.sqlite`` are SQLite, for one process at a time; any other name is a journal, which several
    processes may share.

    Raises:
        InputError: a folder, a file that is no study, or one of another search (what differs is named).
    """
    library = optuna()
    described = json.loads(json.dumps(described, default=str))
    loud = library.logging.get_verbosity()
    library.logging.set_verbosity(library.logging.WARNING)
    try:
        study = library.create_study(
            storage=None if out is None else _storage(library, Path(out)),
            study_name=name,
            direction="maximize" if maximise else "minimize",
            load_if_exists=True,
        )
    except InputError:
        raise
    except Exception as error:  # SQLite's and the journal's own kinds
        raise InputError(f"{out}: not a study of a search ({error})") from error
    finally:
        library.logging.set_verbosity(loud)
    was = study.user_attrs.get("described")
    if was is None:
        study.set_user_attr("described", described)
        was = study.user_attrs["described"]
    changes = [
        f"{key} was {was.get(key)!r}, now {described.get(key)!r}"
        for key in sorted({*was, *described})
        if was.get(key) != described.get(key)
    ]
    if changes:
        raise InputError(f"{out} has another search: {'; '.join(changes)}. Give another file")
    return study


def _storage(library: Any, out: Path) -> Any:
    if out.is_dir():
        raise InputError(f"{out} is a folder: give the name of a file")
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix in ONE_PROCESS:
        options = {"connect_args": {"timeout": 60}}
        return library.storages.RDBStorage(f"sqlite:///{out}", engine_kwargs=options)
    from optuna.storages.journal import JournalFileBackend

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is called experimental
        return library.storages.JournalStorage(JournalFileBackend(str(out)))


def make_sampler(kind: str, seed: int, index: int) -> Any:
    """What proposes trial number ``index``.

    Its chance depends on both numbers alone: a search that was killed proposes what it would have proposed.
    """
    library = optuna()
    own = int(np.random.SeedSequence([seed, index]).generate_state(1)[0])
    return (library.samplers.TPESampler if kind == "tpe" else library.samplers.RandomSampler)(seed=own)


def make_pruner(kind: str, epochs: int) -> Any:
    """What stops a trial early; ``epochs``: how many a trial has at most."""
    library = optuna()
    if kind == "hyperband":
        return library.pruners.HyperbandPruner(min_resource=1, max_resource=epochs, reduction_factor=3)
    if kind == "wilcoxon":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is called experimental
            return library.pruners.WilcoxonPruner(p_threshold=0.1)
    return library.pruners.NopPruner()


def sign(trial: Any) -> None:
    """Write into ``trial`` which process works on it."""
    trial.set_user_attr("process", [socket.gethostname(), os.getpid()])


def give_up_dead(study: Any, shared: bool) -> int:
    """Mark the trials whose process on this machine is no more; return how many there were.

    ``shared``: other processes may be at work in the same file. A trial that nobody has signed yet may then
    be one that another process took a moment ago; in a file of one process it was left behind.
    """
    library, dead = optuna(), 0
    running = study.get_trials(deepcopy=False, states=(library.trial.TrialState.RUNNING,))
    for trial in running:
        host, process = trial.user_attrs.get("process", ["", 0])
        age = (datetime.now() - trial.datetime_start).total_seconds()
        left = not host and (not shared or age > UNSIGNED)
        if left or (host == socket.gethostname() and not _alive(process)):
            study.tell(trial.number, state=library.trial.TrialState.FAIL)
            dead += 1
    return dead


def _alive(process: int) -> bool:
    if process == os.getpid():
        return False  # one at a time here: what is still running is from an earlier search
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def lost(trial: Any) -> bool:
    """Whether ``trial`` ended with its process: it says nothing about its settings."""
    return trial.state.name == "FAIL" and "reason" not in trial.user_attrs


def rows_of(study: Any) -> list[dict[str, Any]]:
    """One row a trial that ended, in the order of their numbers: settings, value, and what it cost."""
    rows = []
    for trial in study.get_trials(deepcopy=False):
        if trial.state.name not in _STATES or lost(trial):
            continue
        told = {key: value for key, value in trial.user_attrs.items() if key != "process"}
        values = {str(step): value for step, value in sorted(trial.intermediate_values.items())}
        row = {"trial": trial.number, "state": _STATES[trial.state.name], "settings": dict(trial.params)}
        rows.append({**row, "value": trial.value, **told, "on_the_way": values})
    return rows
