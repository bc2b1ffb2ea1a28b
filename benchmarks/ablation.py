"""The world `video`: chapter 1's model with attention, its distance bias, or both taken away, equally tuned.

`python benchmarks/ablation.py` makes seqrec_lib/results/ablation.json, one thread a run. Every variant is
trained for the same 16 epochs. Its step size is the best of four on the validation cases of the users of
seed 0 (rows labelled `tuning`). GRU4Rec was best at the largest of the four, so it has a fifth, twice as
large. The rows labelled `report` use other users of the same world (seed 1), with three seeds each. Nothing
else differs between two variants but what their name says. Rows labelled `users` have five times the users,
the same step size and as many optimiser steps: three passes and a bit, cut to 3.
"""

from __future__ import annotations

import json

from rows import RESULTS, Wanted, make_rows

RATES = ("0.004", "0.008", "0.016", "0.032")
LARGER = {"gru4rec": ("0.064",)}
SEEDS = range(3)
VARIANTS = {
    "none": ("--model", "lstm-attention", "--set", "attention=none"),
    "mean": ("--model", "lstm-mean"),
    "content": ("--model", "lstm-attention", "--set", "distance=false"),
    "distance": ("--model", "lstm-attention", "--set", "attention=distance"),
    "both": ("--model", "lstm-attention"),
    "gru4rec": ("--model", "gru4rec"),  # a GRU and no MLP: two more things differ
}


WORLDS = {"tuning": "world:video", "report": "world:video:seed=1", "users": "world:video:users=20000,seed=1"}


def one_run(part: str, variant: str, rate: str, seed: int) -> Wanted:
    """Tuning reads the users of seed 0, the rest those of seed 1."""
    data, epochs = WORLDS[part], "3" if part == "users" else "16"
    training = ("--epochs", epochs, "--patience", "0", "--lr", rate, "--seed", str(seed))
    return Wanted(("fit", "--data", data, *VARIANTS[variant], *training), {"part": part, "variant": variant})


def best_rate(variant: str) -> str:
    """The step size with the best validation NDCG@10 among the tuning rows of ``variant``."""
    rows = json.loads((RESULTS / "ablation.json").read_text(encoding="utf-8"))["rows"]
    tuned = [row for row in rows if (row["part"], row["variant"]) == ("tuning", variant)]
    best = max(tuned, key=lambda row: row["validation"]["NDCG@10"])
    return f"{best['settings']['lr']:g}"


if __name__ == "__main__":
    tuning = [one_run("tuning", v, rate, 0) for v in VARIANTS for rate in (*RATES, *LARGER.get(v, ()))]
    make_rows("ablation", tuning, threads=1)
    chosen = {variant: best_rate(variant) for variant in VARIANTS}
    make_rows("ablation", [one_run("report", v, chosen[v], s) for s in SEEDS for v in VARIANTS], threads=1)
    more = ("both", "gru4rec")
    make_rows("ablation", [one_run("users", v, chosen[v], s) for s in SEEDS for v in more], threads=1)
