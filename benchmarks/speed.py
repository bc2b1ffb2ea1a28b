"""Training speed, measured side by side: ours, a plain version, RecBole, and the machine's own limit.

    python benchmarks/speed.py [SOURCE] [--threads N --rounds N --seconds S --compiled --recbole PYTHON]

SOURCE is ``ml-1m``, or a file with the 5-core items of MovieLens-1M in time order; where it cannot be had, a
simulated log of the same sizes is used, and named in the result. The contestants take turns of ``--seconds``,
round after round, in one process (RecBole in one of its own), so that a busy moment of the machine meets all.
The figures are targets (real next-item positions) trained a second, all of a turn's time included. Beside
them stand the targets a second of processor time, of all threads: other work changes that less.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from pathlib import Path

import torch
from contestants import OurTraining, RecBole, find_recbole, plain
from machine import INTERACTIONS, ITEMS, USERS, describe_machine, log_or_simulated
from operations import Products, operations, shapes, square_rate
from shares import shares

from seqrec_lib.experiments.provenance import commit, versions

RESULTS = Path(__file__).parents[1] / "seqrec_lib" / "results"
LONG, SHORT = 200, 50
OURS, OURS_FP32, PLAIN, OURS_SHORT = "ours, L 200", "ours in fp32, L 200", "plain, L 200", "ours, L 50"
PLAIN_DROPPED, COMPILED = "plain, weights dropped, L 200", "ours, compiled, L 200"
RECBOLE = {"SASRec": "RecBole SASRec, L 50", "GRU4Rec": "RecBole GRU4Rec, L 50"}


def summary(contestant: str, unit: str, rounds: list[float], **more) -> dict:
    """A row: the best and the median of ``rounds``, and each of them."""
    kept = [round(value) for value in rounds]
    return {
        "contestant": contestant,
        "unit": unit,
        "best": max(kept),
        "median": statistics.median(kept),
        "rounds": kept,
        **more,
    }


def cost(train, settings) -> float:
    """Counted operations a target of one epoch over ``train``."""
    s, targets = settings, int((train.targets > 0).sum())
    return operations(train.lengths, s.n_items, s.dim, s.ff_width, s.layers, targets) / targets


def products_of(ours: OurTraining, dtype: torch.dtype) -> Products:
    """The products of a training step of ``ours`` at its mean length."""
    s, train = ours.model.settings, ours.train
    rows = min(ours.settings.batch_size, len(train))
    steps = max(1, round(float(train.lengths.float().mean())))
    return Products(shapes(rows, steps, s.n_items, s.dim, s.ff_width, s.layers, rows * steps, 128), dtype)


def measure(
    log, rounds: int, seconds: float, threads: int, recbole: Path | None, compiled: bool = False
) -> list[dict]:
    """Let every contestant take its turns; return the rows, without what is the same in all."""
    ours = {
        OURS: OurTraining(log, LONG, "auto"),
        OURS_FP32: OurTraining(log, LONG, "fp32"),
        OURS_SHORT: OurTraining(log, SHORT, "auto"),
    }
    if compiled:
        ours[COMPILED] = OurTraining(log, LONG, "auto", compile=True)
    turns = {name: each.turn for name, each in ours.items()}
    turns[PLAIN] = plain(log, LONG).turn
    turns[PLAIN_DROPPED] = plain(log, LONG, drop_weights=True).turn
    other = RecBole(recbole, log, SHORT, threads) if recbole else None
    if other:
        for model, name in RECBOLE.items():
            turns[name] = lambda s, model=model: other.turn(model, s)
    kinds = {"fp32": torch.float32, "bf16": torch.bfloat16}
    products = {name: products_of(ours[OURS], dtype) for name, dtype in kinds.items()}
    speed, cpu_speed = ({name: [] for name in turns} for _ in range(2))
    alone = {name: [] for name in kinds}
    square = {name: [] for name in kinds}
    for number in range(rounds + 1):
        for name, turn in turns.items():
            cpu = time.process_time()
            targets, spent = turn(seconds if number else min(seconds, 2.0))  # round 0 warms up
            cpu = other.cpu_seconds if name in RECBOLE.values() else time.process_time() - cpu
            if number:
                speed[name].append(targets / spent)
                cpu_speed[name].append(targets / cpu)
                print(f"round {number}/{rounds}  {name:<24} {targets / spent:>10,.0f} targets/s", flush=True)
        for name, each in products.items():
            rate = each.turn()
            square[name].append(square_rate(kinds[name]))
            if number:
                alone[name].append(rate)
                print(
                    f"round {number}/{rounds}  products, {name:<14} {rate / 1e9:>10,.1f} GFLOP/s", flush=True
                )
    rows = [
        summary(name, "targets/s", values, per_cpu_second=[round(value) for value in cpu_speed[name]])
        for name, values in speed.items()
    ]
    for row in rows:
        if row["contestant"] in ours:
            add_costs(row, ours[row["contestant"]], products, square)
    by_name = {row["contestant"]: row for row in rows}
    by_name[OURS]["profile"] = shares(ours[OURS], seconds)
    by_name[PLAIN]["times"] = ratio(speed[PLAIN], speed[PLAIN_DROPPED], PLAIN_DROPPED)
    pairs = ((OURS, PLAIN), (OURS_FP32, PLAIN), (OURS_SHORT, RECBOLE["SASRec"]), (COMPILED, OURS))
    for left, right in pairs:
        if {left, right} <= set(by_name):
            by_name[left]["times"] = ratio(speed[left], speed[right], right)
            by_name[left]["times_by_cpu"] = ratio(cpu_speed[left], cpu_speed[right], right)
    if other:
        for model, name in RECBOLE.items():
            by_name[name]["settings"] = {"model": model, **other.about}
        other.close()
    for name, each in products.items():
        row = summary(f"products, {name}", "operations/s", alone[name], by_product=each.by_name())
        rows.append({**row, "best": round(each.best()), "square": round(max(square[name]))})
    return rows


def add_costs(row: dict, ours: OurTraining, products: dict, square: dict) -> None:
    """What a target costs ``ours``, and the share of the machine's product rate that it reaches."""
    each = cost(ours.train, ours.model.settings)
    precision = ours.settings.precision
    row["settings"] = {
        "precision": precision, "loss": ours.settings.loss, "batch_size": ours.settings.batch_size,
        "max_len": ours.model.settings.max_len, "dim": ours.model.settings.dim,
        "layers": ours.model.settings.layers, "ff_width": ours.model.settings.ff_width,
    }  # fmt: skip
    row["operations_per_target"] = round(each)
    row["share_of_fp32_products"] = {
        "best": round(row["best"] * each / products["fp32"].best(), 4),
        "median": round(row["median"] * each / products["fp32"].best(), 4),
        "by_cpu": round(
            max(row["per_cpu_second"]) * torch.get_num_threads() * each / products["fp32"].best(), 4
        ),
        "of_a_square_product": round(row["best"] * each / max(square["fp32"]), 4),
    }


