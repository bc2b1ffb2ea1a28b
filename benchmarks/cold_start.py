"""Items and users of whom little is known: what training, features and rules at serving bring.

`python benchmarks/cold_start.py --part NAME --world ads --seed S` adds the rows that are missing to
seqrec_lib/results/cold_start.json. One thread. Parts:

- ``items``: ids, text, and both, with ids hidden in training for several shares of the items; each model
  under several rules of serving; and lists that keep places for new items. The split is at the median
  moment, and each user who goes on is asked once. ``cold``: at most 5 training events.
- ``users``: users who come after training, with 0, 1, 2, 5, 10 and 20 events; the model that training gives,
  one that was never asked after fewer than five events, floors, and mixes of the model and popularity.
- ``tuning``: step sizes and the mix, on the users of seed 0; validation or the fresh users of seed 0 choose.

Rows that are reported are of seeds 1 to 3.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import torch
from rows import RESULTS, read_rows, write_rows

from seqrec_lib import evaluate
from seqrec_lib.data import leave_one_out, simulate, temporal_split
from seqrec_lib.data.batch import Cases
from seqrec_lib.data.splits import Split
from seqrec_lib.data.windows import ranking_cases
from seqrec_lib.data.worlds import OracleModel, World
from seqrec_lib.evaluation.by_count import by_count
from seqrec_lib.evaluation.metrics import ndcg, rank_counts
from seqrec_lib.experiments import train
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.models.baselines import BASELINES, item_counts
from seqrec_lib.models.cold_start import MixedWithPopularity, ReservedPlaces
from seqrec_lib.models.content import Content

FILE = RESULTS / "cold_start.json"
USERS, FRESH, MAX_LEN, COLD, SEEDS = 4000, 2000, 40, 5, (1, 2, 3)
HOW: dict[str, Any] = {
    "dim": 32, "layers": 1, "epochs": 8, "evaluate_every": 8, "batch_size": 64,
    "schedule": "cosine", "patience": 0, "precision": "fp32",
}  # fmt: skip
PARTS_OF: dict[str, dict[str, Any]] = {
    "ids": {"parts": "id", "hide_ids": 0.0},
    "text": {"parts": "text", "hide_ids": 0.0},
    **{
        f"both, {share:.0%} hidden": {"parts": "id+text", "hide_ids": share}
        for share in (0.0, 0.25, 0.5, 0.75)
    },
}
LADDER = (2e-3, 4e-3, 8e-3)
IDS_FROM = (1, 6, 51, 201)  # an item's id is read from so many training events on
EVERY = (2, 3, 5, 10)  # each place that the number divides is for a new item
EVENTS = (1, 2, 5, 10, 20)
KAPPAS = (0.3, 1.0, 3.0, 10.0)
LATE = 5  # events before which the model for long histories was never asked


def known(**wanted: object) -> bool:
    """Whether the file has a row whose fields equal ``wanted``."""
    return any(all(row.get(key) == value for key, value in wanted.items()) for row in read_rows(FILE))


def tuned(like: str, usual: float) -> float:
    """What was chosen on the users of seed 0 for ``like``."""
    rows = [row for row in read_rows(FILE) if row["part"] == "tuning" and row["like"] == like]
    return max(rows, key=lambda row: row["validation"]["NDCG@10"])["value"] if rows else usual


def add(part: str, variant: str, world: str, seed: int, split: Split, model: Any, **more: Any) -> None:
    """Add a row to the file, which is read again."""
    settings = model.settings.as_dict() if hasattr(model, "settings") else {}
    row = {
        "part": part, "variant": variant, "world": world, "seed": seed,
        "model": settings.get("model", variant), "protocol": split.protocol,
        "settings": {**settings, **HOW, **more.pop("how", {})},
        "data": {**split.log.describe(), **more.pop("data", {})},
        **more,
        "device": "cpu", "versions": versions(),
        "command": f"python benchmarks/cold_start.py --part {part} --world {world} --seed {seed}",
        "commit": commit(),
    }  # fmt: skip
    write_rows(FILE, [*read_rows(FILE), row])
    print(part, variant, world, seed, row.get("test", row.get("validation")), file=sys.stderr, flush=True)


@cache
def late_split(world: str, seed: int) -> tuple[World, Split]:
    """The users of one seed, divided at the median moment; one case a user."""
    made = simulate(world, users=USERS, seed=seed)
    log = made.heard
    assert log.times is not None  # a world's log has them
    return made, temporal_split(log, at=float(np.median(log.times)), target="random", max_len=MAX_LEN)


def figures(model: Any, split: Split, counts: torch.Tensor) -> dict[str, Any]:
    """Means over all cases, over warm and cold targets, and by how often training met the target."""
    found = evaluate(model, split.test, (10,), with_coverage=False)
    met = counts[split.test.target].numpy()
    values = found.values("NDCG@10")
    groups = {
        group.name: {"cases": group.cases, "NDCG@10": group.mean if group.cases else None}
        for group in by_count(values, met)
    }
    apart = {"warm": float(values[met > COLD].mean()), "cold": float(values[met <= COLD].mean())}
    return {**found.metrics, **apart, "groups": groups}


def trained(name: str, split: Split, seed: int, **changes: Any) -> tuple[Any, dict[str, Any]]:
    """``(model, {"how", "seconds"})``; seconds are those of the processor."""
    like = name if name in ("ids", "text") else "both"
    how = {**HOW, "join": "sum", "lr": tuned(like, 4e-3), **PARTS_OF[name], **changes}
    began = time.process_time()
    model = train("modal", split, seed=seed, device="cpu", progress=False, **how).model.eval()
    return model, {"how": how, "seconds": round(time.process_time() - began, 1)}


def items(world: str, seed: int) -> None:
    """Training, and then rules at serving."""
    made, split = late_split(world, seed)
    counts = item_counts(split.train_log)
    cold = counts <= COLD
    cold[0] = False
    data = {"cases": len(split.test), "cold items": int(cold.sum()),
            "cold cases": int(cold[split.test.target].sum())}  # fmt: skip
    if not known(part="items", variant="oracle", world=world, seed=seed):
        kinds = [*BASELINES.values(), Content]
        floors = {kind.name: figures(kind(split.train_log), split, counts) for kind in kinds}
        ceiling = figures(OracleModel(made), split, counts)
        add("items", "oracle", world, seed, split, None, data=data, test=ceiling, floors=floors)
    if all(
        known(part="items", variant=name, world=world, seed=seed) for name in (*PARTS_OF, "reserved places")
    ):
        return
    models = {}
    for name in PARTS_OF:
        models[name], more = trained(name, split, seed)
        if known(part="items", variant=name, world=world, seed=seed):
            continue
        test = figures(models[name], split, counts)
        rules = served(models[name], split, counts) if "id" in PARTS_OF[name]["parts"] else {}
        add("items", name, world, seed, split, models[name], data=data, test=test, rules=rules, **more)
    places = {
        str(every): figures(ReservedPlaces(models["ids"], models["text"], cold, every), split, counts)
        for every in EVERY
    }
    add("items", "reserved places", world, seed, split, None, data=data, test=places["5"], places=places)


def served(model: Any, split: Split, counts: torch.Tensor) -> dict[str, Any]:
    """The same weights, whose ids are read from so many events on, for every item, or for none."""
    usual, real = model.met.clone(), torch.arange(len(counts)) > 0
    rules = {f"from {least}": counts >= least for least in IDS_FROM}
    rules["always"] = counts >= 0  # a new item by the vector that it began with
    if model.readers:  # without its ids a model of ids has nothing
        rules["never"] = counts < 0
    found = {}
    for name, read in rules.items():
        model.met.copy_(read & real)
        found[name] = figures(model, split, counts)
    model.met.copy_(usual)
    return found


@cache
def fresh(world: str, seed: int) -> World:
    """Users of the same world whom training has not seen."""
    return simulate(world, users=FRESH, seed=1000 + seed)


def after(world: World, events: int, protocol: str) -> Cases:
    """Each fresh user's first ``events`` events, and the next one as target."""
    log = world.heard
    start = log.offsets[:-1][np.diff(log.offsets) > events]
    return ranking_cases(log, start, start + events, MAX_LEN, protocol)


