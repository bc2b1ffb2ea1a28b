"""Where a command's figures go: the terminal and a JSON file."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

from ..evaluation.scorecard import Evaluation
from ..experiments.measure import gap_line
from ..experiments.provenance import commit, versions
from ..files import write_json
from .text import metrics_table, shown_metrics


def prepare(path: str | None) -> None:
    """Make the folder of an output file before hours of work, so that a bad path is found now.

    Raises:
        ValueError: the path is a folder.
    """
    if path is None or path == "-":
        return
    if Path(path).is_dir():
        raise ValueError(f"{path} is a folder: give the name of a file")
    Path(path).parent.mkdir(parents=True, exist_ok=True)


def result(arguments, split, settings: dict, history: dict, device: str) -> dict:
    """The part of a result that says what was done; the figures are added by the command."""
    report = split.report.as_dict()
    return {
        "protocol": split.protocol,
        "data": {**split.log.describe(), **report, "test_cases": len(split.test)},
        "settings": settings,
        "device": device,
        "seed": settings.get("seed", 0),
        "commit": commit(),
        "versions": versions(),
        "command": shlex.join(["python", "-m", "seqrec_lib", *arguments.argv]),
        "epochs": history.get("epochs", []),
        "best_epoch": history.get("best_epoch"),
        "stopped": history.get("stopped", ""),
    }


def intervals(found: Evaluation) -> dict[str, list[float]]:
    """The 95% bootstrap interval of each metric that has one value a user."""
    return {name: list(found.interval(name)) for name in found.per_user}


def show(arguments, content: dict, label: str) -> None:
    """Print the table, then write the JSON if it was asked for."""
    if arguments.json == "-":
        print(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False))
        return
    data, name = content["data"], shown_metrics(content["test"])[1]
    print(
        f"\n{data['name']}: {data['users']:,} users, {data['items']:,} items, "
        f"{data['interactions']:,} interactions; {content['protocol']}, {data['test_cases']:,} test cases\n"
    )
    rows = {label: content["test"], **content["floors"]}
    if "ceiling" in content:
        rows["ceiling"] = content["ceiling"]
    print(metrics_table(rows))
    low, high = content["test_intervals"][name]
    print(
        f"\n{name} of {label}: {content['test'][name]:.4f}, 95% interval {low:.4f} to {high:.4f} over users"
    )
    if "ceiling" in content:
        print(gap_line(content["test"], content["floors"], content["ceiling"], name))
    if arguments.json:
        write_json(arguments.json, content)
        print(f"figures in {arguments.json}", file=sys.stderr)
