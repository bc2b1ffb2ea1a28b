"""Collaborative and content-based filtering beside sequence models, on the worlds and on MovieLens-100K.

    python benchmarks/traditional.py [--ml-100k FILE] [--only SOURCE ...]

makes the missing rows of seqrec_lib/results/traditional.json. Two parts for each source:

- ``choice``: each setting of GRIDS, measured on **validation** alone. On a world these are the users of
  seed 0; the rows that are reported use the users of seed 1. MovieLens has no other users.
- ``report``: the chosen settings. A counted model has no chance in it, so its one row has its interval over
  users; a trained one has three seeds. A row of ``bpr-mf`` has ``as_strangers``: the same model asked without
  its table of users, whose vectors then come from their histories.

The sequence models of ``worlds.json`` were measured on the same test users and are not trained again; their
settings were not chosen world by world as these are. SASRec on MovieLens-100K is trained here.

Rows of ``choice`` have no test.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import shlex
import tempfile
from dataclasses import replace
from pathlib import Path

from rows import RESULTS, read_rows, run_command, write_rows

from seqrec_lib import evaluate, load_run, train
from seqrec_lib.data import leave_one_out, load_source
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.models.baselines import COUNTED

FILE = RESULTS / "traditional.json"
GRIDS = {
    "item-knn": {"neighbours": (20, 100), "shrink": (20.0,), "newest": (0, 1, 3)},
    "content": {"titles": (True, False), "newest": (0, 1, 3)},
    "bpr-mf": {"lr": (5e-3, 1e-2), "weight_decay": (1e-2,)},
}
EPOCHS = 20  # of bpr-mf
FLAGS = ("lr", "weight_decay", "epochs")  # what the command line has flags for
FIVE = ("video", "shop", "music", "ads", "finance")
NEW = ("courses", "care", "city")
METRIC = "NDCG@10"


def combinations(model: str) -> list[dict[str, object]]:
    """Every setting of the model's grid."""
    grid = GRIDS[model]
    return [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]


def words(model: str, changes: dict[str, object]) -> list[str]:
    """The settings as words of the command line."""
    found = []
    for name, value in changes.items():
        told = str(value).lower() if isinstance(value, bool) else f"{value:g}"
        found += [f"--{name.replace('_', '-')}", told] if name in FLAGS else ["--set", f"{name}={told}"]
    return found


def add(done: list[dict], row: dict) -> None:
    """Keep one more row at once."""
    done.append({**row, "versions": versions(), "commit": commit()})
    write_rows(FILE, done)
    print(row["part"], row["source"], row["model"], row["seed"], row["validation"][METRIC], flush=True)


def choose(done: list[dict], model: str, source: str, given: str, max_len: int) -> dict[str, object]:
    """The best settings of a model on validation; what was measured before is read, not made again."""
    split = None
    for changes in combinations(model):
        label = {"part": "choice", "source": source, "model": model, "settings": changes}
        if any(all(row[key] == value for key, value in label.items()) for row in done):
            continue
        split = split or leave_one_out(load_source(given)[0], max_len=max_len)
        more = {} if model in COUNTED else {"epochs": EPOCHS, "device": "cpu"}
        run = train(model, split, progress=False, **changes, **more)
        told = {"seed": 0, "protocol": split.protocol, "data": split.log.describe()}
        found = evaluate(run.model, split.validation, (10,)).metrics
        command = f"python benchmarks/traditional.py --only {source.removeprefix('world:')}"
        add(done, {**label, **told, "validation": found, "command": command})
    mine = [r for r in done if (r["part"], r["source"], r["model"]) == ("choice", source, model)]
    return max(mine, key=lambda row: row["validation"][METRIC])["settings"]


def report(done: list[dict], source: str, given: str, model: str, seed: int, more: list[str]) -> None:
    """One row of one command, unless it is there."""
    arguments = ("fit", "--data", given, "--model", model, *more, "--device", "cpu", "--seed", str(seed))
    shown = [source if word == given else word for word in arguments]
    command = "python -m seqrec_lib " + shlex.join(shown)
    if any(row["command"] == command for row in done):
        return
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        found = run_command((*arguments, "--quiet", "--out", str(run)), threads=1)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        strangers = as_strangers(run, given) if model == "bpr-mf" else {}
    kept = ("seed", "protocol", "settings", "validation", "test", "test_intervals", "floors", "device")
    worlds = ("ceiling", "ceiling_above_model")
    row = {
        "part": "report", "source": source, "model": model,
        **{key: found[key] for key in (*kept, *worlds) if key in found},
        "data": {key: found["data"][key] for key in ("name", "users", "items", "interactions")},
        "epochs": len(found["epochs"]), "threads": 1,
        "cpu_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        **strangers, "command": command,
    }  # fmt: skip
    add(done, row)


def as_strangers(folder: Path, given: str) -> dict[str, dict[str, float]]:
    """The test figures of a run whose users are not named to it."""
    run = load_run(folder, "cpu")
    test = leave_one_out(load_source(given)[0], max_len=run.max_len).test
    unnamed = replace(test, batch=replace(test.batch, users=None))
    return {"as_strangers": evaluate(run.model, unnamed, (10,)).metrics}


def places(name: str, ml100k: str) -> tuple[str, str, str, int]:
    """``(tuned on, reported on, where the latter lies, longest history)`` of a source."""
    if name == "ml-100k":
        return name, name, ml100k, 200
    return f"world:{name}", f"world:{name}:seed=1", f"world:{name}:seed=1", 50


def tuned(done: list[dict], model: str, name: str, ml100k: str) -> None:
    """The rows of a model whose settings are chosen."""
    tuned_on, reported_on, given, max_len = places(name, ml100k)
    changes = choose(done, model, tuned_on, ml100k if name == "ml-100k" else tuned_on, max_len)
    how = {} if model in COUNTED else {"epochs": EPOCHS}
    more = ["--max-len", str(max_len), *words(model, {**changes, **how})]
    for seed in range(3 if how else 1):
        report(done, reported_on, given, model, seed, more)


def as_it_is(done: list[dict], model: str, name: str, ml100k: str, seeds: int, *more: str) -> None:
    """The rows of a model with its recipe's own settings."""
    _, reported_on, given, _ = places(name, ml100k)
    for seed in range(seeds):
        report(done, reported_on, given, model, seed, list(more))


def all_rows(names: list[str], ml100k: str) -> None:
    """What costs least first, so that a run cut short has something of each source."""
    done = read_rows(FILE)
    for name in names:
        for model in ("item-knn", "content"):
            tuned(done, model, name, ml100k)
        for model in ("popularity", "markov"):
            as_it_is(done, model, name, ml100k, 1)
    for name in names:
        tuned(done, "bpr-mf", name, ml100k)
    for name in names:
        if name in NEW:
            as_it_is(done, "lstm-attention", name, ml100k, 3, "--epochs", "12")
        if name == "ml-100k":
            as_it_is(done, "sasrec", name, ml100k, 3)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    every = (*FIVE, *NEW, "ml-100k")
    parser.add_argument("--ml-100k", default="ml-100k", metavar="FILE", help="the zip, if it is here")
    parser.add_argument("--only", nargs="+", choices=every, default=every)
    options = parser.parse_args()
    all_rows(options.only, options.ml_100k)
    print(f"{FILE}: {len(read_rows(FILE))} rows")
