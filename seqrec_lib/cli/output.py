"""Where a command's figures go: the terminal and a JSON file."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..experiments.measure import gap_line
from ..files import write_json
from ..messages import InputError
from .text import metrics_table, shown_metrics


def prepare(path: str | None) -> None:
    """Make the folder of an output file before hours of work, so that a bad path is found now.

    Raises:
        InputError: the path is a folder.
    """
    if path is None or path == "-":
        return
    if Path(path).is_dir():
        raise InputError(f"{path} is a folder: give the name of a file")
    Path(path).parent.mkdir(parents=True, exist_ok=True)


def command(arguments: Namespace) -> list[str]:
    """The words that were typed, as anybody would type them."""
    return ["python", "-m", "seqrec_lib", *arguments.argv]


def show(arguments: Namespace, content: Mapping[str, Any], label: str) -> None:
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
    if "ceiling" in content or label not in content["floors"]:
        print(gap_line(content["test"], content["floors"], content.get("ceiling"), name))
    if arguments.json:
        write_json(arguments.json, content)
        print(f"figures in {arguments.json}", file=sys.stderr)
