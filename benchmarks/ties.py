"""What becomes of interactions with the same user and the same time: four ways to order them, one log.

Judged by two methods that only count, so that the order of ties is all that differs.

`python benchmarks/ties.py [PATH]` adds the rows that are missing to seqrec_lib/results/ties.json. PATH is the
zip or folder of MovieLens-100K; without it `ml-100k` is fetched. Its times are whole seconds, and people rate
a page of films at once, so most rows share their time with another row of the same user.

Orders of such rows: `file` (as they stand there, which is no order of time), `random` (by seed),
`item` (by film number, ascending) and `item-falling`.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial

import numpy as np
from small_gru import add_rows, measured

from seqrec_lib.data import Interactions, leave_one_out, load_source
from seqrec_lib.models.baselines import Markov, Popularity

SEEDS, MAX_LEN = 5, 50
ORDERS = ("file", "random", "item", "item-falling")


def reorder(log: Interactions, order: str, seed: int) -> Interactions:
    """The log with the rows of equal user and time in ``order``."""
    n = len(log)
    key = {
        "file": np.arange(n),
        "random": np.random.default_rng(seed).random(n),
        "item": log.items,
        "item-falling": -log.items,
    }[order]
    return replace(log, items=log.items[np.lexsort((key, log.times, log.users))], features={})


def tied_share(log: Interactions) -> float:
    """The share of rows whose user has another row at the same time."""
    _, group, size = np.unique(
        np.stack([log.users, log.times]), axis=1, return_inverse=True, return_counts=True
    )
    return float((size[group.reshape(-1)] > 1).mean())


def make_row(log: Interactions, order: str, model: str, seed: int) -> dict:
    """Measure one model on the log with its ties in ``order``."""
    split = leave_one_out(reorder(log, order, seed), max_len=MAX_LEN)
    scorer = {"popularity": Popularity, "markov": Markov}[model](split.train_log)
    last = split.log.items[split.log.offsets[1:] - 1]
    return {
        "protocol": split.protocol,
        "data": {**log.describe(), "name": "ml-100k", "tied_share": round(tied_share(log), 6)},
        "changed_targets": round(float((last != log.items[log.offsets[1:] - 1]).mean()), 6),
        "test": measured(scorer, split.test),
        "command": f"python benchmarks/ties.py --order {order} --model {model} --seed {seed}",
    }


def main() -> None:
    """Make the rows that are missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", nargs="?", default="ml-100k")
    parser.add_argument("--order", choices=ORDERS, help="default: all")
    parser.add_argument("--model", choices=("popularity", "markov"), help="default: all")
    parser.add_argument("--seed", type=int, help=f"default: 0 to {SEEDS - 1}")
    given = parser.parse_args()
    log, _ = load_source(given.path)
    wanted = []
    for model in ("popularity", "markov") if given.model is None else [given.model]:
        for seed in range(SEEDS) if given.seed is None else [given.seed]:
            for order in ORDERS if given.order is None else [given.order]:
                if seed and order != "random":  # nothing here is random, so it would be the same row
                    continue
                labels = {"order": order, "model": model, "seed": seed}
                wanted.append((labels, partial(make_row, log, order, model, seed)))
    add_rows("ties", wanted)


if __name__ == "__main__":
    main()
