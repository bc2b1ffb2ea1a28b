"""``recommend``: what should come after a history, in the log's own ids."""

from __future__ import annotations

import json
import shlex
from argparse import Namespace
from collections.abc import Sequence

from ..device import pick_device
from ..experiments import Recommendation, load_run
from ..files import write_json
from . import output
from .text import table


def run(arguments: Namespace) -> int:
    """Run the command."""
    device = pick_device(arguments.device)
    output.prepare(arguments.json)
    made = load_run(arguments.folder, device)
    _show(arguments, made.recommend([shlex.split(arguments.history)], arguments.k)[0])
    return 0


def _show(arguments: Namespace, rows: Sequence[Recommendation]) -> None:
    if arguments.json == "-":
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    if arguments.json:
        write_json(arguments.json, rows)
    body = [[row["rank"], row["item"], row["title"], f"{row['score']:.3f}"] for row in rows]
    print(table(["rank", "item", "title", "score"], body, left=3))
