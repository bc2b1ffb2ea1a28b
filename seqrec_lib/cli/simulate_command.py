"""``simulate``: write a world's log, and what it showed, to files."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from ..data import simulate
from ..messages import InputError
from . import output
from .text import write_table


def run(arguments: Namespace) -> int:
    """Run the command.

    Raises:
        InputError: an unknown world (with the nearest names), a file that is neither csv nor parquet,
            one file for both tables, or impressions of a world that shows nothing.
    """
    files = {"--out": arguments.out, "--impressions": arguments.impressions}
    files = {flag: Path(name) for flag, name in files.items() if name is not None}
    for flag, path in files.items():
        if path.suffix not in (".csv", ".parquet"):
            raise InputError(f"{flag} {path}: the name must end in .csv or .parquet")
    if len({path.absolute() for path in files.values()}) < len(files):
        raise InputError(f"--impressions {arguments.impressions}: this is the file of --out: name another")
    given = {"users": arguments.users, "seed": arguments.seed}
    world = simulate(arguments.world, **{name: value for name, value in given.items() if value is not None})
    tables = {"--out": lambda: world.interactions, "--impressions": lambda: world.impressions}
    frames = {flag: tables[flag]() for flag in files}  # all before the first is written
    for flag, path in files.items():
        output.prepare(str(path))
        write_table(frames[flag], path)
    print(world.describe())
    for flag, path in files.items():
        kind = "interactions" if flag == "--out" else "impressions"
        print(f"{len(frames[flag]):,} {kind} in {path}", file=sys.stderr)
    return 0
