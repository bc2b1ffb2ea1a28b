"""Smaller models of a catalogue of 15,000 items: bytes, quality, lists, and times of one request.

`python benchmarks/compression.py --part NAME [--seed S]` adds the rows that are missing to
seqrec_lib/results/compression.json. One thread. Parts:

- ``tuning``: each model that is trained in two step sizes, and the student at two temperatures, on the
  users of seed 0; the best by validation is chosen;
- ``report``: each at its chosen setting on the users of seeds 1, 2 and 3, and all that is made of the trained
  full model afterwards; ``against`` is the paired difference in NDCG@10 to that model over the tested users;
- ``times``: what one request takes, as ratios to the full model in the same run; calls take turns.

All that is trained has the same users, steps and loss. ``bytes`` are those of all weights; ``stored`` is what
a file of them takes after gzip, which finds the zeros of a pruned table.
"""

from __future__ import annotations

import argparse
import gzip
import sys
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import torch
from rows import RESULTS, read_rows, write_rows
from safetensors.torch import save
from torch import nn

from seqrec_lib import evaluate, fit
from seqrec_lib.compress import bytes_of, compressed, kept_top, with_table
from seqrec_lib.compress.measuring import latencies, percentile, top_items
from seqrec_lib.compress.tables import dynamic, masked
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.splits import Split
from seqrec_lib.evaluation.asking import asked
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.losses.distil import Distilled
from seqrec_lib.losses.in_batch import in_batch_softmax
from seqrec_lib.losses.named import with_popularity
from seqrec_lib.models import Model, build, recipe_settings
from seqrec_lib.models.baselines import BASELINES

FILE = RESULTS / "compression.json"
KS = (1, 5, 10, 20)
WORLD = {"series": 1000, "films": 4000}
USERS, WATCHED, TESTED = 2000, 600, 1000
HOW = {"batch_size": 64, "weight_decay": 1e-2, "schedule": "cosine", "patience": 0, "epochs": 3}
REPORTED = (1, 2, 3)
RATES = (0.01, 0.02)
TEMPERATURES = (1.0, 2.0)
# What is trained: settings beside those of the full model, 64 wide.
TRAINED: dict[str, dict[str, Any]] = {
    "full": {},
    "small": {"dim": 16},
    "hashed": {"table": "hashed", "shared_rows": 1500},
    "qr": {"table": "qr", "shared_rows": 500},
    "codes, trained": {"table": "codes", "pieces": 8},
}
# What is made of the trained full model: a method and its options.
MADE: dict[str, tuple[str, dict[str, Any]]] = {
    "bf16": ("bf16", {}),
    "int8": ("int8", {}),
    "int4": ("int4", {}),
    "codes, 8 pieces": ("codes", {"pieces": 8}),
    "codes, 16 pieces": ("codes", {"pieces": 16}),
    "codes, 32 pieces": ("codes", {"pieces": 32}),
    "pruned 50%, sparse": ("sparse", {"kept": 0.5}),
    "pruned 90%, sparse": ("sparse", {"kept": 0.1}),
}


@cache
def split_of(seed: int) -> Split:
    split = leave_one_out(simulate("large", users=USERS, seed=seed, **WORLD), max_len=40)
    watched, tested = split.validation.rows(slice(0, WATCHED)), split.test.rows(slice(0, TESTED))
    return replace(split, validation=watched, test=tested)


def trained(name: str, seed: int, lr: float, teacher: Model | None = None, temperature: float = 1.0) -> Model:
    """One model; with a ``teacher``, the small one that learns from it too."""
    split = split_of(seed)
    torch.manual_seed(seed)
    sizes = {"dim": 64, "max_len": 40, "dropout": 0.1, **TRAINED[name]}
    model = build(recipe_settings("gru4rec", split.log.n_items, **sizes))
    given: dict[str, Any] = {"loss": "in-batch"}
    if teacher is not None:
        loss = with_popularity(in_batch_softmax, split)
        given = {"objective": Distilled(teacher, loss, temperature=temperature)}
    how = {**HOW, "lr": lr, "evaluate_every": HOW["epochs"]}
    fit(model, split, seed=seed, progress=False, device="cpu", **given, **how)
    return model.eval()


def validated(model: Model, seed: int) -> dict[str, float]:
    return evaluate(model, split_of(seed).validation, KS, with_coverage=False).metrics


