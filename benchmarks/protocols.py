"""The grid behind the protocol lab: one set of trained models, every protocol, with intervals.

    python benchmarks/protocols.py world:video:seed=1
    python benchmarks/protocols.py ml-100k [SOURCE]
    python benchmarks/protocols.py ml-1m [SOURCE]

Each adds its rows to seqrec_lib/results/protocols.json, a row for each split and model. SOURCE is a file
of your own. Models have one seed and the epochs given here; validation chooses the epoch. A cell of
``grid`` is five numbers in ten thousandths: the mean, the ends of its 95% interval over users, and the
ends of the 95% interval of the paired difference to the next lower model under the same protocol (0, 0 for
the last). Cells run over ``axes`` in order: rivals, seen, ties, metric.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass
from itertools import product

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from rows import RESULTS

from seqrec_lib.baselines import Markov, Popularity, RecentPopularity
from seqrec_lib.cli.provenance import commit, versions
from seqrec_lib.data import OracleModel, leave_one_out, load_source, temporal_split
from seqrec_lib.lists import top_lists
from seqrec_lib.metrics import coverage, novelty
from seqrec_lib.models import RECIPES, build, recipe_settings
from seqrec_lib.protocols import SEEN, Protocol, standings
from seqrec_lib.resampling import bootstrap_many, bounds
from seqrec_lib.training import fit

RIVALS = ["all"] + [f"{kind}-{n}" for kind in ("uniform", "popularity") for n in (10, 50, 100, 500)]
TIES = ["expectation", "against", "for"]
METRICS = ["HR@10", "NDCG@10", "MRR"]
AXES = {"rivals": RIVALS, "seen": list(SEEN), "ties": TIES, "metric": METRICS}
# Longest history, recipes with what differs from their own training, how many of the splits. SASRec's own
# training takes 100 epochs; these are brief, the same for every split, and were not searched for.
BRIEF = {"lr": 3e-3, "schedule": "cosine", "batch_size": 64, "epochs": 20}
PLANS = {
    "world:video": (50, {"gru4rec": {"epochs": 20}, "lstm-attention": {"epochs": 20}, "sasrec": BRIEF}, 2),
    "ml-100k": (200, {"gru4rec": {}, "lstm-attention": {}, "sasrec": BRIEF}, 2),
    "ml-1m": (200, {"gru4rec": {"epochs": 4, "batch_size": 128}, "sasrec": {**BRIEF, "epochs": 8}}, 1),
}


@dataclass
class SameForAll:
    """Gives every item one score: what ties in the model's favour are worth."""

    n_items: int
    name = "same score for all"

    def score(self, batch, candidates=None):
        return torch.zeros(len(batch), self.n_items + 1)


def protocol_of(rivals: str, seen: str, ties: str) -> Protocol:
    kind, _, n = rivals.partition("-")
    return Protocol(kind, int(n or 1), seen, ties)


def scorers(split, world, recipes: dict, max_len: int):
    """Yield ``(name, scorer, settings, seconds)``, baselines first."""
    log = split.train_log
    yield SameForAll.name, SameForAll(log.n_items), {}, 0.0
    yield "popularity", Popularity(log), {}, 0.0
    if log.times is not None:
        yield "recent popularity", RecentPopularity(log), {"window_days": 7}, 0.0
    yield "Markov chain", Markov(log), {"smoothing": 1.0}, 0.0
    for name, changes in recipes.items():
        torch.manual_seed(0)
        settings = recipe_settings(name, log.n_items, max_len=max_len)
        model = build(settings)
        training = {**RECIPES[name].training, **changes}
        started = time.perf_counter()
        history = fit(model, split, seed=0, device="cpu", progress=False, **training)
        kept = {**asdict(settings), **training, "best_epoch": history.best_epoch}
        yield name, model, kept, time.perf_counter() - started
    if world is not None:
        yield "oracle", OracleModel(world), {}, 0.0


