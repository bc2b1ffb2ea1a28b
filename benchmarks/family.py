"""The forms of attention of chapter 6, each beside a control, over three seeds.

`python benchmarks/family.py --part NAME [--seed S]` adds the rows that are missing to
seqrec_lib/results/family.json. Parts:

- ``targets``: DIN on the slates of the world `ads`: who weighs the history, with and without softmax;
- ``heads``: one head or two in one block of SASRec on `video`, and their weight on causes of each kind; two
  once more with the step size of one, so that the two differ in nothing else;
- ``relative``: forms of position, trained on the newest 20 items, asked with 20 and with all;
- ``levels``: two levels or one on `music` and on `video`, and sessions cut at the wrong places;
- ``bi``: directions of bi-attention on `video`, and on a world of succession and popularity alone;
- ``cost``: seconds and bytes of each form against the length of the history.

Within a part all variants have the same data and the same number of steps. In the parts that rank all items
the step size of each variant is chosen on the validation items of other users of the same world (seed 0;
rows of a part named ``..., tuning``), on a ladder that is climbed until the best is not at its end.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace

import torch
from family_clicks import FORMS, click_row
from family_costs import cost_rows
from family_rankings import REPORT, SHORT, TUNING, Variant, asked_long, ranking_row, weight_on_causes
from rows import RESULTS, read_rows, write_rows
from step_sizes import best_step_size

from seqrec_lib.experiments.provenance import commit, versions

FILE = RESULTS / "family.json"
LEVELS: dict[str, dict[str, object]] = {"two levels": {}, "one level": {"levels": 1}, "cut elsewhere": {}}
SAME_STEP = "2 heads, step size of 1 head"
PARTS = ("targets", "heads", "relative", "levels", "bi", "cost")


def variants(part: str) -> Iterator[Variant]:
    """What a part compares. One block, so that a weight belongs to an item and not to a state of many."""
    block: dict[str, object] = {"layers": 1, "dropout": 0.0}
    if part == "heads":
        for n in (1, 2):
            changes = {**block, "heads": n, "positions": "distance"}
            name = f"{n} head{'s' if n > 1 else ''}"
            yield Variant(part, name, "video", "sasrec", changes, more=weight_on_causes)
    elif part == "relative":
        for form in ("start", "distance", "buckets", "alibi", "rope"):
            changes = {**block, "heads": 2, "dim": 48, "positions": form}
            yield Variant(part, form, "video", "sasrec", changes, kept=SHORT, more=asked_long)
    elif part == "levels":
        for world in ("music", "video"):
            for name, changes in LEVELS.items():
                elsewhere = name == "cut elsewhere"
                yield Variant(part, name, world, "two-level", {"dim": 48, **changes}, elsewhere)
    else:
        for world, names in (("video", ("both", "to-slate", "to-history", "none")),
                             ("succession", ("both", "none"))):  # fmt: skip
            for name in names:
                yield Variant(part, name, world, "bi-attention", {"dim": 48, "directions": name})


def keep(row: dict, part: str) -> dict:
    """Add ``row`` to the file, with what made it. The file is read again: another part may have written."""
    told = (row["variant"], row["world"], str(row.get("steps", "")))
    made = {"way": ", ".join(filter(None, told)), "device": "cpu", "versions": versions()}
    made |= {"command": f"python benchmarks/family.py --part {part}", "commit": commit()}
    write_rows(FILE, [*read_rows(FILE), {**row, **made}])
    return row


def known(**wanted: object) -> dict | None:
    """The row of the file whose fields equal ``wanted``."""
    same = (row for row in read_rows(FILE) if all(row.get(key) == value for key, value in wanted.items()))
    return next(same, None)


def rank(variant: Variant, users: int, seed: int, lr: float) -> dict:
    """The row of one run, from the file or made now."""
    part = variant.part if users == REPORT else f"{variant.part}, tuning"
    wanted = {"part": part, "variant": variant.name, "world": variant.world, "seed": seed, "lr": lr}
    found = known(**wanted)
    if found is None:
        print(wanted, file=sys.stderr, flush=True)
        found = keep(ranking_row(variant, users, seed, lr), variant.part)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--seed", type=int, choices=(0, 1, 2))
    given = parser.parse_args()
    torch.set_num_threads(1)
    seeds = range(3) if given.seed is None else (given.seed,)
    if given.part == "cost":
        for row in cost_rows():
            keep(row, "cost")
    elif given.part == "targets":
        for seed in seeds:
            for form in FORMS:
                if known(part="targets", variant=form, seed=seed) is None:
                    keep(click_row(form, seed), "targets")
    else:
        chosen = {}
        for variant in variants(given.part):
            lr = best_step_size(lambda lr, v=variant: rank(v, TUNING, 0, lr)["validation"]["NDCG@10"])
            chosen[variant.name] = lr
            for seed in seeds:
                rank(variant, REPORT, seed, lr)
        if given.part == "heads":
            same = replace(variant, name=SAME_STEP)
            for seed in seeds:
                rank(same, REPORT, seed, chosen["1 head"])


if __name__ == "__main__":
    main()