def row_of(part: str, variant: str, seed: int, model: Model, **more: Any) -> dict[str, Any]:
    split = split_of(seed)
    return {
        "part": part,
        "variant": variant,
        "model": "gru4rec",
        "seed": seed,
        "world": "large",
        "users": split.log.n_users,
        "items": split.log.n_items,
        "protocol": split.protocol,
        "settings": {**model.settings.as_dict(), **HOW, "loss": "in-batch"},
        "device": "cpu",
        "versions": versions(),
        "command": f"python benchmarks/compression.py --part {part} --seed {seed}",
        "commit": commit(),
        **more,
    }


def known(**wanted: object) -> dict[str, Any] | None:
    same = (row for row in read_rows(FILE) if all(row.get(key) == value for key, value in wanted.items()))
    return next(same, None)


def keep(row: dict[str, Any]) -> None:
    """Add ``row`` to the file, which is read again: another part may have written."""
    write_rows(FILE, [*read_rows(FILE), row])
    figure = row.get("test", row.get("validation", {})).get("NDCG@10")
    print(row["part"], row["variant"], row.get("lr"), row["seed"], figure, file=sys.stderr, flush=True)


def tune() -> None:
    """Two step sizes each; then the student at the small model's step size, in two temperatures."""
    full: dict[float, Model] = {}
    for name in TRAINED:
        for lr in RATES:
            if known(part="tuning", variant=name, lr=lr) is None or name == "full":
                model = trained(name, 0, lr)
                if name == "full":
                    full[lr] = model
                if known(part="tuning", variant=name, lr=lr) is None:
                    keep(row_of("tuning", name, 0, model, lr=lr, validation=validated(model, 0)))
    for t in TEMPERATURES:
        if known(part="tuning", variant="distilled", temperature=t) is None:
            lr = chosen("small")["lr"]
            model = trained("small", 0, lr, full[chosen("full")["lr"]], t)
            found = {"lr": lr, "temperature": t, "validation": validated(model, 0)}
            keep(row_of("tuning", "distilled", 0, model, **found))


def chosen(name: str) -> dict[str, Any]:
    """The setting of ``name`` that validation prefers on the users of seed 0."""
    rows = [row for row in read_rows(FILE) if row["part"] == "tuning" and row["variant"] == name]
    if len(rows) < 2:
        raise SystemExit(f"{name}: run --part tuning first")
    return max(rows, key=lambda row: row["validation"]["NDCG@10"])


def report(seed: int) -> None:
    """All models of one seed beside the full one, and what is made of it."""
    split = split_of(seed)
    full = trained("full", seed, chosen("full")["lr"])
    models: dict[str, Model] = {"full": full}
    models |= {name: compressed(full, method, **options) for name, (method, options) in MADE.items()}
    for share in (0.5, 0.1):
        models[f"pruned {1 - share:.0%}, dense"] = with_table(full, lambda w, share=share: masked(w, share))
    for name in list(TRAINED)[1:]:
        models[name] = trained(name, seed, chosen(name)["lr"])
    student = chosen("distilled")
    models["distilled"] = trained("small", seed, student["lr"], full, student["temperature"])
    for of in ("small", "distilled"):
        models[f"{of}, int8"] = compressed(models[of], "int8")
    before, users = top_items(full, split.test, 10), {}
    floors = {
        kind.name: evaluate(kind(split.train_log), split.test, KS, with_coverage=False).metrics
        for kind in BASELINES.values()
    }
    for name, model in models.items():
        found = evaluate(model, split.test, KS, with_coverage=False)
        users[name] = np.asarray(found.per_user["NDCG@10"])
        if known(part="report", variant=name, seed=seed) is not None:
            continue
        gaps = {other: apart(users[name], users[other]) for other in ("full", "small") if other in users}
        keep(
            row_of(
                "report",
                name,
                seed,
                model,
                bytes=bytes_of(model),
                stored=len(
                    gzip.compress(save({k: v.contiguous() for k, v in model.state_dict().items()}), 6)
                ),
                kept=float(kept_top(before, top_items(model, split.test, 10)).mean()),
                test=found.metrics,
                against=gaps,
                floors=floors,
            )
        )


