"""``simulate``: write a world's log to a file."""

from __future__ import annotations

import sys
from pathlib import Path

from ..data import simulate
from ..training.atomic import replace_file
from . import output


def run(arguments) -> int:
    """Run the command.

    Raises:
        ValueError: an unknown world (with the nearest names), or a file that is neither csv nor parquet.
    """
    path = Path(arguments.out)
    if path.suffix not in (".csv", ".parquet"):
        raise ValueError(f"--out {path}: the name must end in .csv or .parquet")
    output.prepare(arguments.out)
    given = {"users": arguments.users, "seed": arguments.seed}
    world = simulate(arguments.world, **{name: value for name, value in given.items() if value is not None})
    frame = world.interactions
    if path.suffix == ".csv":
        replace_file(path, lambda temporary: frame.to_csv(temporary, index=False))
    else:
        replace_file(path, lambda temporary: frame.to_parquet(temporary, index=False))
    print(world.describe())
    print(f"{len(frame):,} interactions in {path}", file=sys.stderr)
    return 0
