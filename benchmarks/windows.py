"""Training on what is older than the newest ``max_len`` items, or not: what ``--windows`` buys and costs.

    python benchmarks/windows.py [--ml-100k SOURCE] [--ml-1m SOURCE] [--only NAME]

makes seqrec_lib/results/windows.json, one thread a run. SASRec trains on each log in three ways:

- ``newest``: on the newest ``max_len`` items of each user alone, the default of most published code;
- ``all``: on all items, older ones in windows of their own;
- ``newest, as many targets``: as ``newest``, for so many more epochs that targets are as many as in ``all``.

The first two share the epochs, the last two the training time; all else is the same, and nothing is tuned
again. SOURCE is a name that downloads the data, or a file of your own.
"""

from __future__ import annotations

import argparse

from rows import Wanted, make_rows

from seqrec_lib.data import leave_one_out, load_source

SHARED = (
    "--batch-by",
    "steps",
    "--lr",
    "0.002",
    "--schedule",
    "cosine",
    "--patience",
    "0",
    "--precision",
    "fp32",
)
# Name, max_len, epochs, rows of a batch, dropout, seeds. The world's histories have up to 50 items.
LOGS = [
    ("world:video:seed=1", 20, 24, 32, "0.1", 3),
    ("ml-100k", 50, 40, 16, "0.2", 3),
    ("ml-100k", 200, 40, 16, "0.2", 3),
    ("ml-1m", 200, 40, 64, "0.1", 1),
]


def targets(log, max_len: int, windows: bool) -> int:
    """How many positions of the training part have a target."""
    return int((leave_one_out(log, max_len=max_len, windows=windows).train.targets > 0).sum())


def rows(sources: dict[str, str], only: str) -> list[Wanted]:
    """Seed 0 of every log first, then the other seeds."""
    found = []
    for name, max_len, epochs, size, dropout, seeds in LOGS:
        if only not in name:
            continue
        log = load_source(sources.get(name, name))[0]
        newest, everything = (targets(log, max_len, windows) for windows in (False, True))
        ways = {
            "newest": (epochs, ()),
            "all": (epochs, ("--windows",)),
            "newest, as many targets": (round(epochs * everything / newest), ()),
        }
        for seed in range(seeds):
            for way, (passes, more) in ways.items():
                given = ("fit", "--data", sources.get(name, name), "--model", "sasrec", *SHARED, *more)
                given += ("--max-len", str(max_len), "--epochs", str(passes), "--batch-size", str(size))
                given += ("--dropout", dropout, "--seed", str(seed))
                labels = {"way": way, "max_len": max_len, "share_newest": round(newest / everything, 4)}
                found.append(Wanted(given, {"log": name, **labels}))
    return sorted(found, key=lambda row: int(row.arguments[-1]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ml-100k", default="ml-100k", help="a zip or folder of your own")
    parser.add_argument("--ml-1m", default="ml-1m", help="a file of your own")
    parser.add_argument("--only", default="", help="logs whose name holds this text")
    asked = parser.parse_args()
    own = {"ml-100k": asked.ml_100k, "ml-1m": asked.ml_1m}
    make_rows("windows", rows(own, asked.only), hide={path: name for name, path in own.items()}, threads=1)
