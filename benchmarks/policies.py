"""What learned policies are worth in the world of sessions `feed`; the world gives the exact limits.

`python benchmarks/policies.py --part NAME [--seed S]` adds the rows that are missing to
seqrec_lib/results/policies.json. One thread. Parts:

- ``tuning``: each way to learn with each step size, on the log of seed 0; the best one by the clicks of
  simulated visitors is chosen. No service could choose so: it has no simulator that is the world.
- ``report``: each way at its chosen step size, on the logs of seeds 1, 2 and 3.
- ``lists-tuning``, ``lists``: the top-K factor, where lists of three are shown (``policies_lists.py``).

A log has SESSIONS sessions that the world's logger has played. All models have the same states (SASRec over
items and outcomes) and see the log EPOCHS times; the last weights are kept, because validation ranks what the
logger showed and would choose an imitator. ``test`` has the mean clicks of a session over VISITORS new
visitors, the same for every model of a seed, and its standard error.
"""

from __future__ import annotations

import argparse
import sys
import time
from functools import cache
from typing import Any

import torch
from rows import RESULTS, read_rows, write_rows

from seqrec_lib import fit
from seqrec_lib.data.session_split import split_sessions
from seqrec_lib.data.splits import Split
from seqrec_lib.data.worlds import greedy, log_of_sessions, play, session_world
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.policies import chooses

FILE = RESULTS / "policies.json"
SESSIONS, EPOCHS, VISITORS = 12_000, 10, 4_000
STEP_SIZES = (2e-3, 4e-3, 8e-3)
REPORTED = (1, 2, 3)
USUAL = {"dim": 32, "max_len": 9, "layers": 2, "dropout": 0.0, "events": 2, "rewards": "click=1"}

# Name of a trained model: its recipe, its settings, and how it is asked: name to settings that change.
# A name that ends in "drawn" shows an item drawn from the softmax; the others show the best one.
WAYS: dict[str, tuple[str, dict[str, Any], dict[str, dict[str, Any]]]] = {
    "imitation": ("sqn", {"learning": 0.0}, {"imitation": {}, "imitation, drawn": {}}),
    "next click": ("reinforce", {"corrected": False, "discount": 0.0}, {"next click": {}}),
    "uncorrected": ("reinforce", {"corrected": False}, {"uncorrected": {}}),
    "corrected, capped": ("reinforce", {}, {"corrected, capped": {}}),
    "corrected, no cap": ("reinforce", {"cap": 0.0}, {"corrected, no cap": {}}),
    "capped, with baseline": ("reinforce", {"baseline": True}, {"capped, with baseline": {}}),
    "SQN": ("sqn", {"discount": 1.0}, {"SQN, imitation head": {}, "SQN, value head": {"ranks_by": "values"}}),
    "SQN, no future": ("sqn", {"discount": 0.0}, {"SQN, value head, no future": {"ranks_by": "values"}}),
    "SAC": ("sac", {"discount": 1.0}, {"SAC": {}, "SAC, drawn": {}}),
    "decision transformer": (
        "decision-transformer",
        {},
        {"decision transformer": {}}
        | {f"decision transformer, wish {w:g}, drawn": {"wish": w} for w in (0.0, 1.0, 2.0)},
    ),
}  # fmt: skip


@cache
def world() -> Any:
    return session_world("feed")


@cache
def split_of(seed: int) -> Split:
    """The logger's sessions of this seed."""
    played = play(world(), world().logger(), SESSIONS, seed=100 + seed)
    return split_sessions(log_of_sessions(world(), played), max_len=USUAL["max_len"])


@cache
def limits() -> dict[str, float]:
    """Exact clicks of a session: the logger, no thought of later, one step ahead of it, the best."""
    w = world()
    ahead = greedy(w.worth(w.logger()))
    every = {"logger": w.logger(), "myopic": w.myopic(), "one step": ahead, "optimum": w.best()}
    return {name: float(w.value(policy)) for name, policy in every.items()}


