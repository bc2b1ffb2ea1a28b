"""What finite data and the clock cost: fitted worlds and order-only oracles beside the oracle.

`python benchmarks/attainable.py` adds the rows that are missing to seqrec_lib/results/attainable.json.

Models: `fitted`, the process with its numbers fitted on the training part; `fitted-free`, the same with
taste tables and strengths that share nothing between items; `order-only`, the oracle without its clock,
a lower bound of the best that the order of items allows. Seeds are those of the users: the worlds were
tuned on seed 0. Order-only rows rank the first test users alone, and `ceiling` is then that of the same.
"""

from __future__ import annotations

import argparse
import time
from functools import partial

import torch
from rows import RESULTS, read_rows, write_rows

from seqrec_lib.data import WORLDS, OracleModel, leave_one_out, simulate
from seqrec_lib.data.worlds import OrderOnlyOracle, fit_world
from seqrec_lib.data.worlds.fitted import HOLDS
from seqrec_lib.evaluation import evaluate
from seqrec_lib.experiments.measure import ceiling_above, measure_floors
from seqrec_lib.experiments.provenance import commit, versions

KS = (10,)
HOLDS_OF = {"fitted": HOLDS, "fitted-free": (1.0,)}
PARTICLES, FEWER, ASKED = 200, 50, 1500  # order-only: particles, and test users


def fitted_row(model: str, name: str, users: int, seed: int) -> dict:
    """Fit a world on its users and rank the test items by it."""
    started = time.process_time()
    world = simulate(name, users=users, seed=seed)
    split = leave_one_out(world, max_len=world.max_length)
    fitted = fit_world(world.settings, split, holds=HOLDS_OF[model])
    found, oracle = (evaluate(m, split.test, KS, with_coverage=False) for m in (fitted, OracleModel(world)))
    right = {
        link: int(((getattr(fitted.tables, link) == true) & (true > 0)).sum()) / int((true > 0).sum())
        for link, true in (("successor", world.tables.successor), ("called", world.tables.called))
    }
    return {
        "protocol": split.protocol,
        "data": world.log.describe(),
        "test": found.metrics,
        "floors": measure_floors(split, KS),
        "ceiling": oracle.metrics,
        "ceiling_above_model": ceiling_above(oracle, found),
        "hold": fitted.hold,
        "steps": len(fitted.gains),
        "validation_surprise": fitted.surprise,
        "links_found": right,
        "cpu_seconds": round(time.process_time() - started, 1),
    }


def order_only_row(name: str, users: int, seed: int) -> dict:
    """Rank the test items of the first users without the clock."""
    started = time.process_time()
    world = simulate(name, users=users, seed=seed)
    split = leave_one_out(world, max_len=world.max_length)
    cases = split.test.rows(slice(0, ASKED))
    found, fewer, oracle = (
        evaluate(m, cases, KS, with_coverage=False)
        for m in (OrderOnlyOracle(world, PARTICLES), OrderOnlyOracle(world, FEWER), OracleModel(world))
    )
    return {
        "protocol": split.protocol,
        "data": {**world.log.describe(), "test_cases": len(cases)},
        "test": found.metrics,
        "fewer_particles": {"particles": FEWER, **fewer.metrics},
        "particles": PARTICLES,
        "bound": "below",
        "floors": measure_floors(split, KS),
        "ceiling": oracle.metrics,
        "ceiling_above_model": ceiling_above(oracle, found),
        "cpu_seconds": round(time.process_time() - started, 1),
    }


def plan() -> list[tuple[str, str, int, int]]:
    """``(model, world, users, seed)``, the most wanted first."""
    rows = [(model, "video", 4000, seed) for seed in (1, 2, 3) for model in HOLDS_OF]
    rows += [("fitted", "video", 1000, 1), ("fitted-free", "video", 1000, 1)]
    others = [name for name in WORLDS if name != "video"]
    rows += [("fitted", name, 4000, 1) for name in others]
    rows += [("order-only", name, 4000, 1) for name in others]
    rows += [("fitted", name, 4000, seed) for seed in (2, 3) for name in others]
    rows += [("fitted", name, 1000, 1) for name in others]
    return rows + [(model, "video", 16000, 1) for model in HOLDS_OF]


def main() -> None:
    """Make the rows that are missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", choices=(*HOLDS_OF, "order-only"))
    parser.add_argument("--world", choices=tuple(WORLDS))
    parser.add_argument("--users", type=int)
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    torch.set_num_threads(1)
    asked = (given.model, given.world, given.users, given.seed)
    wanted = []
    for row in plan():
        if all(ask in (None, value) for ask, value in zip(asked, row, strict=True)):
            model, name, users, seed = row
            words = f"--model {model} --world {name} --users {users} --seed {seed}"
            world = (name, users, seed)
            make = partial(order_only_row, *world)
            if model in HOLDS_OF:
                make = partial(fitted_row, model, *world)
            labels = {"model": model, "world": name, "users": users, "seed": seed}
            wanted.append((labels, make, f"python benchmarks/attainable.py {words}"))
    file = RESULTS / "attainable.json"
    rows = read_rows(file)
    for labels, make, command in wanted:
        if not any(row["command"] == command for row in rows):
            rows.append({**labels, **make(), "command": command, "versions": versions(), "commit": commit()})
            write_rows(file, rows)
            print(labels, rows[-1]["test"], flush=True)


if __name__ == "__main__":
    main()
