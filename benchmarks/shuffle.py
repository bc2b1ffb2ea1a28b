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
import json
import time
from dataclasses import replace
from pathlib import Path

import torch

from seqrec_lib.baselines import Markov, Popularity
from seqrec_lib.cli.provenance import commit, versions
from seqrec_lib.data import OracleModel, leave_one_out, load_source, permute_order, shuffled
from seqrec_lib.evaluation import evaluate
from seqrec_lib.models import build, recipe_settings, settings_to_dict
from seqrec_lib.training import fit
from seqrec_lib.training.random_state import seeded

FILE = Path(__file__).parents[1] / "seqrec_lib" / "results" / "shuffle.json"
MODEL, KS, SEEDS = "gru4rec", (10,), 3
# Epochs of each source: enough for the validation figure to stop rising, or nearly so.
EPOCHS = {"ml-1m": 8, "ml-100k": 20}
WORLD_EPOCHS = 10
CONTROL = "world:video:succession=0,trigger=0"
SOURCES = ["world:video", CONTROL, "ml-100k", "ml-1m", "world:shop", "world:music"]
PARTS = [(order, seed) for seed in range(SEEDS) for order in ("true", "shuffled")]


def measured(model, cases) -> dict[str, float]:
    """HR@10, NDCG@10 and MRR on ``cases``."""
    return {
        name: round(value, 6)
        for name, value in evaluate(model, cases, KS, with_coverage=False).metrics.items()
    }


def make_row(source: str, path: str, order: str, seed: int) -> dict:
    """Train one model on ``source``, in its own order or without, and measure it."""
    log, world = load_source(path)
    log = replace(log, name=source)
    mixed = permute_order(log, seed=seed)
    max_len = 50 if world is None else world.max_length
    split = leave_one_out(log if order == "true" else mixed, max_len=max_len)
    settings = recipe_settings(MODEL, log.n_items, max_len=max_len)
    epochs = EPOCHS.get(source, WORLD_EPOCHS)
    with seeded(seed, torch.device("cpu")):
        model = build(settings)
    started = time.perf_counter()
    history = fit(
        model, split, epochs=epochs, batch_size=64, lr=4e-3, schedule="cosine", patience=0, seed=seed,
        progress=False, device="cpu",
    )  # fmt: skip
    row = {
        "source": source,
        "order": order,
        "model": MODEL,
        "seed": seed,
        "protocol": split.protocol,
        "data": {**log.describe(), "name": source, "test_cases": len(split.test)},
        "settings": {**settings_to_dict(settings), **history.settings},
        "validation": measured(model, split.validation),
        "test": measured(model, split.test),
        "floors": {
            "popularity": measured(Popularity(split.train_log), split.test),
            "markov": measured(Markov(split.train_log), split.test),
        },
        "device": "cpu",
        "epochs": epochs,
        "best_epoch": history.best_epoch,
        "seconds": round(time.perf_counter() - started, 1),
        "versions": versions(),
        "command": f"python benchmarks/shuffle.py --data {source} --order {order} --seed {seed}",
        "commit": commit(),
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
    torch.set_num_threads(1)
    paths = dict(text.split("=", 1) for text in given.paths)
    rows = json.loads(FILE.read_text(encoding="utf-8"))["rows"] if FILE.exists() else []
    for source in given.data:
        for order, seed in PARTS:
            if given.order not in (None, order) or given.seed not in (None, seed):
                continue
            if any((r["source"], r["order"], r["seed"]) == (source, order, seed) for r in rows):
                continue
            rows.append(make_row(source, paths.get(source, source), order, seed))
            print(
                f"{source} {order} seed {seed}: test NDCG@10 {rows[-1]['test']['NDCG@10']:.4f}, best epoch "
                f"{rows[-1]['best_epoch']}, {rows[-1]['seconds']:.0f} s",
                flush=True,
            )
            unfinished = FILE.with_suffix(".tmp")
            unfinished.write_text(json.dumps({"rows": rows}, indent=1) + "\n", encoding="utf-8")
            unfinished.replace(FILE)
    print(f"{FILE.name}: {len(rows)} rows")


if __name__ == "__main__":
    main()
