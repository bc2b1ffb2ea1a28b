"""Smaller models of a catalogue of 7,500 items: bytes, quality, lists, and times of one request.

`python benchmarks/compression.py --part NAME [--seed S]` adds the rows that are missing to
seqrec_lib/results/compression.json. One thread. Parts:

- ``why``: what the full model needs to pass its floor (users, steps, negatives), on the users of seed 0;
- ``tuning``: each model that is trained in three step sizes, and the student at two temperatures, on the
  users of seed 0; the best by validation is chosen;
- ``report``: each at its chosen setting on the users of seeds 1, 2 and 3, and all that is made of the trained
  full model afterwards; ``against`` is the paired difference in NDCG@10 to that model over the tested users.
  The trained models of seed 1 are kept in seqrec_lib/results/models;
- ``times``: what one request takes, as ratios to the full model in the same run; calls take turns;
- ``layers``: linear layers and a table of items alone: ours, PyTorch's and torchao's;
- ``large``: one full model of 100,000 items, and all that is made of it: bytes, quality and times.

All that is trained has the same users, steps and loss. ``bytes`` are those of all weights; ``stored`` is what
a file of them takes after gzip, which finds the zeros of a pruned table.
"""

from __future__ import annotations

import argparse
import copy
import gzip
import sys
import warnings
from dataclasses import replace
from functools import cache
from importlib import metadata
from typing import Any

import numpy as np
import torch
from rows import RESULTS, read_rows, write_rows
from safetensors.torch import save
from torch import nn

from seqrec_lib import evaluate, fit
from seqrec_lib.compress import (
    Int8Linear,
    bytes_of,
    committed,
    compressed,
    kept_top,
    quantise_layers,
    with_table,
)
from seqrec_lib.compress.kept_models import write_committed
from seqrec_lib.compress.measuring import latencies, percentile, top_items
from seqrec_lib.compress.tables import dynamic, masked
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.batch import Cases
from seqrec_lib.data.splits import Split
from seqrec_lib.evaluation.asking import asked
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.losses.distil import Distilled
from seqrec_lib.losses.named import named_loss, with_popularity
from seqrec_lib.models import Model, build, recipe_settings
from seqrec_lib.models.baselines import BASELINES
from seqrec_lib.models.recommender import Recommender

FILE = RESULTS / "compression.json"
KS = (1, 5, 10, 20)
WORLD = {"series": 500, "films": 2000}
USERS, WATCHED, TESTED = 4000, 1000, 2000
HOW = {"batch_size": 32, "weight_decay": 1e-2, "schedule": "cosine", "patience": 0, "epochs": 4}
LOSS = "in-batch:uniform=300"
REPORTED = (1, 2, 3)
RATES = (0.01, 0.02, 0.04)
# What the full model may have lacked: name, then users, epochs, dropout and loss.
ASKED: dict[str, tuple[int, int, float, str]] = {
    "few users": (1000, 4, 0.1, "in-batch"),
    "few users, as many steps": (1000, 16, 0.1, "in-batch"),
    "few users, dropout and uniform negatives": (1000, 4, 0.3, LOSS),
    "users": (4000, 4, 0.1, "in-batch"),
    "users, dropout": (4000, 4, 0.3, "in-batch"),
    "users, dropout and uniform negatives": (4000, 4, 0.3, LOSS),
}
LARGE = {"users": 30000, "epochs": 2, "tested": 1000}
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
def split_of(seed: int, users: int = USERS, whole: bool = False) -> Split:
    """The split of one seed; ``whole``: of the catalogue of 100,000 items."""
    world = simulate("large", users=users, seed=seed, **({} if whole else WORLD))
    split = leave_one_out(world, max_len=40)
    watched = split.validation.rows(slice(0, min(WATCHED, users)))
    tested = split.test.rows(slice(0, LARGE["tested"] if whole else min(TESTED, users)))
    return replace(split, validation=watched, test=tested)


def trained(
    name: str,
    split: Split,
    seed: int,
    lr: float,
    teacher: Model | None = None,
    temperature: float = 1.0,
    epochs: int = HOW["epochs"],
    dropout: float = 0.3,
    loss: str = LOSS,
) -> Model:
    """One model; with a ``teacher``, the small one that learns from it too."""
    torch.manual_seed(seed)
    sizes = {"dim": 64, "max_len": 40, "dropout": dropout, **TRAINED[name]}
    model = build(recipe_settings("gru4rec", split.log.n_items, **sizes))
    given: dict[str, Any] = {"loss": loss}
    if teacher is not None:
        besides = with_popularity(named_loss(loss), split)
        given = {"objective": Distilled(teacher, besides, temperature=temperature)}
    how = {**HOW, "lr": lr, "epochs": epochs, "evaluate_every": epochs}
    fit(model, split, seed=seed, progress=False, device="cpu", **given, **how)
    return model.eval()


def validated(model: Recommender, split: Split) -> dict[str, float]:
    return evaluate(model, split.validation, KS, with_coverage=False).metrics


