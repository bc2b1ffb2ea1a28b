"""The leak of leave-one-out: the same cases, judged with and without knowledge of their future.

`python benchmarks/splits.py` adds the rows that are missing to seqrec_lib/results/splits.json.

A world of 4,000 users whose popularity drifts. The moment: one tenth of all interactions lie before it.
The cases are those of leave-one-out whose request falls within 45 days after it. Each method is judged on
them three times: trained as leave-one-out trains it (`future` in its training log), trained on what happened
before the moment (`past`), and trained as leave-one-out does but on as many interactions as the past has, of
users drawn at random (`equal`). So what the leak is worth and what more data are worth can be told apart.
Each seed is another crowd in the same world, and another training.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from small_gru import MODEL, add_rows, measured, train_gru

from seqrec_lib.data import leave_one_out, load_source, temporal_split
from seqrec_lib.data.splits import Split
from seqrec_lib.models.baselines import BASELINES

SOURCE = "world:video:drift=4,popularity=1,seed={seed}"
KNOWS = ("future", "past", "equal")
SEEDS, EPOCHS, DAY = 3, 8, 86_400.0
SHARE, CASE_DAYS, VALIDATION_DAYS = 0.1, 45, 10


def as_many(loo: Split, interactions: int, seed: int) -> Split:
    """``loo`` with the training rows of users drawn at random, until there are as many ``interactions``."""
    log = loo.train_log
    sizes = np.diff(log.offsets)  # (U,)
    order = np.random.default_rng(seed).permutation(len(sizes))
    chosen = np.sort(order[: int(np.searchsorted(sizes[order].cumsum(), interactions))])
    train = loo.train.rows(torch.from_numpy(chosen))  # each user of these worlds has one row
    return replace(loo, train=train, train_log=log.take(np.isin(log.users, chosen)))


def make_row(knows: str, model: str, seed: int) -> dict:
    """Judge one method on the cases after the moment."""
    _, world = load_source(SOURCE.format(seed=seed))
    at = float(np.quantile(world.log.times, SHARE))
    loo = leave_one_out(world)
    asked = loo.test.batch.query_time
    cases = loo.test.rows((asked >= at) & (asked < at + CASE_DAYS * DAY))
    past = world.log.take(world.log.times < at)
    if knows == "past":
        split = temporal_split(world, at=at, validation_at=at - VALIDATION_DAYS * DAY)
    else:
        split = loo if knows == "future" else as_many(loo, len(past), seed)
    # A baseline has no epoch to choose, so it may count the validation days too.
    known = past if knows == "past" else split.train_log
    scorer, row = train_gru(split, EPOCHS, seed, 32) if model == MODEL else (BASELINES[model](known), {})
    return {
        **row,
        "protocol": loo.protocol,
        "data": {
            **world.log.describe(),
            "test_cases": len(cases),
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
