"""``evaluate``: measure the model of a run folder."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Any

import torch

from ..data import Split
from ..data.measures import Lost
from ..device import describe_device, pick_device
from ..experiments import record
from ..messages import InputError
from ..models.baselines import COUNTED
from . import output
from .loading import measured, open_run


def run(arguments: Namespace) -> int:
    """Run the command. The reading options and the split are those of the run unless given anew."""
    device = pick_device(arguments.device)
    output.prepare(arguments.json)
    opened = open_run(arguments.folder, arguments, device)
    made, split, world = opened.run, opened.split, opened.world
    if not arguments.quiet:
        print(split.report, file=sys.stderr)
        if made.name not in COUNTED:
            print(describe_device(device), file=sys.stderr)
    settings = {**made.settings, **made.history.settings}
    place = "cpu" if made.name in COUNTED else device.type
    content = record(split, settings, made.history, place, output.command(arguments))
    if not opened.same and isinstance(split, Split):
        content["data"] = trained_elsewhere(content["data"], made.counts, split)
    ks = tuple(arguments.k) if arguments.k else None
    if split.clicks and (ks or arguments.ties != "expectation"):
        raise InputError("--k and --ties belong to rankings: this run learned clicks")
    content |= measured(
        made.model,
        split,
        world,
        ks,
        arguments.ties,
        progress=not arguments.quiet,
        folder=arguments.folder,
        floors=not arguments.no_floors,
    )
    output.show(arguments, content, made.name)
    return 0


def trained_elsewhere(data: Any, counts: list[int] | None, split: Split) -> dict[str, Any]:
    """``data`` of a result whose model was trained on another log: of what is lost, what that log says."""
    kept = {name: value for name, value in data.items() if name not in Lost.__annotations__}
    kept["users_not_tested"] = data["users_not_tested"]
    if counts is not None:
        met = torch.tensor(counts) > 0
        kept["items_never_trained"] = int((~met[1:]).sum())
        kept["test_targets_never_trained"] = int((~met[split.test.target]).sum())
    return {**kept, "other_log": True}
