"""``evaluate``: measure the model of a run folder."""

from __future__ import annotations

import sys

from ..device import describe_device, pick_device
from ..evaluation.ranking import evaluate
from ..experiments.measure import cuts, measure_ceiling, measure_floors
from ..models.baselines import BASELINES
from ..training import RunFolder
from ..training.fingerprint import describe_data
from ..training.run_folder import plain_ids
from . import output
from .data import make_split, read_log, reading_options
from .loading import load_model


def run(arguments) -> int:
    """Run the command. The reading options and the split are those of the run unless given anew."""
    device = pick_device(arguments.device)
    output.prepare(arguments.json)
    folder = RunFolder(arguments.folder)
    described, items = folder.read("settings.json"), folder.read("items.json")
    notes, saved = described.get("notes", {}), described["data"]
    log, world = read_log(arguments.data, {**notes.get("reading", {}), **reading_options(arguments)})
    split = make_split(log, notes, saved["max_len"])
    _check_data(saved, items, split, arguments)
    name = described["model"].get("model", "model")
    if name in BASELINES:
        model = BASELINES[name](split.train_log)
    else:
        model, _ = load_model(folder, device)
        if not arguments.quiet:
            print(describe_device(device), file=sys.stderr)
    settings = {**described["model"], **described["training"]}
    content = output.result(arguments, split, settings, folder.read("history.json"), device.type)
    ks = tuple(arguments.k or cuts(log.n_items))
    content["validation"] = evaluate(model, split.validation, ks, ties=arguments.ties).metrics
    found = evaluate(model, split.test, ks, ties=arguments.ties, progress=not arguments.quiet)
    content["test"], content["test_intervals"] = found.metrics, output.intervals(found)
    content["floors"] = measure_floors(split, ks, arguments.ties)
    if world is not None and split.protocol.startswith("loo"):
        content["ceiling"], _ = measure_ceiling(world, split, ks, arguments.ties)
    output.show(arguments, content, name)
    return 0


def _check_data(saved: dict, items: dict, split, arguments) -> None:
    """The log must be the run's own, or, when that is allowed, have the same items in the same order."""
    if [str(each) for each in items["ids"]] != [str(each) for each in plain_ids(split.log.item_ids)]:
        raise ValueError(
            f"{arguments.folder} was trained on other data: its {len(items['ids']) - 1} items are not the "
            f"{split.log.n_items} items of {arguments.data}. Give the data of the run"
        )
    if saved["fingerprint"] != describe_data(split)["fingerprint"] and not arguments.other_log:
        raise ValueError(
            f"{arguments.folder} was trained on other data: same items, other users or interactions than "
            f"{arguments.data}. Give the data of the run, or --other-log to test on these"
        )
