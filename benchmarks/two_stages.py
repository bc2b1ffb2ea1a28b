"""Recall, then ranking: the figures of chapter 8.

`python benchmarks/two_stages.py --part NAME [--seed S]` adds the rows that are missing to
seqrec_lib/results/two_stages.json. Parts:

- ``order``: NARM, STAMP and controls where order tells much, less and nothing, also asked with their older
  items shuffled. The step size of each is chosen on `video` (rows of the part ``order, tuning``), on a ladder
  that is climbed until the best is not at its end. The recurrent models are trained once more at the step
  size that suits STAMP, to show what one step size for all would have said;
- ``stages``: on 100,000 items: the first stage, rankers trained on random, recalled and mixed negatives, the
  oracle as ranker, and the first stage trained in batches with and without the correction for popularity;
- ``index``: recall of the exact list against time, on the first stage's 100,000 vectors and on 1,000,000 that
  are made from them;
- ``bias``: DIN on clicks of `ads`: naive, place as a feature, inverse propensity, randomised places.

Users of seed 1 are reported on; settings were tried on users of seed 7. Within a part all variants have the
same data and the same number of steps, and within the parts ``stages`` and ``bias`` the same step size.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

import torch
from rows import RESULTS, read_rows, write_rows
from step_sizes import best_step_size
from two_stages_bias import VARIANTS, bias_row
from two_stages_index import index_rows
from two_stages_large import STAGES, stage_rows
from two_stages_order import (
    LADDER,
    MODELS,
    ONE_STEP,
    RECURRENT,
    START,
    WORLDS_OF,
    order_row,
    tuning_row,
)

from seqrec_lib.experiments.provenance import commit, versions

FILE = RESULTS / "two_stages.json"
PARTS = ("order", "stages", "index", "bias")


def wanted(part: str, seed: int) -> Iterator[tuple[dict[str, object], Callable[[], list[dict]]]]:
    """``(labels that find the row, how to make it)``; the large parts make several rows at once."""
    if part == "order":
        for variant in MODELS:
            lr = best_step_size(lambda lr, v=variant: tried(v, lr), START, LADDER)
            for rate in (lr, ONE_STEP) if variant in RECURRENT else (lr,):
                for world in WORLDS_OF:
                    yield (
                        {"variant": variant, "world": world, "lr": rate},
                        lambda w=world, v=variant, s=rate: [order_row(w, v, seed, s)],
                    )
    elif part == "stages":
        yield {"variant": STAGES[0], "world": "large"}, lambda: stage_rows(seed)
    elif part == "index":
        yield {"world": "large"}, lambda: index_rows()
    else:
        for variant in VARIANTS:
            yield {"variant": variant, "world": "ads"}, lambda v=variant: [bias_row(v, seed)]


def tried(variant: str, lr: float) -> float:
    """NDCG@10 of one step size of the part ``order``, from the file or made now."""
    labels = {"part": "order, tuning", "variant": variant, "seed": 0, "lr": lr}
    return made_or_found(labels, lambda: [tuning_row(variant, lr)])["test"]["NDCG@10"]


def made_or_found(labels: dict[str, object], make: Callable[[], list[dict]]) -> dict:
    """The row that ``labels`` find; if there is none, what ``make`` gives is added to the file."""
    for row in read_rows(FILE):
        if all(row.get(key) == value for key, value in labels.items()):
            return row
    print(labels, file=sys.stderr, flush=True)
    command = f"python benchmarks/two_stages.py --part {str(labels['part']).split(',')[0]}"
    made = {"device": "cpu", "versions": versions(), "command": command, "commit": commit()}
    rows = [{**labels, **row, **made} for row in make()]
    for row in rows:
        row["way"] = ", ".join(str(row[key]) for key in ("part", "variant", "world"))
    write_rows(FILE, [*read_rows(FILE), *rows])
    return rows[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--seed", type=int, choices=(0, 1, 2))
    given = parser.parse_args()
    torch.set_num_threads(1)
    seeds = (0,) if given.part == "index" else range(3) if given.seed is None else (given.seed,)
    for seed in seeds:
        for labels, make in wanted(given.part, seed):
            made_or_found({"part": given.part, "seed": seed, **labels}, make)


if __name__ == "__main__":
    main()
