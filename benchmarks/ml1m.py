"""MovieLens-1M: the published results, met or not.

`python benchmarks/ml1m.py [SOURCE] [--threads N] [--only TEXT] [--seeds N]` adds the rows that are missing to
seqrec_lib/results/ml1m.json, the first seeds first. All rows together are hours on 2 cores; stop it when you
like, for each row is written when it is done. SOURCE is `ml-1m`, or a file of your own with the 5-core
items of MovieLens-1M in time order. Settings are those of the publications, or were chosen on
validation; the command in each row names those that differ from the recipe's. "In ten minutes" is worth
its name with `--threads 2` on a quiet machine.
"""

import argparse

import torch
from rows import Wanted, make_rows

from seqrec_lib.device import pick_precision

# label, recipe, further arguments, seeds, published (HR@10, NDCG@10, source)
TURNING = "Klenitskiy & Vasilev 2023"
# Chosen on validation with full cross-entropy: every item is trained on, batches are even, and 40 epochs.
EVEN = ("--windows", "--batch-by", "steps", "--batch-size", "64", "--lr", "0.002", "--schedule", "cosine")
LONG = (*EVEN, "--epochs", "40", "--patience", "0")
# SASRec's validation still rises there: .179 after 20 epochs in all, .186 after 30, .191 after 40. The
# publication's best epoch is its 63rd.
LONGER = (*EVEN, "--epochs", "60", "--patience", "0")
# What bf16 costs: the precision that "auto" does not take here, beside the one that it does.
OTHER = {"fp32": "bf16", "bf16": "fp32"}[pick_precision("auto", torch.device("cpu"))]
# How far two cores come in ten minutes of training and validation: the same settings, fewer epochs.
IN_TIME = (*EVEN, "--epochs", "30", "--patience", "0", "--max-seconds", "600")
# gBCE needs more steps, so its recipe has smaller batches.
SMALL = ("--windows", "--batch-by", "steps", "--schedule", "cosine", "--epochs", "40", "--patience", "0")
# Other models get the recipe's other settings too, as the publication does.
LIKE_SASREC = (*LONG, "--max-len", "200", "--weight-decay", "0", "--dropout", "0.1", "--precision", "auto")
RUNS = [
    ("SASRec, CE", "sasrec", LONGER, 5, (0.3152, 0.1821, TURNING)),
    ("GRU4Rec, CE", "gru4rec", LIKE_SASREC, 5, (0.2811, 0.1648, TURNING)),
    ("SASRec, 3,000 negatives", "sasrec", (*LONGER, "--loss", "sampled"), 3, (0.3159, 0.1857, TURNING)),
    ("gSASRec", "gsasrec", SMALL, 3, (0.3003, 0.1726, "Petrov & Macdonald 2023")),
    ("SASRec, BCE", "sasrec", (*LONG, "--loss", "bce"), 3, (0.2500, 0.1341, TURNING)),
    (
        "SASRec, CE, 128 wide",
        "sasrec",
        (*LONG, "--dim", "128", "--heads", "2", "--dropout", "0.2", "--set", "ff_width=256"),
        3,
        None,
    ),
    ("SASRec, CE, 40 epochs", "sasrec", LONG, 2, None),
    ("SASRec, 3,000 negatives, 40 epochs", "sasrec", (*LONG, "--loss", "sampled"), 1, None),
    ("SASRec, CE, in ten minutes", "sasrec", IN_TIME, 1, None),
    (f"SASRec, CE, {OTHER}", "sasrec", (*LONG, "--precision", OTHER), 3, None),
    ("LSTM with attention", "lstm-attention", LIKE_SASREC, 3, None),
]


def rows(source: str, at_most: int = 5) -> list[Wanted]:
    """Seed 0 of every run first, then seed 1, and so on, below ``at_most``."""
    wanted = []
    for seed in range(at_most):
        for label, model, more, seeds, published in RUNS:
            if seed < seeds:
                arguments = ("fit", "--data", source, "--model", model, *more, "--seed", str(seed))
                wanted.append(Wanted(arguments, {"label": label, "published": published}))
    return wanted


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", nargs="?", default="ml-1m")
    parser.add_argument("--threads", type=int, default=0, help="of PyTorch; 0: its own choice")
    parser.add_argument("--only", default="", help="runs whose label holds this text")
    parser.add_argument("--seeds", type=int, default=5, help="of each run at most, from 0")
    given = parser.parse_args()
    exact = given.only in {label for label, *_ in RUNS}  # one run, not those too whose names go on
    chosen = [
        row
        for row in rows(given.source, given.seeds)
        if (given.only == row.labels["label"] if exact else given.only in row.labels["label"])
    ]
    make_rows("ml1m", chosen, hide={given.source: "ml-1m"}, threads=given.threads or None)