def ratio(left: list[float], right: list[float], than: str) -> dict:
    """How many times faster ``left`` is: of the best turns, and the median over the rounds."""
    pairs = [a / b for a, b in zip(left, right, strict=True)]
    return {
        "than": than,
        "best": round(max(left) / max(right), 2),
        "median": round(statistics.median(pairs), 2),
        "rounds": [round(each, 2) for each in pairs],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", nargs="?", default="ml-1m")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of each contestant")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0, help="of a turn")
    parser.add_argument(
        "--compiled", action="store_true", help="ours under torch.compile too: needs a C++ compiler"
    )
    parser.add_argument("--recbole", type=Path, default=None, help="the Python of RecBole's environment")
    parser.add_argument("--out", type=Path, default=RESULTS / "speed.json")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    log, note = log_or_simulated(given.source)
    if note:
        print(note, flush=True)
    recbole = find_recbole(given.recbole)
    rows = measure(log, given.rounds, given.seconds, given.threads, recbole, given.compiled)
    data = {key: log.describe()[key] for key in ("users", "items", "interactions")}
    # A path means nothing elsewhere: the file is called what its sizes say it is.
    is_movielens = tuple(data.values()) == (USERS, ITEMS, INTERACTIONS)
    shown = "ml-1m" if note or is_movielens else Path(given.source).name
    same = {
        "data": {"name": log.name if note else shown, **data},
        "device": "cpu",
        "machine": describe_machine(given.threads),
        "versions": versions(),
        "command": f"python benchmarks/speed.py {shown} --threads {given.threads} --rounds {given.rounds} "
        f"--seconds {given.seconds:g}{' --compiled' if given.compiled else ''}",
        "commit": commit(),
    }
    unfinished = given.out.with_suffix(".tmp")
    unfinished.write_text(json.dumps({"rows": [{**row, **same} for row in rows]}, indent=1) + "\n")
    unfinished.replace(given.out)
    for row in rows:
        times = row.get("times")
        more = f"  {times['median']:g} times {times['than']}" if times else ""
        print(f"{row['contestant']:<26} best {row['best']:>16,} {row['unit']}{more}")
    print(f"{given.out}: {len(rows)} rows")


if __name__ == "__main__":
    main()
