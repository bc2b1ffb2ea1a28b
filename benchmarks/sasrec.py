"""SASRec on the world `video`: what its norms, depth, heads, width and length buy, and how far it comes.

`python benchmarks/sasrec.py` makes seqrec_lib/results/sasrec.json, one thread a run. Give a word, such as
`norm` or `budget`, to make only the rows of that study.

Settings were chosen on validation, on the users of seed 2; these rows use the users of seed 1. One
setting changes at a time and nothing else is tuned again. Shorter histories are cut into windows, and
more of them go into a batch, so that every run trains on the same targets, as many a step.
"""

from __future__ import annotations

import argparse

from rows import Wanted, make_rows

SEEDS = range(3)
USUAL = {"norm": "pre", "blocks": 2, "heads": 1, "dim": 64, "length": 50}
STUDIES = {
    "norm": ("pre", "post", "query"),
    "length": (5, 10, 20, 30),
    "blocks": (1, 3),
    "dim": (16, 32, 128),
    "heads": (2, 4),
}
TRAINING = (
    "--lr",
    "0.006",
    "--schedule",
    "cosine",
    "--dropout",
    "0",
    "--patience",
    "0",
    "--precision",
    "fp32",
)


def one_run(seed: int, epochs: int = 8, users: int = 4000, more: tuple[str, ...] = (), **changes) -> Wanted:
    """A row with the usual settings but for ``changes``."""
    now = {**USUAL, **changes}
    data = "world:video:seed=1" if users == 4000 else f"world:video:users={users},seed=1"
    arguments = ["fit", "--data", data, "--model", "sasrec", "--max-len", str(now["length"])]
    arguments += ["--layers", str(now["blocks"]), "--heads", str(now["heads"]), "--dim", str(now["dim"])]
    arguments += ["--set", f"ff_width={now['dim']}", "--set", f"norm={now['norm']}"]
    arguments += ["--batch-size", str(round(32 * 50 / now["length"])), "--epochs", str(epochs), *TRAINING]
    if now["length"] < 50:
        arguments.append("--windows")
    arguments += [*more, "--seed", str(seed)]
    return Wanted(tuple(arguments), {**now, "budget": "8 epochs"})


def rows() -> dict[str, list[Wanted]]:
    """Study to its rows; the usual settings stand under `norm`."""
    return {
        name: [one_run(seed, **{name: value}) for seed in SEEDS for value in values]
        for name, values in STUDIES.items()
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", nargs="?", default="", help="one of " + ", ".join(rows()))
    given = parser.parse_args()
    chosen = [row for name, found in rows().items() for row in found if given.study in ("", name)]
    make_rows("sasrec", chosen, threads=1)