def floors_of(split: Split, cases: Cases) -> dict[str, dict[str, float]]:
    return {
        kind.name: evaluate(kind(split.train_log), cases, KS, with_coverage=False).metrics
        for kind in BASELINES.values()
    }


def row_of(part: str, variant: str, split: Split, seed: int, model: Model, **more: Any) -> dict[str, Any]:
    return {
        "part": part,
        "variant": variant,
        "model": "gru4rec",
        "seed": seed,
        "world": "large",
        "users": split.log.n_users,
        "items": split.log.n_items,
        "protocol": split.protocol,
        "events": len(split.train_log),
        "settings": {**model.settings.as_dict(), **HOW, "loss": LOSS},
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


def why(seed: int = 0) -> None:
    """The full model with few or many users and so on, in the two larger step sizes: which it lacked."""
    for name, (users, epochs, dropout, loss) in ASKED.items():
        split = split_of(seed, users)
        floors = floors_of(split, split.validation)
        for lr in RATES[1:]:
            if known(part="why", variant=name, lr=lr) is not None:
                continue
            model = trained("full", split, seed, lr, epochs=epochs, dropout=dropout, loss=loss)
            told = {"lr": lr, "validation": validated(model, split), "floors": floors}
            row = row_of("why", name, split, seed, model, **told)
            keep({**row, "settings": {**row["settings"], "epochs": epochs, "loss": loss}})


def tune(seed: int = 0) -> None:
    """Each in every step size; then the student at the small model's step size, in two temperatures."""
    split = split_of(seed)
    for name in TRAINED:
        for lr in RATES:
            if known(part="tuning", variant=name, lr=lr) is None:
                model = trained(name, split, seed, lr)
                keep(row_of("tuning", name, split, seed, model, lr=lr, validation=validated(model, split)))
    missing = [t for t in TEMPERATURES if known(part="tuning", variant="distilled", temperature=t) is None]
    teacher = trained("full", split, seed, chosen("full")["lr"]) if missing else None
    for t in missing:
        lr = chosen("small")["lr"]
        model = trained("small", split, seed, lr, teacher, t)
        found = {"lr": lr, "temperature": t, "validation": validated(model, split)}
        keep(row_of("tuning", "distilled", split, seed, model, **found))


def chosen(name: str) -> dict[str, Any]:
    """The setting of ``name`` that validation prefers on the users of seed 0."""
    rows = [row for row in read_rows(FILE) if row["part"] == "tuning" and row["variant"] == name]
    if len(rows) < 2:
        raise SystemExit(f"{name}: run --part tuning first")
    return max(rows, key=lambda row: row["validation"]["NDCG@10"])


def report(seed: int) -> None:
    """All models of one seed beside the full one, and what is made of it."""
    if known(part="report", variant="distilled, int8", seed=seed) is not None:  # the last row of a seed
        return
    split = split_of(seed)
    full = trained("full", split, seed, chosen("full")["lr"])
    own = {name: trained(name, split, seed, chosen(name)["lr"]) for name in list(TRAINED)[1:]}
    student = chosen("distilled")
    own["distilled"] = trained("small", split, seed, student["lr"], full, student["temperature"])
    if seed == REPORTED[0]:
        for name, model in {"full": full, **own}.items():
            write_committed(model, file_of(name))
        full, own = committed("full"), {name: committed(file_of(name)) for name in own}  # as they are read
    # The control of kept lists: another start and another order of batches, and nothing else.
    again = trained("full", split, seed + 100, chosen("full")["lr"])
    models: dict[str, Model] = {"full": full, "full, again": again, **made_of(full), **own}
    for of in ("small", "distilled"):
        models[f"{of}, int8"] = compressed(models[of], "int8")
    reported("report", models, split, seed)


def file_of(name: str) -> str:
    return name.replace(", ", "-")


def made_of(full: Model) -> dict[str, Model]:
    """All that is made of the trained full model: each method, and the masks of zeros that save nothing."""
    models = {name: compressed(full, method, **options) for name, (method, options) in MADE.items()}
    for share in (0.5, 0.1):
        models[f"pruned {1 - share:.0%}, dense"] = with_table(full, lambda w, share=share: masked(w, share))
    return models


def reported(
    part: str, models: dict[str, Model], split: Split, seed: int, epochs: int = HOW["epochs"], **more: Any
) -> None:
    """A row for each of ``models``, whose first is the full one: bytes, quality, kept lists, paired gaps."""
    before, users = top_items(models["full"], split.test, 10), {}
    floors = floors_of(split, split.test)
    for name, model in models.items():
        found = evaluate(model, split.test, KS, with_coverage=False)
        users[name] = np.asarray(found.per_user["NDCG@10"])
        if known(part=part, variant=name, seed=seed) is not None:
            continue
        gaps = {other: apart(users[name], users[other]) for other in ("full", "small") if other in users}
        file = save({k: v.contiguous() for k, v in model.state_dict().items()})
        row = row_of(
            part,
            name,
            split,
            seed,
            model,
            bytes=bytes_of(model),
            stored=len(gzip.compress(file, 6)),
            kept=float(kept_top(before, top_items(model, split.test, 10)).mean()),
            test=found.metrics,
            against=gaps,
            floors=floors,
            **{key: value[name] for key, value in more.items() if name in value},
        )
        keep({**row, "settings": {**row["settings"], "epochs": epochs}})


def large(seed: int = 1) -> None:
    """100,000 items: one full model, all that is made of it, and what one request takes."""
    split = split_of(seed, LARGE["users"], True)
    full = trained("full", split, seed, chosen("full")["lr"], epochs=LARGE["epochs"])
    models = {"full": full, **made_of(full)}
    batches = [split.test.batch.rows(slice(n, n + 1)) for n in range(60)]
    work = {name: (lambda n, m=m: m.score(batches[n % len(batches)])) for name, m in models.items()}
    with asked(nn.ModuleList(models.values())):
        spent = latencies(work, 60, warm=3)
    p50, p95 = ({name: percentile(each, q) for name, each in spent.items()} for q in (0.5, 0.95))
    reported("large", models, split, seed, LARGE["epochs"], p50=p50, p95=p95)


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
            keep(row_of("times", name, split, seed, models.get(name, full), **told))


def layers(seed: int = 1) -> None:
    """Linear layers 64-256-64 with 8 rows at once, and a table of items asked by one state.

    Ours, PyTorch's own and torchao's. torchao is given the table as the layer that scores.
    """
    torch.manual_seed(seed)
    plain = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 64)).eval()
    head = nn.Linear(64, 7501, bias=False).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        models: dict[str, nn.Module] = {"fp32": plain, **ours(plain), **others(plain)}
        models["torch, dynamic"] = torch.ao.quantization.quantize_dynamic(copy.deepcopy(plain), {nn.Linear})
        compared("layers", models, torch.randn(8, 64), seed)
        compared("table", {"fp32": head, **ours(head), **others(head)}, torch.randn(1, 64), seed)