def cells(found: dict, users: np.ndarray) -> dict[str, list[list[int]]]:
    """Model to its cells, in the order of the axes. All are drawn together, so all are paired."""
    columns = []
    for rivals, seen, ties in product(RIVALS, SEEN, TIES):
        measured = [one.measure(protocol_of(rivals, seen, ties)) for one in found.values()]
        columns += [values[metric].numpy() for metric in METRICS for values in measured]
    values = np.stack(columns, axis=1)  # (N, cells * models)
    draws = bootstrap_many(values, users).reshape(1000, -1, len(found))
    means = values.mean(0).reshape(-1, len(found))
    grid: dict[str, list[list[int]]] = {name: [] for name in found}
    for cell, mean in enumerate(means):
        order = np.argsort(-mean, kind="stable")
        below = dict(zip(order, order[1:], strict=False))
        for column, name in enumerate(found):
            drawn, gap = draws[:, cell, column], (0.0, 0.0)
            if column in below:
                gap = bounds(drawn - draws[:, cell, below[column]], 0.95)
            numbers = (mean[column], *bounds(drawn, 0.95), *gap)
            grid[name].append([round(1e4 * float(number)) for number in numbers])
    return grid


def rows_of(split, how: str, log, world, plan, command: str):
    """The rows of one split."""
    max_len, recipes, _ = plan
    popularity = torch.bincount(torch.from_numpy(split.train_log.items), minlength=log.n_items + 1)
    found, about = {}, {}
    for name, scorer, settings, seconds in scorers(split, world, recipes, max_len):
        found[name] = standings(scorer, split.test, popularity)
        lists = top_lists(scorer, split.test, 10)
        figures = {k: float(v.mean()) for k, v in found[name].measure(Protocol()).items()}
        figures |= {"coverage@10": coverage(lists, log.n_items), "novelty@10": novelty(lists, popularity)}
        about[name] = (settings, round(seconds, 1), figures)
        print(f"{log.name} {how:<14}{name:<20}{seconds:7.1f} s  NDCG@10 {figures['NDCG@10']:.4f}", flush=True)
    grid = cells(found, next(iter(found.values())).users.numpy())
    for name, (settings, seconds, figures) in about.items():
        yield {
            "model": name,
            "seed": 0,
            "split": how,
            "protocol": split.protocol,
            "data": {key: log.describe()[key] for key in ("name", "users", "items", "interactions")},
            "cases": len(split.test),
            "settings": settings,
            "seconds": seconds,
            "test": {key: round(value, 6) for key, value in figures.items()},
            "axes": AXES,
            "grid": grid[name],
            "device": "cpu",
            "versions": versions(),
            "command": command,
            "commit": commit(),
        }


def write(rows: list[dict]) -> None:
    """Put ``rows`` in place of older ones of the same command and split: one row a line."""
    file, mine = RESULTS / "protocols.json", {(row["command"], row["split"]) for row in rows}
    old = json.loads(file.read_text(encoding="utf-8"))["rows"] if file.exists() else []
    kept = [row for row in old if (row["command"], row["split"]) not in mine]
    text = ",\n".join(json.dumps(row, separators=(",", ":")) for row in kept + rows)
    unfinished = file.with_suffix(f".{os.getpid()}")
    unfinished.write_text(f'{{"rows": [\n{text}\n]}}\n', encoding="utf-8")
    unfinished.replace(file)
    print(f"{file}: {len(kept + rows)} rows, {file.stat().st_size:,} bytes", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="world:video[:seed=S], ml-100k or ml-1m")
    parser.add_argument("source", nargs="?", help="a file of your own in place of a download")
    given = parser.parse_args()
    torch.set_num_threads(1)
    name = ":".join(given.data.split(":")[:2])
    plan = PLANS[name]
    log, world = load_source(given.source or given.data)
    command = f"python benchmarks/protocols.py {given.data}"
    splits = {"leave-one-out": leave_one_out, "global moment": temporal_split}
    for how, make in list(splits.items())[: plan[2]]:
        rows = list(rows_of(make(log, max_len=plan[0]), how, log, world, plan, command))
        for row in rows:
            row["data"]["name"] = name
        write(rows)


if __name__ == "__main__":
    main()
