"""``evaluate``: measure the model of a run folder."""

from __future__ import annotations

import sys
from argparse import Namespace

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
    made, split, world = open_run(arguments.folder, arguments, device)
    if not arguments.quiet:
        print(split.report, file=sys.stderr)
        if made.name not in COUNTED:
            print(describe_device(device), file=sys.stderr)
    settings = {**made.settings, **made.history.settings}
    place = "cpu" if made.name in COUNTED else device.type
    content = record(split, settings, made.history, place, output.command(arguments))
    ks = tuple(arguments.k) if arguments.k else None
    if split.clicks and (ks or arguments.ties != "expectation"):
        raise InputError("--k and --ties belong to rankings: this run learned clicks")
    content |= measured(made.model, split, world, ks, arguments.ties, progress=not arguments.quiet)
    output.show(arguments, content, made.name)
    return 0
