"""The five worlds: what each is like, and where three models stand between floors and ceiling.

`python benchmarks/worlds.py` makes seqrec_lib/results/worlds.json: for each world a row about the
world itself (model "oracle"), three models with three seeds each, the first chapter's attention
beside the causes, and one model on fewer and on more users: for more steps (kind "scale", one seed) and
for as many steps as the usual rows have (kind "equal-steps", three seeds). `--world NAME` makes the rows
of one world, `--only-worlds` those about the worlds alone. Rows that are there already stay.

All rows use the users of seed 1: the worlds were tuned on those of seed 0. Training stops after a
number of epochs, not of seconds, so that a busy machine makes the same rows; `cpu_seconds` tells what
a whole command took.
"""

from __future__ import annotations

import argparse

from _worlds_look import attention_on_causes, look_at_world
from rows import RESULTS, Wanted, make_rows, read_rows, write_rows

from seqrec_lib.data import WORLDS

SMALL = {
    "lstm-attention": ("--epochs", "12"),
    "gru4rec": ("--epochs", "12"),
    "sasrec": (
        *("--max-len", "50", "--batch-size", "32", "--lr", "0.004", "--schedule", "cosine"),
        *("--set", "positions=end", "--epochs", "12"),
    ),
}
# Users and epochs: fewer users are seen more often, so that no size is cut short.
SIZES = {1000: 30, 16000: 8}
# As many optimiser steps as 12 epochs of 4,000 users have, 1,500: 47 of 32, and 3 of 500.
EQUAL_STEPS = {1000: 47, 16000: 3}


def fit(source: str, model: str, seed: int, *more: str) -> tuple[str, ...]:
    """The words of one command."""
    return ("fit", "--data", source, "--model", model, "--device", "cpu", *more, "--seed", str(seed))


def wanted_rows(names: list[str]) -> list[Wanted]:
    """Every trained row, first seeds first, so that a run cut short has something of each."""
    rows = []
    for seed in range(3):
        for name in names:
            for model, settings in SMALL.items():
                after = attention_on_causes if model == "lstm-attention" else None
                labels = {"world": name, "kind": "model"}
                rows.append(Wanted(fit(f"world:{name}:seed=1", model, seed, *settings), labels, after))
    for name in names:
        for users, epochs in SIZES.items():
            source = f"world:{name}:users={users},seed=1"
            labels = {"world": name, "kind": "scale"}
            rows.append(Wanted(fit(source, "lstm-attention", 0, "--epochs", str(epochs)), labels))
    for seed in range(3):
        for name in names:
            for users, epochs in EQUAL_STEPS.items():
                source = f"world:{name}:users={users},seed=1"
                labels = {"world": name, "kind": "equal-steps"}
                same = ("--epochs", str(epochs), "--patience", "0")  # never cut short
                rows.append(Wanted(fit(source, "lstm-attention", seed, *same), labels))
    return rows


def add_worlds(names: list[str]) -> None:
    """Put a row about each world itself into the file, unless it is there."""
    file = RESULTS / "worlds.json"
    done = read_rows(file)
    for name in names:
        command = f"python benchmarks/worlds.py --only-worlds --world {name}"
        if not any(row["command"] == command for row in done):
            done.append({**look_at_world(name), "command": command})
            write_rows(file, done)
            print(command, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--world", choices=list(WORLDS), default=None)
    parser.add_argument("--only-worlds", action="store_true")
    options = parser.parse_args()
    chosen = [options.world] if options.world else list(WORLDS)
    add_worlds(chosen)
    if not options.only_worlds:
        make_rows("worlds", wanted_rows(chosen), threads=1)
