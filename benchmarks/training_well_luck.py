"""The luck of a search of `training_well.py`: how far the best of n trials looks better than it is.

The thirty random trials of ``search`` are trained once more with their settings. Now *fresh* users choose:
some of the 3,000 say which trial is best, and all the others say what it is worth. Nobody trained on either,
and chance alone parts them, so what a choice seems to be worth above its worth is selection and nothing else.
``chosen`` and ``worth`` are means over DRAWS such draws of users and of the order of trials, for the best of
the first 1, 2, ..., 30 trials; ``validation`` and ``test`` have those of all 30, chosen by 200 users.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from rows import read_rows, write_rows
from training_well_runs import fresh, split_of
from training_well_search import FEW, FIXED

from seqrec_lib import evaluate
from seqrec_lib.experiments import train
from seqrec_lib.experiments.provenance import commit, versions

CHOOSING, DRAWS = (50, 100, 200, 400, 800, 1600), 4000


def drawn(scores: np.ndarray, users: int, rng: np.random.Generator) -> dict[str, list[float]]:
    """``scores`` (trials, U): the best of the first n trials in a random order, by ``users`` of the U.

    Returns ``chosen`` (trials,), its mean figure by those who chose, and ``worth`` (trials,), by the others.
    """
    trials, number = scores.shape
    total, found = scores.sum(1), np.zeros((2, trials))
    for _ in range(DRAWS):
        own = scores[:, rng.choice(number, users, replace=False)].sum(1)
        order = rng.permutation(trials)
        by_own, by_rest = own[order] / users, (total - own)[order] / (number - users)
        best = np.array([by_own[: n + 1].argmax() for n in range(trials)])
        found += by_own[best], by_rest[best]
    return dict(zip(("chosen", "worth"), (found / DRAWS).round(6).tolist(), strict=True))


def luck_row(seed: int) -> None:
    """The row of one search, where it is missing."""
    from training_well import FILE, known

    if known(part="luck", seed=seed) is not None:
        return
    search = known(part="search", variant="random", seed=seed)
    if search is None:
        raise SystemExit(f"run --part search --seed {seed} first")
    split, scores = split_of(seed, FEW), []
    for trial in search["trials"]:
        made = train("sasrec", split, device="cpu", progress=False, **FIXED, **trial["settings"])
        found = evaluate(made.model, fresh().validation, (10,), with_coverage=False)
        scores.append(np.asarray(found.per_user["NDCG@10"]))
    table, rng = np.stack(scores), np.random.default_rng(seed)
    before = np.array([trial["fresh_validation"] for trial in search["trials"]])
    by_users = {str(users): drawn(table, users, rng) for users in CHOOSING}
    row: dict[str, Any] = {
        "part": "luck",
        "variant": "random",
        "model": "sasrec",
        "seed": seed,
        "world": "video",
        "users": FEW,
        "protocol": split.protocol,
        "settings": {**FIXED, "draws": DRAWS, "asked": table.shape[1]},
        "validation": {"NDCG@10": by_users[str(FEW)]["chosen"][-1]},
        "test": {"NDCG@10": by_users[str(FEW)]["worth"][-1]},
        "fresh_validation": table.mean(1).tolist(),
        "largest_change": float(abs(table.mean(1) - before).max()),
        "deviation": float(np.std(table - table.mean(0), axis=1, ddof=1).mean()),
        "by_users": by_users,
        "device": "cpu",
        "versions": versions(),
        "command": f"python benchmarks/training_well.py --part luck --seed {seed}",
        "commit": commit(),
    }
    write_rows(FILE, [*read_rows(FILE), row])