def at_the_door(world: World, rank: torch.Tensor | None) -> float:
    """NDCG@10 of users' first items, by one ranking for everybody, or by the oracle where it is None."""
    log = world.heard
    assert log.times is not None  # a world's log has them
    target = torch.from_numpy(log.items[log.offsets[:-1]])
    asked = torch.from_numpy(log.times[log.offsets[:-1]])
    none = torch.zeros(len(target), 1)
    if rank is None:
        scores = world.oracle(none.long(), none.double(), torch.zeros(len(target), dtype=torch.long), asked)
    else:
        scores = rank.double().expand(len(target), -1)
    allowed = (torch.arange(scores.shape[1]) > 0).expand(len(target), -1)
    better, equal = rank_counts(scores, target, allowed=allowed)
    return float(ndcg(better, equal, 10).mean())


def first_items(split: Split) -> torch.Tensor:
    """``(V+1,)``: how often each item is the first of a training user."""
    log = split.train_log
    return torch.bincount(torch.from_numpy(log.items[log.offsets[:-1][np.diff(log.offsets) > 0]]),
                          minlength=log.n_items + 1)  # fmt: skip


def users(world: str, seed: int) -> None:
    """What may be shown to somebody with few events."""
    split = leave_one_out(simulate(world, users=USERS, seed=seed).heard, max_len=MAX_LEN)
    newcomers = fresh(world, seed)
    asked = {n: after(newcomers, n, split.protocol) for n in EVENTS}
    data = {"fresh users": FRESH, "cases": {str(n): len(cases) for n, cases in asked.items()}}

    def by_events(model: Any) -> dict[str, float]:
        return {
            str(n): evaluate(model, cases, (10,), with_coverage=False)["NDCG@10"]
            for n, cases in asked.items()
        }

    if not known(part="users", variant="oracle", world=world, seed=seed):
        counts, first = item_counts(split.train_log), first_items(split)
        floors = {kind.name: by_events(kind(split.train_log)) for kind in BASELINES.values()}
        door = {"popularity": at_the_door(newcomers, counts), "first items": at_the_door(newcomers, first)}
        ceiling = {"0": at_the_door(newcomers, None), **by_events(OracleModel(newcomers))}
        add("users", "oracle", world, seed, split, None, data=data, test=ceiling, floors=floors, door=door)
    for variant in ("all steps", "later steps alone"):
        if known(part="users", variant=variant, world=world, seed=seed):
            continue
        model, more = session_model(split, seed, late=variant != "all steps")
        counts = item_counts(split.train_log)
        mixed = {f"{kappa:g}": by_events(MixedWithPopularity(model, counts, kappa)) for kappa in KAPPAS}
        add(
            "users", variant, world, seed, split, model, data=data, test=by_events(model), mixed=mixed, **more
        )


