"""Searches of `training_well.py`: 30 trials each, and what the best of them is worth to fresh users.

The users are 200 of seeds 1, 2 and 3. ``fresh_validation`` asks fresh users for the item before their last,
as validation asks the model's own users, so that the two figures differ in the users alone.
"""

from __future__ import annotations

import time
from typing import Any

from training_well_runs import MAX_LEN, fresh, ndcg, split_of

from seqrec_lib import evaluate
from seqrec_lib.data.splits import Split
from seqrec_lib.experiments import Run, train
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.experiments.search import search
from seqrec_lib.experiments.search_space import Choice, Range

FEW, TRIALS, KS = 200, 30, (1, 5, 10, 20)
SPACE = {
    "lr": Range(5e-4, 3.2e-2, log=True),
    "weight_decay": Range(1e-3, 3.0, log=True),
    "dropout": Range(0.0, 0.6),
    "dim": Choice((16, 32, 64)),
}
FIXED = {"epochs": 20, "patience": 5, "batch_size": 32, "max_len": MAX_LEN, "precision": "fp32"}
WAYS = {
    "random": {"sampler": "random"},
    "TPE": {"sampler": "tpe"},
    "TPE, Hyperband": {"sampler": "tpe", "pruner": "hyperband"},
}


def worth(split: Split, settings: dict[str, Any]) -> dict[str, Any]:
    """Train once more with ``settings`` and measure own and fresh users."""
    made = train("sasrec", split, device="cpu", progress=False, **settings)
    parts = {"validation": split.validation, "test": split.test}
    found = {part: evaluate(made.model, cases, KS, with_coverage=False) for part, cases in parts.items()}
    return {
        "settings": {**made.settings, **made.history.settings},
        **{part: each.metrics for part, each in found.items()},
        "fresh": ndcg(made.model, fresh().test),
        "fresh_validation": ndcg(made.model, fresh().validation),
        "epochs": len(made.history.epochs),
    }


def rescored(made: Run, split: Split) -> dict[str, float]:
    """What a trial's model is worth to fresh users, beside its own."""
    return {
        "test_own": ndcg(made.model, split.test),
        "fresh_validation": ndcg(made.model, fresh().validation),
    }


def search_rows(seed: int) -> None:
    """The rows of one seed: three searches, and the recipe as it is shipped."""
    from training_well import keep, known, limits

    split = split_of(seed, FEW)
    for name in (*WAYS, "shipped recipe"):
        if known(part="search", variant=name, seed=seed) is not None:
            continue
        more: dict[str, Any] = {}
        settings: dict[str, Any] = {"max_len": MAX_LEN, "precision": "fp32"}
        if name in WAYS:
            started = time.process_time()
            found = search(
                "sasrec",
                split,
                trials=TRIALS,
                space=SPACE,
                seed=seed,
                device="cpu",
                more=lambda made: rescored(made, split),
                **WAYS[name],
                **FIXED,
            )
            more["seconds"] = round(time.process_time() - started, 1)
            more["best"], settings = found.best["trial"], found.settings
            more["trials"] = [{k: v for k, v in row.items() if k != "on_the_way"} for row in found.rows]
        keep(
            {
                "part": "search",
                "variant": name,
                "model": "sasrec",
                "seed": seed,
                "world": "video",
                "users": FEW,
                "protocol": split.protocol,
                **worth(split, settings),
                **more,
                **limits(split),
                "device": "cpu",
                "versions": versions(),
                "command": f"python benchmarks/training_well.py --part search --seed {seed}",
                "commit": commit(),
            }
        )
