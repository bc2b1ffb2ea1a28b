"""GRU4Rec, NARM and STAMP on MovieLens-100K, each with the step size that is best for it.

`python benchmarks/sessions.py [SOURCE] [--only MODEL]` adds the rows that are missing to
seqrec_lib/results/sessions.json. SOURCE is `ml-100k`, which downloads the data, or a zip or folder of your
own. The recipes' settings are the same for all but the step size. That is chosen by the validation of seed 0
(rows of the part `tuning`), on a ladder that is climbed until the best is not at its end. Three seeds with
that step size are rows of the part `report`.
"""

from __future__ import annotations

import argparse

from rows import RESULTS, Wanted, make_row, read_rows, write_rows
from step_sizes import best_step_size

FILE = RESULTS / "sessions.json"
MODELS = ("gru4rec", "narm", "stamp")
START, LADDER = (0.002, 0.004, 0.008), (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032)


def run(source: str, part: str, model: str, lr: float, seed: int) -> dict:
    """The row of one run, from the file or made now."""
    wanted = {"part": part, "model": model, "lr": lr, "seed": seed}
    for row in read_rows(FILE):
        if all(row[key] == value for key, value in wanted.items()):
            return row
    ask = ("fit", "--data", source, "--model", model, "--lr", str(lr), "--seed", str(seed))
    shown = tuple("ml-100k" if word == source else word for word in ask)
    row = make_row(Wanted(ask, {"part": part, "lr": lr}), shown, threads=1)
    write_rows(FILE, [*read_rows(FILE), row])
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", nargs="?", default="ml-100k")
    parser.add_argument("--only", choices=MODELS)
    given = parser.parse_args()
    for model in MODELS if given.only is None else (given.only,):

        def value(lr: float, model: str = model) -> float:
            return run(given.source, "tuning", model, lr, 0)["validation"]["NDCG@10"]

        best = best_step_size(value, START, LADDER)
        for seed in range(3):
            run(given.source, "report", model, best, seed)


if __name__ == "__main__":
    main()
