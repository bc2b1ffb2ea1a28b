"""MovieLens-1M trained on a GPU: the wide model's seeds, fp32 beside bf16, and a first log of trials.

    python benchmarks/gpu_runs.py [SOURCE] --part NAME [--side-by-side N] [--minutes M]

adds the missing rows to seqrec_lib/results/gpu_runs.json. Parts:

- ``alone``: the recipe's long run and the wide one, one at a time, so that their seconds say something;
- ``precision``: the wide model in fp32 and bf16, seeds 0 to 2;
- ``trials``: one setting of the wide model changed at a time, chosen on validation. These rows keep no test
  figure: the test part is read once, when a recipe is frozen.

``seconds_to`` has the seconds of training and validation until validation's NDCG@10 first reached a level.
With ``--side-by-side`` several runs share the GPU and the row says how many; their seconds compare with
nothing. Rows that have not begun when the minutes are over wait for the next call.
"""

from __future__ import annotations

import argparse
import shlex
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import torch
from ml1m import LONG, LONGER
from rows import RESULTS, Wanted, make_row, read_rows, write_rows

LEVELS = (0.18, 0.19, 0.20)
WIDE = (*LONG, "--dim", "128", "--heads", "2", "--dropout", "0.2")
INNER = ("--set", "ff_width=256")
# What is changed in the wide model, one at a time. Later words win over earlier ones.
TRIALS: dict[str, tuple[str, ...]] = {
    "as it is": (),
    "distance": ("--set", "positions=distance"),
    "end and distance": ("--set", "positions=both"),
    "dropout .1": ("--dropout", "0.1"),
    "dropout .3": ("--dropout", "0.3"),
    "dropout .4": ("--dropout", "0.4"),
    "1 head": ("--heads", "1"),
    "4 heads": ("--heads", "4"),
    "distance, dropout .1": ("--set", "positions=distance", "--dropout", "0.1"),
    "distance, dropout .1, 4 heads": ("--set", "positions=distance", "--dropout", "0.1", "--heads", "4"),
    "distance, 3 blocks": ("--set", "positions=distance", "--layers", "3"),
    "256 wide": ("--dim", "256"),
    "192 wide": ("--dim", "192"),
    "3 blocks": ("--layers", "3"),
    "4 blocks": ("--layers", "4"),
    "feed-forward 512": ("--set", "ff_width=512"),
    "weight decay .1": ("--weight-decay", "0.1"),
    "weight decay .01": ("--weight-decay", "0.01"),
    "step size .001": ("--lr", "0.001"),
    "step size .004": ("--lr", "0.004"),
    "batches of 32": ("--batch-size", "32"),
    "batches of 128": ("--batch-size", "128"),
    "post-norm": ("--set", "norm=post"),
    "3,000 negatives": ("--loss", "sampled"),
    "1 block": ("--layers", "1"),
    "beta2 .98": ("--beta2", "0.98"),
    "warm-up 500": ("--warmup", "500"),
    "feed-forward 128": ("--set", "ff_width=128"),
    "length 100": ("--max-len", "100"),
    "60 epochs": ("--epochs", "60"),
    "80 epochs": ("--epochs", "80"),
}


def part(name: str, source: str) -> list[Wanted]:
    """The rows of one part, the first seeds first."""

    def fit(label: str, more: tuple[str, ...], seed: int, precision: str = "fp32") -> Wanted:
        given = ("fit", "--data", source, "--model", "sasrec", *more, "--precision", precision)
        return Wanted((*given, "--device", "cuda", "--seed", str(seed)), {"part": name, "label": label})

    if name == "alone":
        return [
            fit(label, more, 0, precision)
            for precision in ("fp32", "bf16")
            for label, more in (("SASRec, CE", LONGER), ("SASRec, CE, 128 wide", (*WIDE, *INNER)))
        ]
    if name == "precision":
        return [
            fit(f"128 wide, {kind}", (*WIDE, *INNER), seed, kind)
            for seed in range(3)
            for kind in ("fp32", "bf16")
        ]
    return [
        fit(label, (*WIDE, *(() if "ff_width" in " ".join(change) else INNER), *change), seed)
        for seed in range(2)
        for label, change in TRIALS.items()
    ]


def seconds_to(epochs: list[dict], level: float) -> float | None:
    """Seconds of training and validation until NDCG@10 on validation reached ``level``; None: never."""
    spent = 0.0
    for epoch in epochs:
        spent += epoch["seconds"] + epoch.get("validation_seconds", 0.0)
        if epoch.get("validation", {}).get("NDCG@10", 0.0) >= level:
            return round(spent, 1)
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", nargs="?", default="ml-1m")
    parser.add_argument("--part", choices=("alone", "precision", "trials"), required=True)
    parser.add_argument("--side-by-side", type=int, default=1, help="runs at once; 1 where seconds matter")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no row after so many")
    asked = parser.parse_args()
    together = 1 if asked.part == "alone" else asked.side_by_side
    file, ends, lock = RESULTS / "gpu_runs.json", time.monotonic() + 60 * asked.minutes, threading.Lock()
    done = read_rows(file)
    device = f"cuda ({torch.cuda.get_device_properties(0).name})"

    def one(wanted: Wanted) -> None:
        shown = tuple("ml-1m" if word == asked.source else word for word in wanted.arguments)
        command = "python -m seqrec_lib " + shlex.join(shown)
        known = any((row["part"], row["command"]) == (asked.part, command) for row in done)
        if known or time.monotonic() > ends:
            return
        row = make_row(wanted, shown, threads=1, by_epoch=True)
        row |= {"device": device, "side_by_side": together}
        row["seconds_to"] = {f"{level:.2f}": seconds_to(row["by_epoch"], level) for level in LEVELS}
        row["by_epoch"] = [round(epoch["validation"]["NDCG@10"], 5) for epoch in row["by_epoch"]]
        if together > 1:
            del row["cpu_seconds"]  # counted for all runs together
        if asked.part == "trials":
            del row["test"]
        with lock:
            write_rows(file, [*read_rows(file), row])  # another part may have added its own meanwhile
            print(row["label"], row["seed"], row["validation"]["NDCG@10"], row["seconds"], flush=True)

    with ThreadPoolExecutor(together) as pool:
        list(pool.map(one, part(asked.part, asked.source)))


if __name__ == "__main__":
    main()