def trained(way: str, lr: float, seed: int) -> tuple[Any, float]:
    """``(model, seconds of training)``."""
    recipe, changes, _ = WAYS[way]
    torch.manual_seed(seed)
    model = build(recipe_settings(recipe, world().n_items, **USUAL, **changes))
    how = {"epochs": EPOCHS, "batch_size": 128, "lr": lr, "weight_decay": 0.0, "seed": seed}
    started = time.perf_counter()
    fit(model, split_of(seed), patience=0, evaluate_every=EPOCHS, progress=False, device="cpu", **how)
    return model, time.perf_counter() - started


def rows_of(part: str, way: str, lr: float, seed: int) -> list[dict[str, Any]]:
    """The rows of one trained model: one for each way in which it is asked."""
    model, seconds = trained(way, lr, seed)
    recipe, _, asked = WAYS[way]
    found = []
    for variant, changes in asked.items():
        settings = recipe_settings(recipe, world().n_items, **{**USUAL, **WAYS[way][1], **changes})
        other = build(settings)
        other.load_state_dict(model.state_dict())
        policy = chooses(other, greedy=not variant.endswith("drawn"))
        mean, error = play(world(), policy, VISITORS, seed=900 + seed).mean()
        found.append(
            {
                "part": part,
                "variant": variant,
                "way": way,
                "model": recipe,
                "seed": seed,
                "world": world().settings.name,
                "sessions": SESSIONS,
                "protocol": "simulated-sessions",
                "lr": lr,
                "settings": {**settings.as_dict(), "epochs": EPOCHS, "batch_size": 128},
                "test": {"clicks": mean, "error": error},
                "limits": limits(),
                "seconds": round(seconds, 1),
                "versions": versions(),
                "device": "cpu",
                "command": "python benchmarks/policies.py --part tuning"
                if part == "tuning"
                else f"python benchmarks/policies.py --part report --seed {seed}",
                "commit": commit(),
            }
        )
    return found


def known(**wanted: object) -> list[dict[str, Any]]:
    """The rows of the file whose fields equal ``wanted``."""
    return [row for row in read_rows(FILE) if all(row.get(key) == value for key, value in wanted.items())]


def make(part: str, way: str, lr: float, seed: int) -> None:
    """Add the rows of one model, if they are not there."""
    if known(part=part, way=way, lr=lr, seed=seed):
        return
    new = rows_of(part, way, lr, seed)
    write_rows(FILE, [*read_rows(FILE), *new])
    for row in new:
        told = (part, row["variant"], lr, seed, row["test"], row["seconds"])
        print(*told, file=sys.stderr, flush=True)


def chosen(way: str) -> float:
    """The step size at which the better of the model's rows has most clicks."""
    rows = known(part="tuning", way=way)
    return max(rows, key=lambda row: row["test"]["clicks"])["lr"]


def make_lists(part: str, seed: int) -> None:
    """Add the rows of one log of each world that are not there."""
    from policies_lists import WORLDS, list_rows

    for name in WORLDS:
        if known(part=part, world=name, seed=seed):
            continue
        new = list_rows(part, name, seed, known(part="lists-tuning", world=name))
        write_rows(FILE, [*read_rows(FILE), *new])
        for row in new:
            print(part, name, row["variant"], seed, row["lr"], row["test"], file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parts = ("tuning", "report", "lists-tuning", "lists", "all")
    parser.add_argument("--part", choices=parts, default="all")
    parser.add_argument("--seed", type=int, choices=REPORTED, help="of a report; default: all")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    seeds = REPORTED if arguments.seed is None else (arguments.seed,)
    if arguments.part in ("lists-tuning", "all"):
        make_lists("lists-tuning", 0)
    if arguments.part in ("lists", "all"):
        for seed in seeds:
            make_lists("lists", seed)
    if arguments.part in ("tuning", "all"):
        for way in WAYS:
            for lr in STEP_SIZES:
                make("tuning", way, lr, 0)
    if arguments.part in ("report", "all"):
        # A report at a step size that a longer ladder no longer chooses is out of date.
        stale = [r for r in known(part="report") if r["lr"] != chosen(r["way"])]
        write_rows(FILE, [r for r in read_rows(FILE) if r not in stale])
        for seed in seeds:
            for way in WAYS:
                make("report", way, chosen(way), seed)


if __name__ == "__main__":
    main()