def apart(one: np.ndarray, other: np.ndarray) -> dict[str, float]:
    gap = one - other
    return {"difference": float(gap.mean()), "standard_error": float(gap.std(ddof=1) / len(gap) ** 0.5)}


def times(seed: int = 1) -> None:
    """One request at a time, and 64 at once, of models that need no training to be timed."""
    if known(part="times") is not None:
        return
    split = split_of(seed)
    torch.manual_seed(seed)
    sizes = {"dim": 64, "max_len": 40}
    full = build(recipe_settings("gru4rec", split.log.n_items, **sizes)).eval()
    with torch.no_grad():  # of the width that training gives, so that no number is denormal
        full.embedding.weight.normal_(0, 0.3)
    models = {name: compressed(full, method, **options) for name, (method, options) in MADE.items()}
    models = {"full": full, "pruned 90%, dense": with_table(full, lambda w: masked(w, 0.1)), **models}
    for name in list(TRAINED)[1:]:
        models[name] = build(
            recipe_settings("gru4rec", split.log.n_items, **{**sizes, **TRAINED[name]})
        ).eval()
    whole = dynamic(models["int8"])
    for size, count in ((1, 120), (64, 12)):
        batches = [split.test.batch.rows(slice(n, n + size)) for n in range(0, 60 * size, size)]
        batches = [batch for batch in batches if len(batch) == size]
        work = {
            name: (lambda n, model=model, batches=batches: model.score(batches[n % len(batches)]))
            for name, model in models.items()
        }
        states = torch.randn(size, 64)
        work["search alone, full"] = lambda n, states=states: states @ full.embedding.weight.T
        work["search alone, int8"] = lambda n, states=states: whole.scores(states)
        work["search alone, int8 product"] = lambda n, states=states: whole.dynamic_scores(states)
        with asked(nn.ModuleList(models.values())):
            spent = latencies(work, count, warm=3)
        base = percentile(spent["full"], 0.5)
        for name, values in spent.items():
            p50, p95 = percentile(values, 0.5), percentile(values, 0.95)
            told = {"batch": size, "calls": count, "p50": p50, "p95": p95, "ratio": p50 / base}
            keep(row_of("times", name, seed, models.get(name, full), **told))


def layers(seed: int = 1) -> None:
    """Linear layers alone, 64-256-64: ours, torch's own and torchao's, 8 rows at once."""
    if known(part="layers") is not None:
        return
    import copy
    import warnings

    from seqrec_lib.compress import quantise_layers

    torch.manual_seed(seed)
    plain = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 64)).eval()
    models = {
        "fp32": plain,
        **{f"ours, {way}": quantise_layers(plain, way) for way in ("weight-only", "dynamic")},
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        models["torch, dynamic"] = torch.ao.quantization.quantize_dynamic(copy.deepcopy(plain), {nn.Linear})
        from torchao.quantization import (
            Int8DynamicActivationInt8WeightConfig,
            Int8WeightOnlyConfig,
            quantize_,
        )

        for name, config in (
            ("torchao, weight-only", Int8WeightOnlyConfig()),
            ("torchao, dynamic", Int8DynamicActivationInt8WeightConfig()),
        ):
            models[name] = copy.deepcopy(plain)
            quantize_(models[name], config)
    x = torch.randn(8, 64)
    with torch.no_grad():
        right = plain(x)
        off = {
            name: float((model(x) - right).abs().max() / right.abs().max()) for name, model in models.items()
        }
        spent = latencies({name: (lambda n, m=model: m(x)) for name, model in models.items()}, 300)
    base = percentile(spent["fp32"], 0.5)
    for name, values in spent.items():
        p50, p95 = percentile(values, 0.5), percentile(values, 0.95)
        keep(
            {
                "part": "layers",
                "variant": name,
                "seed": seed,
                "batch": 8,
                "calls": 300,
                "p50": p50,
                "p95": p95,
                "ratio": p50 / base,
                "off": off[name],
                "device": "cpu",
                "versions": versions(),
                "command": f"python benchmarks/compression.py --part layers --seed {seed}",
                "commit": commit(),
            }
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=("tuning", "report", "times", "layers"), required=True)
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.part == "tuning":
        tune()
    elif given.part == "report":
        for one in REPORTED if given.seed is None else (given.seed,):
            report(one)
    else:
        {"times": times, "layers": layers}[given.part](*(() if given.seed is None else (given.seed,)))
