"""The leak of leave-one-out: the same cases, judged with and without knowledge of their future.

`python benchmarks/splits.py` adds the rows that are missing to seqrec_lib/results/splits.json.

A world of 4,000 users whose popularity drifts. The moment: one tenth of all interactions lie before it.
The cases are those of leave-one-out whose request falls within 45 days after it, their histories whole. Each
method is judged on them three times:

- `future`: trained on all rows that leave-one-out trains on;
- `past`: on those of them that lie before the moment;
- `equal`: on as many pieces of histories, of the same lengths, but of users drawn at random and from a random
  place of their history.

So `equal` and `past` differ in when their rows happened and, since other people come later, in whose they
are. GRU4Rec takes as many optimiser steps in all three and is used as it is after the last: to choose an
epoch would need cases, and those of leave-one-out lie in the future.
Each seed is another crowd in the same world, another draw and another training.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial

import numpy as np
from small_gru import MODEL, add_rows, measured, train_gru

from seqrec_lib.data import Split, leave_one_out, load_source
from seqrec_lib.data.splits import training_part
from seqrec_lib.models.baselines import BASELINES

SOURCE = "world:video:drift=4,popularity=1,seed={seed}"
KNOWS = ("future", "past", "equal")
SEEDS, EPOCHS, DAY = 3, 8, 86_400.0
SHARE, CASE_DAYS, ROWS = 0.1, 45, 32


def pieces(offsets: np.ndarray, lengths: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """``(start, stop)`` of one piece for each of ``lengths``, each of another user drawn at random."""
    sizes, free = np.diff(offsets), np.ones(len(offsets) - 1, dtype=bool)
    found = []
    for length in np.sort(lengths)[::-1]:  # the longest first, while users with room are left
        user = rng.choice(np.flatnonzero(free & (sizes >= length)))
        free[user] = False
        first = offsets[user] + rng.integers(sizes[user] - length + 1)
        found.append((first, first + length))
    start, stop = np.array(sorted(found)).T
    return start, stop


def trained_on(loo: Split, knows: str, at: float, seed: int) -> Split:
    """``loo`` with the training rows of one condition, and those rows as its training log."""
    log = loo.train_log
    start, stop = log.offsets[:-1], log.offsets[1:]
    if knows != "future":
        before = np.bincount(log.users[log.times < at], minlength=len(start))  # (U,) rows before the moment
        stop = start + before
    if knows == "equal":
        start, stop = pieces(log.offsets, before[before > 0], np.random.default_rng(seed))
    part = np.zeros(len(log) + 1, dtype=int)
    np.add.at(part, start, 1)
    np.add.at(part, stop, -1)
    kept = part.cumsum()[:-1] > 0
    train = training_part(log, start, stop, loo.max_len)
    return replace(loo, train=train, train_log=log.take(kept))


def make_row(knows: str, model: str, seed: int) -> dict:
    """Judge one method on the cases after the moment."""
    _, world = load_source(SOURCE.format(seed=seed))
    at = float(np.quantile(world.log.times, SHARE))
    loo = leave_one_out(world)
    asked = loo.test.batch.query_time
    cases = loo.test.rows((asked >= at) & (asked < at + CASE_DAYS * DAY))
    split = trained_on(loo, knows, at, seed)
    known = split.train_log
    steps = EPOCHS * -(-len(loo.train) // ROWS)
    epochs = round(steps / -(-len(split.train) // ROWS))
    trained = train_gru(split, epochs, seed, ROWS, last=True) if model == MODEL else None
    scorer, row = trained or (BASELINES[model](known), {})
    return {
        **row,
        "protocol": loo.protocol,
        "data": {
            **world.log.describe(),
            "test_cases": len(cases),
            "train_users": len(np.unique(known.users)),
            "train_interactions": len(known),
            "train_after_moment": round(float((known.times >= at).mean()), 6),
        },
        "test": measured(scorer, cases),
        "command": f"python benchmarks/splits.py --knows {knows} --model {model} --seed {seed}",
    }


def main() -> None:
    """Make the rows that are missing."""
    models = [*BASELINES, MODEL]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--knows", choices=KNOWS, help="default: all three")
    parser.add_argument("--model", choices=models, help="default: all")
    parser.add_argument("--seed", type=int, help=f"default: 0 to {SEEDS - 1}")
    given = parser.parse_args()
    wanted = []
    for seed in range(SEEDS) if given.seed is None else [given.seed]:
        for model in models if given.model is None else [given.model]:
            for knows in KNOWS if given.knows is None else [given.knows]:
                labels = {"knows": knows, "model": model, "seed": seed}
                wanted.append((labels, partial(make_row, knows, model, seed)))
    add_rows("splits", wanted)


if __name__ == "__main__":
    main()
