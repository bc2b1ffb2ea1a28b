"""A run folder and the data that it is measured on: what ``evaluate`` and ``compare`` begin with."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..data import DataError, Interactions, Split, World, given_split
from ..data.click_splits import ClickSplit
from ..experiments import Run, load_run, measure
from ..experiments.kept_floors import kept_floors
from ..experiments.measure_clicks import measure_clicks
from ..messages import InputError
from ..models.recommender import KnowsUsers, Recommender
from ..training import RunFolder
from ..training.fingerprint import describe_data
from ..training.run_folder import plain_ids
from .clicks import make_click_split
from .data import as_flag, flag, make_split, read_log, read_parts, reading_options, split_files


def read_as_run(
    run: Run, arguments: Namespace, source: str | None = None, **fixed: object
) -> tuple[Interactions, World | None]:
    """``--data``, or another ``source``, read as the run's log was, but for options that are given anew.

    Raises:
        DataError: the data cannot be used; the message names what was taken over from the run.
    """
    of_run = _reading_of(run)
    given = reading_options(arguments)
    taken = {name: value for name, value in of_run.items() if name not in given}
    try:
        return read_log(source or arguments.data, {**of_run, **given, **fixed})
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
    folder: str | None = None,
    floors: bool = True,
) -> Mapping[str, Any]:
    """All figures of ``model`` on the split: of clicks, or of a ranking.

    Floors are measured once for a run ``folder`` and kept there; False for ``floors`` does without.
    """
    if isinstance(split, ClickSplit):
        return measure_clicks(model, split, world)
    known: dict[str, dict[str, float]] | None = None
    if not floors:
        known = {}
    elif folder is not None and Path(folder).is_dir():
        known = kept_floors(folder, split, ks, ties)
    return measure(model, split, world, ks, ties, progress=progress, floors=known)


@dataclass(frozen=True)
class Opened:
    """A run and its data, split as the run's log was; ``world`` where they are one.

    ``same``: the data are the run's own, so what the split trains on is what the run was trained on.
    """

    run: Run
    split: Split | ClickSplit
    world: World | None
    same: bool


def open_run(folder: str, arguments: Namespace, device: torch.device) -> Opened:
    """The run in ``folder``, and ``--data`` split as the run's log was.

    Another log is taken with ``--other-log``: in the run's item numbers, without the items that it does not
    have.

    Raises:
        InputError: no run folder, or data with other items or other rows, unless that is allowed.
    """
    run = load_run(folder, device)
    clicks = run.notes.get("objective") == "clicks"
    if not clicks and getattr(arguments, "impressions", None) is not None:
        raise InputError(f"--impressions: the run in {folder} learned next items, and is measured on these")
    files = split_files(arguments)
    if files is not None:
        parts = read_parts(arguments, files, lambda source: read_as_run(run, arguments, source, k_core=0)[0])
        split: Split | ClickSplit = given_split(*parts, run.max_len, bool(run.notes.get("windows")))
        log, world = split.log, None
    else:
        log, world = read_as_run(run, arguments)
    other = [str(each) for each in run.item_ids] != [str(each) for each in plain_ids(log.item_ids)]
    if other:
        log = _in_items_of(run, log, folder, arguments, files is not None or clicks)
    if clicks:
        options = {**_reading_of(run), **reading_options(arguments)}
        split = make_click_split(log, world, arguments.impressions, options, run.max_len, run.name)
    elif files is None:
        split = make_split(log, run.notes, run.max_len)
    same = not other and _same_data(RunFolder(folder).described()["data"], split, folder, arguments)
    if not same and isinstance(run.model, KnowsUsers):
        run.model.by_number = False  # users of another log: the same number is another user
    return Opened(run, split, None if other else world, same)


def _in_items_of(run: Run, log: Interactions, folder: str, arguments: Namespace, fixed: bool) -> Interactions:
    """``log`` in the run's item numbers, if that is allowed; ``fixed``: its rows belong to parts already."""
    if not arguments.other_log or fixed:
        advice = (
            "" if fixed else ", or --other-log to test on these without the items that the run does not have"
        )
        raise InputError(
            f"{folder} was trained on other data: its {len(run.item_ids) - 1} items are not the "
            f"{log.n_items} items of {arguments.data}. Give the data of the run{advice}"
        )
    try:
        return run.in_items(log)
    except InputError:
        raise InputError(f"{folder} has none of the {log.n_items} items of {arguments.data}") from None


def _same_data(
    saved: Mapping[str, Any], split: Split | ClickSplit, folder: str, arguments: Namespace
) -> bool:
    """Whether the rows are those of the run; others need ``--other-log``."""
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
    return same_log and same_slates
