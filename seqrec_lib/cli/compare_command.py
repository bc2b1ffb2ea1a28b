"""``compare``: models on the same test cases, as paired differences with their intervals."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import torch

from ..data import Split
from ..data.measures import met_before, without_rivals
from ..device import pick_device
from ..evaluation import Evaluation, evaluate
from ..experiments import Run, commit, cuts, versions
from ..experiments.comparing import LEVEL, PICTURES, Pair, compare_models, letter, plot_differences
from ..experiments.measure import PAIRED
from ..files import write_json
from ..messages import InputError
from ..models.baselines import COUNTED
from . import output
from .loading import open_run
from .text import shown_metrics, table


def run(arguments: Namespace) -> int:
    """Run the command.

    Raises:
        InputError: fewer than two models, runs that were split in different ways, a picture of an unknown
            kind, or all that ``evaluate`` raises.
    """
    if len(arguments.folders) < 2:
        raise InputError("compare needs --run twice or more, once for each model, and got it once")
    if arguments.plot and Path(arguments.plot).suffix not in PICTURES:
        raise InputError(f"--plot {arguments.plot}: the name must end in {', '.join(PICTURES)}")
    device = pick_device(arguments.device)
    output.prepare(arguments.json)
    output.prepare(arguments.plot)
    sides = [[_measured(folder, arguments, device) for folder in group] for group in arguments.folders]
    models = [[found for _, _, found in side] for side in sides]
    first = models[0][0]
    for other in (each for side in models for each in side):
        if first.protocol != other.protocol:
            raise InputError(
                f"the runs were tested in different ways, {first.protocol} and {other.protocol}: "
                "train all with the same split"
            )
    names = [name for name in PAIRED if name in first.per_user] or shown_metrics(first.metrics)[:3]
    pairs = compare_models(models, names)
    split = sides[0][0][1]
    content: dict[str, Any] = {
        "protocol": split.protocol,
        "data": {
            **split.log.describe(),
            "test_cases": len(split.test),
            "met_before": int(met_before(split.test).sum()),
            "without_rivals": without_rivals(split.test, split.log.n_items),
        },
        "runs": [
            [
                {"folder": folder, "model": made.name, "test": each.metrics}
                for folder, (made, _, each) in zip(group, side, strict=True)
            ]
            for group, side in zip(arguments.folders, sides, strict=True)
        ],
        "pairs": [{"a": pair.a, "b": pair.b, "differences": _plain(pair)} for pair in pairs],
        "commit": commit(),
        "versions": versions(),
        "command": " ".join(output.command(arguments)),
    }
    if len(pairs) == 1:
        content["differences"] = _plain(pairs[0])
    if arguments.plot:
        labels = [
            f"{runs[0]['model']} ({', '.join(each['folder'] for each in runs)})" for runs in content["runs"]
        ]
        plot_differences(pairs, labels, arguments.plot, output.about(content).splitlines()[0])
        print(f"picture in {arguments.plot}", file=sys.stderr)
    _show(arguments, content, pairs)
    return 0


def _plain(pair: Pair) -> dict[str, dict[str, float]]:
    return {
        name: {"mean": d.mean, "low": d.low, "high": d.high, "level": d.level}
        for name, d in pair.differences.items()
    }


def _measured(folder: str, arguments: Namespace, device: torch.device) -> tuple[Run, Split, Evaluation]:
    opened = open_run(folder, arguments, device)
    made, split = opened.run, opened.split
    if not isinstance(split, Split):
        raise InputError(f"{folder} learned clicks: compare knows rankings alone; use evaluate for each run")
    ks = cuts(split.log.n_items)
    return (
        made,
        split,
        evaluate(made.model, split.test, ks, progress=not arguments.quiet, with_coverage=False),
    )


def _show(arguments: Namespace, content: dict[str, Any], pairs: list[Pair]) -> None:
    if arguments.json == "-":
        print(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False))
        return
    print(f"\n{output.about(content)}\n")
    names = list(pairs[0].differences)
    rows: list[list[object]] = []
    for place, runs in enumerate(content["runs"]):
        for each in runs:
            label = f"{letter(place)}  {each['model']} ({each['folder']})"
            rows.append([label, *(f"{each['test'][name]:.4f}" for name in names)])
    for pair in pairs:
        found = pair.differences.values()
        rows.append([pair.name, *(f"{d.mean:+.4f}" for d in found)])
        rows.append(["  from", *(f"{d.low:+.4f}" for d in found)])
        rows.append(["  to", *(f"{d.high:+.4f}" for d in found)])
    print(table(["", *names], rows))
    several = max(len(runs) for runs in content["runs"]) > 1
    over = "users and runs" if several else "users"
    if len(pairs) == 1:
        print(f"\nA - B is a paired difference; from and to are its {LEVEL:.0%} interval over {over}.")
    else:
        print(
            f"\nA - B and the others are paired differences; from and to are intervals over {over},\n"
            f"widened so that all {len(pairs)} of a metric hold together with {LEVEL:.0%} (Bonferroni)."
        )
    for pair in pairs:
        unsure = [name for name, d in pair.differences.items() if not d.apart]
        where = "" if len(pairs) == 1 else f"{pair.name}: "
        if unsure:
            print(
                f"{where}{', '.join(unsure)}: the interval holds 0, so these data do not say which model is "
                "better."
            )
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
