"""SASRec on the world `video`: what positions, norms, depth, heads, width, length and users buy.

`python benchmarks/sasrec.py` makes seqrec_lib/results/sasrec.json, one thread a run. Give words, such as
`norm length`, to make only those studies' rows.

Settings were chosen on validation, on the users of seed 2; these rows use the users of seed 1. In a study
one setting changes at a time and nothing else is tuned again. Budgets:

- `8 epochs`: what chapter 9 trains live.
- `plateau`: 24 epochs with dropout .1, where validation has stopped rising for the usual width. A study of
  sizes before that would measure how fast a model learns. Widths 16 and 32 have rows of 48 epochs too.
- `matched steps`: 20,000 users, with as many optimiser steps as `plateau` has on 4,000.

Shorter histories are cut into windows, and more of them go into a batch, so that every run trains on the
same targets, as many a step.
"""

from __future__ import annotations

import argparse

from rows import Wanted, make_rows

SEEDS = range(3)
USUAL = {"positions": "end", "norm": "pre", "blocks": 2, "heads": 1, "dim": 64, "length": 50, "users": 4000}
SHORT = {"lr": "0.006", "epochs": "8", "dropout": "0", "precision": "fp32"}
LONG = {"lr": "0.006", "epochs": "24", "dropout": "0.1", "precision": "fp32"}
STUDIES = {
    "positions": ("end", "distance", "both", "end+distance", "start"),
    "norm": ("post", "query", "published"),
    "dim": (16, 32, 128),
    "blocks": (1, 3),
    "heads": (2, 4),
    "length": (5, 10, 20, 30),
}


def one_run(seed: int, budget: str, training: dict = LONG, **changes) -> Wanted:
    """A row with the usual settings but for ``training`` and ``changes``."""
    now = {**USUAL, **changes}
    users = "" if now["users"] == 4000 else f"users={now['users']},"
    arguments = ["fit", "--data", f"world:video:{users}seed=1", "--model", "sasrec"]
    arguments += ["--max-len", str(now["length"]), "--layers", str(now["blocks"])]
    arguments += ["--heads", str(now["heads"]), "--dim", str(now["dim"])]
    arguments += ["--set", f"positions={now['positions']}"]
    arguments += ["--set", f"ff_width={now['dim']}", "--set", f"norm={now['norm']}"]
    arguments += ["--batch-size", str(round(32 * 50 / now["length"])), "--epochs", training["epochs"]]
    arguments += ["--lr", training["lr"], "--schedule", "cosine", "--dropout", training["dropout"]]
    arguments += ["--patience", "0", "--precision", training["precision"]]
    if now["length"] < 50:
        arguments.append("--windows")
    arguments += ["--seed", str(seed)]
    labels = {name: value for name, value in now.items() if name != "users"}  # the data say that
    return Wanted(tuple(arguments), {**labels, "budget": budget})


def study(name: str) -> list[Wanted]:
    """All values of one setting at the plateau; the usual one stands under `positions`."""
    return [one_run(seed, "plateau", **{name: value}) for seed in SEEDS for value in STUDIES[name]]


def others() -> dict[str, list[Wanted]]:
    """The live run, positions beside norms, bf16, longer training of the narrow models, and more users."""
    longer = {**LONG, "epochs": "48"}
    return {
        "live": [one_run(seed, "8 epochs", SHORT, heads=2) for seed in SEEDS],
        # Is what the distance bias brings the same under every norm?
        "grid": [
            one_run(seed, "plateau", positions="distance", norm=norm)
            for seed in SEEDS
            for norm in STUDIES["norm"]
        ],
        # bf16 is worth its digits only where the processor has it, but what it costs can be seen anywhere.
        "fp32": [one_run(seed, "8 epochs", SHORT) for seed in SEEDS],
        "bf16": [one_run(seed, "8 epochs in bf16", {**SHORT, "precision": "bf16"}) for seed in SEEDS],
        "longer": [one_run(seed, "48 epochs", longer, dim=dim) for seed in SEEDS for dim in (16, 32)],
        "users": [
            one_run(seed, "matched steps", {**LONG, "epochs": "5"}, positions=positions, users=20_000)
            for seed in SEEDS
            for positions in ("end", "distance")
        ],
    }


def rows(wanted: list[str], seeds: int) -> list[Wanted]:
    """Seed 0 of everything first, then the other seeds."""
    found = {**{name: study(name) for name in STUDIES}, **others()}
    for word in wanted:
        if word not in found:
            raise SystemExit(f"unknown study {word!r}: use {', '.join(found)}")
    seed = lambda row: int(row.arguments[-1])  # noqa: E731
    chosen = sorted((row for name in wanted or found for row in found[name]), key=seed)
    return [row for row in chosen if seed(row) < seeds]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("studies", nargs="*", help="of " + ", ".join([*STUDIES, *others()]))
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="how many of the seeds")
    asked = parser.parse_args()
    make_rows("sasrec", rows(asked.studies, asked.seeds), threads=1)