def ours(model: nn.Module) -> dict[str, nn.Module]:
    ways = ("weight-only", "dynamic")
    if isinstance(model, nn.Linear):
        return {f"ours, {way}": Int8Linear(model, way) for way in ways}
    return {f"ours, {way}": quantise_layers(model, way) for way in ways}


def others(model: nn.Module) -> dict[str, nn.Module]:
    """What torchao makes of copies of ``model``."""
    from torchao.quantization import (
        Int8DynamicActivationInt8WeightConfig,
        Int8WeightOnlyConfig,
        IntxWeightOnlyConfig,
        quantize_,
    )

    found = {}
    for name, config in (
        ("torchao, weight-only", Int8WeightOnlyConfig()),
        ("torchao, dynamic", Int8DynamicActivationInt8WeightConfig()),
        ("torchao, int4", IntxWeightOnlyConfig(weight_dtype=torch.int4)),
    ):
        found[name] = copy.deepcopy(model)
        quantize_(found[name], config)
    return found


def compared(part: str, models: dict[str, nn.Module], x: torch.Tensor, seed: int) -> None:
    """A row for each of ``models``: how far off ``x`` comes out, and how long that takes."""
    with torch.no_grad():
        right = models["fp32"](x)
        off = {name: float((m(x) - right).norm() / right.norm()) for name, m in models.items()}
        spent = latencies({name: (lambda n, m=m: m(x)) for name, m in models.items()}, 300)
    base = percentile(spent["fp32"], 0.5)
    for name, values in spent.items():
        if known(part=part, variant=name) is not None:
            continue
        p50, p95 = percentile(values, 0.5), percentile(values, 0.95)
        keep(
            {
                "part": part,
                "variant": name,
                "seed": seed,
                "batch": len(x),
                "calls": 300,
                "p50": p50,
                "p95": p95,
                "ratio": p50 / base,
                "off": off[name],
                "bytes": sum(stored_bytes(each) for each in models[name].state_dict().values()),
                "device": "cpu",
                "versions": {**versions(), "torchao": metadata.version("torchao")},
                "command": f"python benchmarks/compression.py --part layers --seed {seed}",
                "commit": commit(),
            }
        )


def stored_bytes(value: Any) -> int:
    """Bytes of one entry of a state, which may be a tensor of tensors or a packed pair."""
    if isinstance(value, tuple | list):
        return sum(stored_bytes(each) for each in value)
    if not isinstance(value, torch.Tensor):
        return 0
    if value.is_quantized:
        return value.numel() * value.element_size()
    if hasattr(value, "tensor_data_names"):
        names = [*value.tensor_data_names, *getattr(value, "optional_tensor_data_names", [])]
        return sum(stored_bytes(getattr(value, name)) for name in names)
    return value.numel() * value.element_size()


PARTS = {"why": why, "tuning": tune, "report": report, "times": times, "layers": layers, "large": large}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    torch.set_num_threads(1)
    for one in REPORTED if given.part == "report" and given.seed is None else (given.seed,):
        PARTS[given.part](*(() if one is None else (one,)))
