"""``evaluate``: measure the model of a run folder."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from ..data import Split
from ..device import describe_device, pick_device
from ..experiments import load_run, measure, record
from ..messages import InputError
from ..models.baselines import BASELINES
from ..models.recommender import Recommender
from ..training import History, RunFolder
from ..training.fingerprint import describe_data
from ..training.run_folder import plain_ids
from . import output
from .data import make_split, read_log, reading_options


def run(arguments: Namespace) -> int:
    """Run the command. The reading options and the split are those of the run unless given anew."""
    device = pick_device(arguments.device)
    output.prepare(arguments.json)
    folder = RunFolder(arguments.folder)
    described, items = folder.described(), folder.read("items.json")
    notes, saved = described.get("notes", {}), described["data"]
    log, world = read_log(arguments.data, {**notes.get("reading", {}), **reading_options(arguments)})
    split = make_split(log, notes, saved["max_len"])
    _check_data(saved, items, split, arguments)
    name = described["model"].get("model", "model")
    model: Recommender
    if name in BASELINES:
        model = BASELINES[name](split.train_log)
    else:
        model = load_run(arguments.folder, device).model
        if not arguments.quiet:
            print(describe_device(device), file=sys.stderr)
    settings = {**described["model"], **described["training"]}
    history = History.from_dict(folder.read("history.json"))
    content = record(split, settings, history, device.type, output.command(arguments))
    ks = tuple(arguments.k) if arguments.k else None
    content |= measure(model, split, world, ks, arguments.ties, progress=not arguments.quiet)
    output.show(arguments, content, name)
    return 0


def _check_data(
    saved: Mapping[str, Any], items: Mapping[str, Any], split: Split, arguments: Namespace
) -> None:
    """The log must be the run's own, or, when that is allowed, have the same items in the same order."""
    if [str(each) for each in items["ids"]] != [str(each) for each in plain_ids(split.log.item_ids)]:
        raise InputError(
            f"{arguments.folder} was trained on other data: its {len(items['ids']) - 1} items are not the "
            f"{split.log.n_items} items of {arguments.data}. Give the data of the run"
        )
    if saved["fingerprint"] != describe_data(split)["fingerprint"] and not arguments.other_log:
        raise InputError(
            f"{arguments.folder} was trained on other data: same items, other users or interactions than "
            f"{arguments.data}. Give the data of the run, or --other-log to test on these"
        )
