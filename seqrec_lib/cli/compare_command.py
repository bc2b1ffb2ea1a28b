"""``compare``: two models on the same test cases, as a paired difference with its interval."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from typing import Any

import torch

from ..data import Split
from ..data.measures import met_before
from ..device import pick_device
from ..evaluation import Evaluation, evaluate, paired_difference
from ..evaluation.decisions import compare_runs
from ..evaluation.resampling import Difference
from ..experiments import Run, commit, cuts, versions
from ..experiments.measure import PAIRED
from ..files import write_json
from ..messages import InputError
from ..models.baselines import COUNTED
from . import output
from .loading import open_run
from .text import shown_metrics, table

SAMPLES = 2000
LEVEL = 0.95


def run(arguments: Namespace) -> int:
    """Run the command.

    Raises:
        InputError: not two models, runs that were split in different ways, or all that ``evaluate`` raises.
    """
    if len(arguments.folders) != 2:
        raise InputError(
            f"compare needs --run twice, once for each model, and got it {len(arguments.folders)} times"
        )
    device = pick_device(arguments.device)
    output.prepare(arguments.json)
    sides = [[_measured(folder, arguments, device) for folder in group] for group in arguments.folders]
    a, b = ([found for _, _, found in side] for side in sides)
    for first, second in zip(a[:1] * len(b), b, strict=True):
        if first.protocol != second.protocol:
            raise InputError(
                f"the runs were tested in different ways, {first.protocol} and {second.protocol}: "
                "train both with the same split"
            )
    names = [name for name in PAIRED if name in a[0].per_user] or shown_metrics(a[0].metrics)[:3]
    found = {name: _difference(a, b, name) for name in names}
    split = sides[0][0][1]
    content = {
        "protocol": split.protocol,
        "data": {
            **split.log.describe(),
            "test_cases": len(split.test),
            "met_before": int(met_before(split.test).sum()),
        },
        "runs": [
            [
                {"folder": folder, "model": made.name, "test": each.metrics}
                for folder, (made, _, each) in zip(group, side, strict=True)
            ]
            for group, side in zip(arguments.folders, sides, strict=True)
        ],
        "differences": {
            name: {"mean": d.mean, "low": d.low, "high": d.high, "level": d.level}
            for name, d in found.items()
        },
        "commit": commit(),
        "versions": versions(),
        "command": " ".join(output.command(arguments)),
    }
    _show(arguments, content, found)
    return 0


def _measured(folder: str, arguments: Namespace, device: torch.device) -> tuple[Run, Split, Evaluation]:
    made, split, _ = open_run(folder, arguments, device)
    if not isinstance(split, Split):
        raise InputError(f"{folder} learned clicks: compare knows rankings alone; use evaluate for each run")
    ks = cuts(split.log.n_items)
    return (
        made,
        split,
        evaluate(made.model, split.test, ks, progress=not arguments.quiet, with_coverage=False),
    )


def _difference(a: list[Evaluation], b: list[Evaluation], name: str) -> Difference:
    """One run each: over users alone, who may have several cases. Several: over users and runs."""
    if len(a) == len(b) == 1:
        return paired_difference(a[0], b[0], name, LEVEL, samples=SAMPLES)
    return compare_runs(a, b, name, LEVEL).difference


def _show(arguments: Namespace, content: dict[str, Any], found: dict[str, Difference]) -> None:
    if arguments.json == "-":
        print(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False))
        return
    print(f"\n{output.about(content)}\n")
    rows: list[list[object]] = []
    for letter, runs in zip("AB", content["runs"], strict=True):
        for each in runs:
            label = f"{letter}  {each['model']} ({each['folder']})"
            rows.append([label, *(f"{each['test'][name]:.4f}" for name in found)])
    rows.append(["A - B", *(f"{d.mean:+.4f}" for d in found.values())])
    rows.append(["  from", *(f"{d.low:+.4f}" for d in found.values())])
    rows.append(["  to", *(f"{d.high:+.4f}" for d in found.values())])
    print(table(["", *found], rows))
    several = max(len(runs) for runs in content["runs"]) > 1
    over = "users and runs" if several else "users"
    print(f"\nA - B is a paired difference; from and to are its {LEVEL:.0%} interval over {over}.")
    unsure = [name for name, d in found.items() if not d.apart]
    if unsure:
        print(f"{', '.join(unsure)}: the interval holds 0, so these data do not say which model is better.")
    if any(len(runs) == 1 and runs[0]["model"] not in COUNTED for runs in content["runs"]):
        print(
            "A model with one run: what another training of it would give is not in the interval.\n"
            "Give runs of several seeds, --run A1 A2 A3 --run B1 B2 B3."
        )
    if told := output.caution(content):
        print(f"\n{told}")
    if arguments.json:
        write_json(arguments.json, content)
        print(f"figures in {arguments.json}", file=sys.stderr)
