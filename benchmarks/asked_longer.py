"""The learning rates of exercise 6.7, chosen on users whom the exercise never asks.

    python benchmarks/asked_longer.py        # the missing rows: two forms of distance, three rates each

Every model is trained as the exercise trains it. Validation is asked with the newest 20 items, as in
training, so nothing of what the exercise measures has a say in the choice.
"""

from __future__ import annotations

from rows import RESULTS, read_rows, write_rows

from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.evaluation import evaluate
from seqrec_lib.experiments.provenance import commit
from seqrec_lib.teaching.exercises.chapter06.asked_longer import CHOSEN_ON, LONGEST, on_short_rows

FILE = RESULTS / "asked_longer.json"


def main() -> None:
    rows = read_rows(FILE)
    world = simulate("video", users=4000, seed=CHOSEN_ON, min_length=10)
    short = leave_one_out(world, max_len=LONGEST)
    for form in ("distance", "alibi"):
        for lr in (4e-3, 8e-3, 16e-3):
            if (form, lr) in {(row["positions"], row["lr"]) for row in rows}:
                continue
            model = on_short_rows(short, form, seed=0, max_len=world.max_length, lr=lr).model
            found = evaluate(model, short.validation, (10,), with_coverage=False).metrics
            rows.append(
                {
                    "model": "sasrec",
                    "positions": form,
                    "lr": lr,
                    "seed": 0,
                    "world_seed": CHOSEN_ON,
                    "protocol": "loo-full-unseen",
                    "validation": found,
                    "command": "python benchmarks/asked_longer.py",
                    "commit": commit(),
                }
            )
            write_rows(FILE, rows)
            print(form, lr, found, flush=True)


if __name__ == "__main__":
    main()
