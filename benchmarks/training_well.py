"""Ways to keep a model from learning its users by heart, on small logs of `video`; fresh users are the truth.

`python benchmarks/training_well.py --part NAME [--seed S]` adds the rows that are missing to
seqrec_lib/results/training_well.json. One thread. Parts:

- ``data``: SASRec without any help on 100, 400 and 1,600 users, and on the newest 10 items of 400: the loss
  of its own users and of fresh ones, epoch by epoch;
- ``tuning``: each way in several strengths, on the users of seed 0; the best by validation is chosen;
- ``report``: each way at its chosen strength, on the users of seeds 1, 2 and 3;
- ``search``: 30 trials by random draws, by TPE, and by TPE with Hyperband, each re-scored on fresh users
  (``training_well_search.py``);
- ``luck``: the random trials once more, chosen among by some fresh users and judged by the others
  (``training_well_luck.py``).

Training stops where both are over: EPOCHS passes, and BUDGET seconds of the processor's time in training.
``equal steps`` has the figures of the epoch that validation chooses among the first EPOCHS, ``equal time``
those among the epochs that began within BUDGET, ``last`` those after EPOCHS, where nothing is chosen. Fresh
users are those of another seed of the same world: no one has trained on them or chosen by them. ``injected``
are the same fresh users with a quarter more events, drawn at random. ``against`` is the paired difference to
``none`` of the same seed over the fresh users.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np
import torch
from rows import RESULTS, read_rows, write_rows
from training_well_runs import (
    EPOCHS,
    FRESH,
    FRESH_SEED,
    HOW,
    Course,
    fresh,
    ndcg,
    split_of,
    trained,
    world_of,
)  # fmt: skip
from training_well_ways import WAYS, Way

from seqrec_lib import evaluate
from seqrec_lib.data.preparing.injecting import inject
from seqrec_lib.data.splits import Split
from seqrec_lib.experiments.measure import measure_ceiling
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.models.baselines import BASELINES

FILE = RESULTS / "training_well.json"
KS = (1, 5, 10, 20)
BUDGET = 6.0
SHARE_INJECTED = 0.25
REPORTED = (1, 2, 3)


def limits(split: Split) -> dict[str, Any]:
    """Floors and ceiling on the fresh users; floors count the users of ``split``, as models do."""
    cases = fresh(split.max_len).test
    floors = {kind.name: evaluate(kind(split.train_log), cases, KS).metrics for kind in BASELINES.values()}
    return {"floors": floors, "ceiling": measure_ceiling(world_of(FRESH_SEED, FRESH), fresh(), KS)[0]}


def measured(course: Course, number: int, split: Split) -> tuple[dict[str, Any], np.ndarray]:
    """Figures of one look on all fresh users, and NDCG@10 of each of them."""
    model = course.at(number)
    found = evaluate(model, fresh(split.max_len).test, KS, with_coverage=False)
    dirty = inject(fresh(split.max_len).test, SHARE_INJECTED, split.log.n_items, split.max_len)
    look = course.looks[number]
    figures = {
        "epoch": look["epoch"],
        "steps": look["steps"],
        "seconds": look["seconds"],
        "validation": look["validation"],
        "test": ndcg(model, split.test),
        "fresh": found.metrics["NDCG@10"],
        "injected": ndcg(model, dirty),
    }
    return figures, np.asarray(found.per_user["NDCG@10"])


def row_of(part: str, way: str, strength: float, seed: int, split: Split, course: Course) -> dict[str, Any]:
    """The row of a run, without what compares it with others."""
    best = course.at(course.best(EPOCHS))
    return {
        "part": part,
        "variant": way,
        "strength": strength,
        "model": "sasrec",
        "seed": seed,
        "world": "video",
        "users": split.log.n_users,
        "protocol": split.protocol,
        "settings": {**best.settings.as_dict(), **HOW, "epochs": EPOCHS},
        "validation": evaluate(best, split.validation, KS, with_coverage=False).metrics,
        "test": evaluate(best, split.test, KS, with_coverage=False).metrics,
        "looks": course.looks,
        "device": "cpu",
        "versions": versions(),
        "command": f"python benchmarks/training_well.py --part {part} --seed {seed}",
        "commit": commit(),
    }


def keep(row: dict[str, Any]) -> None:
    """Add ``row`` to the file, which is read again: another part may have written."""
    write_rows(FILE, [*read_rows(FILE), row])
    told = (row["part"], row["variant"], row.get("strength"), row["seed"], row["validation"]["NDCG@10"])
    print(*told, file=sys.stderr, flush=True)


def known(**wanted: object) -> dict[str, Any] | None:
    """The row of the file whose fields equal ``wanted``."""
    same = (row for row in read_rows(FILE) if all(row.get(key) == value for key, value in wanted.items()))
    return next(same, None)


def tune() -> None:
    """Each way in each strength, on the users of seed 0."""
    split = split_of(0)
    for way in WAYS:
        for strength in way.strengths:
            if known(part="tuning", variant=way.name, strength=strength) is None:
                course = trained(way, strength, 0, split, glance=False)
                keep(row_of("tuning", way.name, strength, 0, split, course))


def chosen(way: Way) -> float:
    """The strength with the best validation figure on the users of seed 0."""
    rows = [known(part="tuning", variant=way.name, strength=each) for each in way.strengths]
    if None in rows:
        raise SystemExit(f"{way.name}: run --part tuning first")
    return max(rows, key=lambda row: row["validation"]["NDCG@10"])["strength"]


def report(seed: int) -> None:
    """Each way at its chosen strength, beside ``none`` of the same seed."""
    split, ranked = split_of(seed), {}
    for way in WAYS:
        if ranked and known(part="report", variant=way.name, seed=seed) is not None:
            continue
        strength = chosen(way)
        course = trained(way, strength, seed, split, budget=BUDGET, glance=False)
        places = {"equal steps": course.best(EPOCHS), "equal time": course.best(seconds=BUDGET)}
        places["last"] = next(n for n, look in enumerate(course.looks) if look["epoch"] == EPOCHS)
        row, against = row_of("report", way.name, strength, seed, split, course), {}
        for name, number in places.items():
            row[name], users = measured(course, number, split)
            ranked.setdefault(name, users)  # the first way is none
            gap = users - ranked[name]
            error = float(gap.std(ddof=1) / len(gap) ** 0.5)
            against[name] = {"difference": float(gap.mean()), "standard_error": error}
        if known(part="report", variant=way.name, seed=seed) is None:
            keep({**row, "against": against, **limits(split)})


def grow(seed: int) -> None:
    """SASRec without help on more users and on shorter histories, for about as many steps."""
    none = WAYS[0]
    for users, max_len, epochs, every in (
        (100, 50, 120, 6),
        (400, 50, 40, 2),
        (1600, 50, 12, 1),
        (400, 10, 40, 2),
    ):
        variant = f"{users} users, newest {max_len}"
        if known(part="data", variant=variant, seed=seed) is None:
            split = split_of(seed, users, max_len)
            course = trained(none, 0.0, seed, split, epochs, every=every)
            row = row_of("data", variant, 0.0, seed, split, course)
            keep({**row, "targets": int((split.train.targets > 0).sum()), **limits(split)})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=("data", "tuning", "report", "search", "luck"), required=True)
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    torch.set_num_threads(1)
    seeds = REPORTED if given.seed is None else (given.seed,)
    if given.part == "tuning":
        tune()
    elif given.part == "search":
        from training_well_search import search_rows

        for one in seeds:
            search_rows(one)
    elif given.part == "luck":
        from training_well_luck import luck_row

        for one in seeds:
            luck_row(one)
    else:
        for one in seeds:
            (grow if given.part == "data" else report)(one)