def session_model(split: Split, seed: int, late: bool = False, **changes: Any) -> tuple[Any, dict[str, Any]]:
    """SASRec on the first so many events of a history; ``late``: never asked after fewer than five."""
    if late:
        assert split.train.targets is not None  # a training part has them
        targets = split.train.targets.clone()
        targets[:, : LATE - 1] = 0
        kept = targets.any(1)
        split = replace(
            split, train=replace(split.train, targets=targets, steps=None).rows(kept.nonzero()[:, 0])
        )
    how = {**HOW, "positions": "end", "lr": tuned("users", 8e-3), **changes}
    began = time.process_time()
    model = train("sasrec", split, seed=seed, device="cpu", progress=False, **how).model.eval()
    return model, {"how": how, "seconds": round(time.process_time() - began, 1)}


def tuning(world: str, seed: int) -> None:
    """Step sizes by validation, and the mix by fresh users of this seed."""
    if seed:
        raise SystemExit("settings are chosen on the users of seed 0: --seed 0")
    _, split = late_split(world, seed)
    for name, like in (("ids", "ids"), ("text", "text"), ("both, 50% hidden", "both")):
        for lr in LADDER:
            if known(part="tuning", variant=f"{like}, lr {lr:g}"):
                continue
            model, more = trained(name, split, seed, lr=lr)
            found = evaluate(model, split.validation, (10,), with_coverage=False).metrics
            add("tuning", f"{like}, lr {lr:g}", world, seed, split, model, like=like, value=lr,
                validation=found, **more)  # fmt: skip
    split = leave_one_out(simulate(world, users=USERS, seed=seed).heard, max_len=MAX_LEN)
    for lr in LADDER:
        if not known(part="tuning", variant=f"users, lr {lr:g}"):
            model, more = session_model(split, seed, lr=lr)
            found = evaluate(model, split.validation, (10,), with_coverage=False).metrics
            add("tuning", f"users, lr {lr:g}", world, seed, split, model, like="users", value=lr,
                validation=found, **more)  # fmt: skip
    if not known(part="tuning", variant=f"mix, kappa {KAPPAS[0]:g}"):
        model, more = session_model(split, seed)
        cases = [after(fresh(world, seed), n, split.protocol) for n in (1, 2)]
        for kappa in KAPPAS:
            mix = MixedWithPopularity(model, item_counts(split.train_log), kappa)
            each = [evaluate(mix, some, (10,), with_coverage=False)["NDCG@10"] for some in cases]
            add("tuning", f"mix, kappa {kappa:g}", world, seed, split, model, like="mix", value=kappa,
                validation={"NDCG@10": sum(each) / len(each)}, **more)  # fmt: skip


PARTS = {"tuning": tuning, "items": items, "users": users}

if __name__ == "__main__":
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=tuple(PARTS), required=True)
    parser.add_argument("--world", choices=("ads", "shop"), default="ads")
    parser.add_argument("--seed", type=int, choices=(0, *SEEDS), required=True)
    arguments = parser.parse_args()
    PARTS[arguments.part](arguments.world, arguments.seed)
