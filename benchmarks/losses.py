"""One SASRec, many losses: rows of seqrec_lib/results/losses.json.

    python benchmarks/losses.py --part NAME [--seed S] [--loss NAME ...]

makes the rows that are missing, one thread a run. Parts:

- ``tune``: `video` with 500 items, users of seed 2, three step sizes for each loss, and one more beyond the
  best where it is the first or the last of them. Validation chooses.
- ``small``: 500 items, users of seed 1, three seeds, each loss with its own step size. Equal steps.
- ``longer``: 500 items, some losses with eight times the steps, at the step sizes of 500.
- ``middle``: most of them with 5,000 items, where the step sizes are carried over and nothing is tuned.
- ``time``: 5,000 items, as many steps as take the time of full cross-entropy's, by the part ``seconds``.
- ``seconds``: seconds of a training step of every loss at 5,000 and 100,000 items, all in one run, in turns.
- ``large``: 100,000 items, equal steps; ``large time``: as many steps as take full cross-entropy's time.
- ``cost``: time and memory of the loss alone, forward and backward, as the catalogue is doubled.
"""

from __future__ import annotations

import argparse
import fcntl
import shlex
import sys
from collections.abc import Callable

import torch
from losses_cost import cost_rows, seconds_row
from losses_fitted import LARGE_LOSSES, LONGER_LOSSES, LOSSES, MIDDLE_LOSSES, SIZES, TIMED_LOSSES, fitted_row
from rows import RESULTS, read_rows, write_rows

from seqrec_lib.experiments.provenance import commit, versions

PARTS = ("tune", "small", "longer", "middle", "seconds", "time", "large", "large time", "cost")
LADDER = (0.002, 0.006, 0.018, 0.054, 0.162)
FILE = RESULTS / "losses.json"


def tuned(loss: str) -> dict[float, float]:
    """Step size to validation NDCG@10 of ``loss`` at 500 items, on the users of seed 2."""
    rows = [row for row in read_rows(FILE) if row["part"] == "tune" and row["variant"] == loss]
    return {row["lr"]: row["validation"]["NDCG@10"] for row in rows}


def to_tune(loss: str) -> tuple[float, ...]:
    """Step sizes to try: the middle three, and then the next one beyond the best of them."""
    found, middle = tuned(loss), LADDER[1:4]
    if not set(middle) <= set(found):
        return middle
    best = max(middle, key=found.__getitem__)
    return (*middle, *({middle[0]: LADDER[:1], middle[-1]: LADDER[4:]}.get(best, ())))


def chosen_step_size(loss: str) -> float:
    """The step size with the best validation; missing rows are made."""
    make_missing("tune", 0, [loss])
    found = tuned(loss)
    return max(found, key=found.__getitem__)


def steps_for(loss: str, part: str, world: str) -> int:
    """The world's own number of steps; with ``time`` as many as full cross-entropy's steps last."""
    usual = SIZES[world].steps
    if part == "longer":
        return 8 * usual
    if not part.endswith("time"):
        return usual
    spent = {row["variant"]: row["milliseconds"] for row in read_rows(FILE)
             if row["part"] == "seconds" and row["world"] == world}  # fmt: skip
    if not spent:
        raise SystemExit("make the part seconds first")
    return max(1, round(usual * spent["full CE"] / spent[loss]))


def wanted(part: str, seed: int, losses: list[str]) -> list[tuple[dict, Callable[[], list[dict]]]]:
    """``(labels that find the row, how to make it)``."""
    if part == "cost":
        return [({"seed": 0}, cost_rows)] if seed == 0 else []
    if part == "seconds":
        return [
            ({"seed": 0, "world": world}, lambda w=world: seconds_row(w)) for world in ("middle", "large")
        ]
    world = {"tune": "small", "longer": "small", "time": "middle", "large time": "large"}.get(part, part)
    found: list[tuple[dict, Callable[[], list[dict]]]] = []
    usual = {"large": LARGE_LOSSES, "large time": LARGE_LOSSES, "time": TIMED_LOSSES, "middle": MIDDLE_LOSSES}
    usual["longer"] = LONGER_LOSSES
    for loss in losses or usual.get(part, LOSSES):
        for lr in to_tune(loss) if part == "tune" else (chosen_step_size(loss),):
            labels = {"variant": loss, "seed": seed, "lr": lr}
            users, steps = 2 if part == "tune" else 1, steps_for(loss, part, world)
            found.append(
                (labels, lambda a=(loss, world, lr, seed, users, steps): [fitted_row(*a)])  # type: ignore[misc]
            )
    return found


def keep(labels: dict, made: list[dict], command: str) -> None:
    """Add rows to the file; another run may be at work on other parts of it."""
    about = {"device": "cpu", "threads": 1, "versions": versions(), "command": command, "commit": commit()}
    with open(FILE.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        write_rows(FILE, [*read_rows(FILE), *({**labels, **row, **about} for row in made)])


def make_missing(part: str, seed: int, losses: list[str]) -> None:
    """Make the rows of ``part`` that the file does not have."""
    if part == "tune" and len(losses) != 1:
        for loss in losses or LOSSES:
            make_missing(part, seed, [loss])
        return
    if part == "tune" and len(to_tune(losses[0])) == 3:  # first these, then one beyond the best
        make_wanted(part, seed, losses)
    make_wanted(part, seed, losses)


def make_wanted(part: str, seed: int, losses: list[str]) -> None:
    """One pass over the rows that ``part`` wants now."""
    command = shlex.join(["python", "benchmarks/losses.py", "--part", part])
    for labels, make in wanted(part, seed, losses):
        labels = {"part": part, **labels}
        if any(all(row.get(key) == value for key, value in labels.items()) for row in read_rows(FILE)):
            continue
        print(labels, file=sys.stderr, flush=True)
        keep(labels, make(), command)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--seed", type=int, choices=(0, 1, 2))
    parser.add_argument("--loss", nargs="*", default=[], choices=list(LOSSES))
    given = parser.parse_args()
    torch.set_num_threads(1)
    once = given.part in ("tune", "cost", "seconds")
    for seed in (0,) if once else range(3) if given.seed is None else (given.seed,):
        make_missing(given.part, seed, given.loss)


if __name__ == "__main__":
    main()
