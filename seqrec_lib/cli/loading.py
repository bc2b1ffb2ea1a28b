"""A run folder and the data that it is measured on: what ``evaluate`` and ``compare`` begin with."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

import torch

from ..data import DataError, Interactions, Split, World
from ..data.click_splits import ClickSplit
from ..experiments import Run, load_run, measure
from ..experiments.measure_clicks import measure_clicks
from ..messages import InputError
from ..models.recommender import KnowsUsers, Recommender
from ..training import RunFolder
from ..training.fingerprint import describe_data
from ..training.run_folder import plain_ids
from .clicks import make_click_split
from .data import as_flag, flag, make_split, read_log, reading_options


def read_as_run(run: Run, arguments: Namespace) -> tuple[Interactions, World | None]:
    """``--data``, read as the run's log was, but for the reading options that are given anew.

    Raises:
        DataError: the data cannot be used; the message names what was taken over from the run.
    """
    of_run = _reading_of(run)
    given = reading_options(arguments)
    taken = {name: value for name, value in of_run.items() if name not in given}
    try:
        return read_log(arguments.data, {**of_run, **given})
    except DataError as error:
        if not taken:
            raise
        flags = " ".join(
            flag(name) if value is True else f"{flag(name)} {value}" for name, value in taken.items()
        )
        told = error.told(as_flag)
        raise DataError(
            f"{told}. The run was read with {flags}, so this was too: give what differs"
        ) from error


def _reading_of(run: Run) -> dict[str, Any]:
    saved = run.notes.get("reading", {})
    return dict(saved) if isinstance(saved, dict) else {}


def measured(
    model: Recommender,
    split: Split | ClickSplit,
    world: World | None,
    ks: tuple[int, ...] | None = None,
    ties: str = "expectation",
    progress: bool = False,
) -> Mapping[str, Any]:
    """All figures of ``model`` on the split: of clicks, or of a ranking."""
    if isinstance(split, ClickSplit):
        return measure_clicks(model, split, world)
    return measure(model, split, world, ks, ties, progress=progress)


def open_run(
    folder: str, arguments: Namespace, device: torch.device
) -> tuple[Run, Split | ClickSplit, World | None]:
    """The run in ``folder``, and ``--data`` split as the run's log was.

    Raises:
        InputError: no run folder, or data with other items or, unless that is allowed, other rows.
    """
    run = load_run(folder, device)
    log, world = read_as_run(run, arguments)
    split: Split | ClickSplit
    if run.notes.get("objective") == "clicks":
        options = {**_reading_of(run), **reading_options(arguments)}
        split = make_click_split(log, world, arguments.impressions, options, run.max_len)
    elif getattr(arguments, "impressions", None) is not None:
        raise InputError(f"--impressions: the run in {folder} learned next items, and is measured on these")
    else:
        split = make_split(log, run.notes, run.max_len)
    _check_data(RunFolder(folder).described()["data"], run, split, folder, arguments)
    return run, split, world


def _check_data(
    saved: Mapping[str, Any], run: Run, split: Split | ClickSplit, folder: str, arguments: Namespace
) -> None:
    """The log must be the run's own, or, when that is allowed, have the same items in the same order."""
    if [str(each) for each in run.item_ids] != [str(each) for each in plain_ids(split.log.item_ids)]:
        raise InputError(
            f"{folder} was trained on other data: its {len(run.item_ids) - 1} items are not the "
            f"{split.log.n_items} items of {arguments.data}. Give the data of the run"
        )
    now = describe_data(split)
    same_log = saved["fingerprint"] == now["fingerprint"]
    same_slates = not split.clicks or saved["split_fingerprint"] == now["split_fingerprint"]
    if same_log and not same_slates and not arguments.other_log:
        raise InputError(
            f"{folder} was trained on other impressions of the same log. Give those of the run, or "
            "--other-log to test on these"
        )
    if not same_log and not arguments.other_log:
        raise InputError(
            f"{folder} was trained on other data: same items, other users or interactions than "
            f"{arguments.data}. Give the data of the run, or --other-log to test on these"
        )
    if not same_log and isinstance(run.model, KnowsUsers):
        run.model.by_number = False
