"""The shuffle test: does the order of a log carry signal that a sequence model can use?

`python benchmarks/shuffle.py [SOURCE=PATH ...] [--data SOURCE ...]` adds the rows that are missing to
seqrec_lib/results/shuffle.json and writes the file after each, so a run may be stopped and started again.
`ml-1m=PATH` says where to read the source `ml-1m`; the row shows its name.

For each source and seed the same GRU is trained twice: on the log, and on the log with every user's order
permuted, the last item aside. Both are tested on the same targets; the second reads permuted histories too.
A row of the first kind also holds `test_shuffled`: the trained model on permuted histories.

The source `world:video:succession=0,trigger=0` is a control with a known answer: no succession, no triggers,
so the next item depends on the set of earlier items and on no order.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial

from small_gru import MODEL, add_rows, measured, train_gru

from seqrec_lib.data import WORLDS, OracleModel, leave_one_out, load_source, permute_order, shuffled
from seqrec_lib.models.baselines import Markov, Popularity

SEEDS = 3
# Epochs of each source: enough to show a difference, if there is one; on ml-1m far from enough to be good.
EPOCHS = {"ml-1m": 4, "ml-100k": 20}
WORLD_EPOCHS = 10
CONTROL = "world:video:succession=0,trigger=0"
SOURCES = ["world:video", CONTROL, "ml-100k", "ml-1m"]
SOURCES += [f"world:{name}" for name in ("shop", "music") if name in WORLDS]


def make_row(source: str, path: str, order: str, seed: int) -> dict:
    """Train one model on ``source``, in its own order or without, and measure it."""
    log, world = load_source(path)
    log = replace(log, name=source)
    max_len = 50 if world is None else world.max_length
    mixed = permute_order(log, seed=seed)
    split = leave_one_out(log if order == "true" else mixed, max_len=max_len)
    model, row = train_gru(split, EPOCHS.get(source, WORLD_EPOCHS), seed)
    row |= {
        "protocol": split.protocol,
        "data": {**log.describe(), "test_cases": len(split.test)},
        "test": measured(model, split.test),
        "floors": {
            "popularity": measured(Popularity(split.train_log), split.test),
            "markov": measured(Markov(split.train_log), split.test),
        },
        "command": f"python benchmarks/shuffle.py --data {source} --order {order} --seed {seed}",
    }
    if order == "true":
        lost = replace(split.test, batch=shuffled(split.test.batch, seed=seed))
        row["test_shuffled"] = measured(model, lost)
        if world is not None:
            row["ceiling"] = measured(OracleModel(world), split.test)
    return row


def main() -> None:
    """Make the rows that are missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "paths", nargs="*", metavar="SOURCE=PATH", help="where a source lies, if not its name"
    )
    parser.add_argument("--data", nargs="+", default=SOURCES, metavar="SOURCE")
    parser.add_argument("--order", choices=("true", "shuffled"), help="default: both")
    parser.add_argument("--seed", type=int, help=f"default: 0 to {SEEDS - 1}")
    given = parser.parse_args()
    paths = dict(text.split("=", 1) for text in given.paths)
    wanted = []
    for source in given.data:
        for seed in range(SEEDS) if given.seed is None else [given.seed]:
            for order in ("true", "shuffled") if given.order is None else [given.order]:
                labels = {"source": source, "order": order, "model": MODEL, "seed": seed}
                wanted.append((labels, partial(make_row, source, paths.get(source, source), order, seed)))
    add_rows("shuffle", wanted)


if __name__ == "__main__":
    main()
