"""The grid behind the protocol lab: one set of trained models, every protocol, with intervals.

    python benchmarks/protocols.py world:video:seed=1
    python benchmarks/protocols.py ml-100k [SOURCE]
    python benchmarks/protocols.py ml-1m [SOURCE]
    python benchmarks/protocols.py world:video:seed=1 --split global

Each adds its rows to seqrec_lib/results/protocols.json, a row for each split and model. SOURCE is a file
of your own. Models have one seed and the epochs given here; validation chooses the epoch. Cells run over
``axes`` in order: rivals, seen, ties, metric. A cell of ``grid`` is three numbers in ten thousandths: the
mean and the ends of its 95% interval over users. ``above`` is one string: for each cell a letter for each
model of the split, in the order of the rows: ``+`` where this model is above that one and the paired 95%
interval leaves out 0, ``-`` below, ``0`` where the interval holds 0. ``flips`` names, for each pair of
models and metric, the protocol that turns a clear order round the furthest, among those with seen items out
and ties in expectation, with the paired difference under the full protocol and under that one.
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
from rows import RESULTS, read_rows

from seqrec_lib.data import OracleModel, leave_one_out, load_source, temporal_split
from seqrec_lib.evaluation.lists import top_lists
from seqrec_lib.evaluation.metrics import coverage, novelty
from seqrec_lib.evaluation.paired_grid import PairedGrid, sign
from seqrec_lib.evaluation.protocols import SEEN, Protocol, standings
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.models import RECIPES, build, recipe_settings
from seqrec_lib.models.baselines import Markov, Popularity, RecentPopularity
from seqrec_lib.training import fit

RIVALS = ["all"] + [f"{kind}-{n}" for kind in ("uniform", "popularity") for n in (10, 50, 100, 500)]
TIES = ["expectation", "against", "for"]
# MRR needs the chance of every place; with all the cases of a global moment that takes too long.
METRICS = {"leave-one-out": ["HR@10", "NDCG@10", "MRR"], "global moment": ["HR@10", "NDCG@10"]}
# Longest history, recipes with what differs from their own training, how many of the splits. SASRec's own
# training takes 100 epochs; these are brief, the same for every split, and were not searched for.
BRIEF = {"lr": 3e-3, "schedule": "cosine", "batch_size": 64, "epochs": 20}
PLANS = {
    "world:video": (50, {"gru4rec": {"epochs": 20}, "lstm-attention": {"epochs": 20}, "sasrec": BRIEF}, 2),
    "ml-100k": (200, {"gru4rec": {}, "lstm-attention": {}, "sasrec": BRIEF}, 2),
    "ml-1m": (200, {"sasrec": {**BRIEF, "epochs": 4}}, 1),
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


class Grid(PairedGrid):
    """Every cell of every model, and the pairs that a protocol turns round."""

    def __init__(self, found: dict, users: np.ndarray, metrics: list[str]) -> None:
        self.names, self.metrics = list(found), metrics
        self.cells = list(product(RIVALS, SEEN, TIES, metrics))
        columns = []
        for rivals, seen, ties in product(RIVALS, SEEN, TIES):
            rules = protocol_of(rivals, seen, ties)
            measured = [one.measure(rules, with_mrr="MRR" in metrics) for one in found.values()]
            columns += [values[metric].numpy() for metric in metrics for values in measured]
        values = np.stack(columns, axis=1)  # (N, cells * models)
        super().__init__(values.reshape(len(values), len(self.cells), len(found)), users)

    def flips(self, model: int) -> list[dict]:
        """Pairs in which this model is clearly above under the full protocol and clearly below elsewhere."""
        found = []
        for other, metric in product(range(len(self.names)), self.metrics):
            full = self.paired(self.cells.index(("all", "out", "expectation", metric)), model, other)
            if SameForAll.name in (self.names[model], self.names[other]) or sign(full) != "+":
                continue
            here = [
                (rivals, self.paired(self.cells.index((rivals, "out", "expectation", metric)), model, other))
                for rivals in RIVALS
            ]
            rivals, least = min(here, key=lambda one: one[1][0])
            if sign(least) == "-":
                about = {"below": self.names[other], "metric": metric, "rivals": rivals}
                found.append({**about, "full": full, "sampled": least})
        return found


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
    axes = {"rivals": RIVALS, "seen": list(SEEN), "ties": TIES, "metric": METRICS[how]}
    grid = Grid(found, next(iter(found.values())).users.numpy(), METRICS[how])
    for number, (name, (settings, seconds, figures)) in enumerate(about.items()):
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
            "axes": axes,
            "grid": grid.figures(number),
            "above": grid.above(number),
            "flips": grid.flips(number),
            "device": "cpu",
            "versions": versions(),
            "command": command,
            "commit": commit(),
        }


def write(rows: list[dict]) -> None:
    """Put ``rows`` in place of older ones of the same command and split: one row a line."""
    file, mine = RESULTS / "protocols.json", {(row["command"], row["split"]) for row in rows}
    old = read_rows(file)
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
    parser.add_argument("--split", choices=("loo", "global"), help="one split alone; default: both")
    given = parser.parse_args()
    torch.set_num_threads(1)
    name = ":".join(given.data.split(":")[:2])
    plan = PLANS[name]
    log, world = load_source(given.source or given.data)
    command = f"python benchmarks/protocols.py {given.data}"
    splits = {"leave-one-out": leave_one_out, "global moment": temporal_split}
    if given.split:
        command += f" --split {given.split}"
    wanted = {"loo": ["leave-one-out"], "global": ["global moment"], None: list(splits)[: plan[2]]}
    for how in wanted[given.split]:
        make = splits[how]
        rows = list(rows_of(make(log, max_len=plan[0]), how, log, world, plan, command))
        for row in rows:
            row["data"]["name"] = name
        write(rows)


if __name__ == "__main__":
    main()
