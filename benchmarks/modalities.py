"""Items by ids, by what is known of them, and by semantic ids, on `ads` and `shop` where items arrive late.

`python benchmarks/modalities.py --part NAME [--world ads] [--seed S]` adds the rows that are missing to
seqrec_lib/results/modalities.json. One thread. Parts:

- ``parts``: each part of items alone, all of them together, and semantic ids, with the same Transformer;
- ``loss``: full cross-entropy over the catalogue against a softmax among what was on sale;
- ``transfer``: UniSRec by text alone, trained on the other world first or not, on few users and on none;
- ``tuning``: three models at several step sizes, on the users of seed 0; validation chooses;
- ``films``: MovieLens-100K by titles and genres; only figures are kept, never data.

The split is at the median moment; each user who goes on after it is asked once, for an event drawn at random.
An item is cold that the training part met at most 5 times. ``warm`` and ``cold`` are NDCG@10 over the
targets of each kind, among the same candidates. Settings were chosen on the users of seed 0; rows are
seeds 1 to 3.
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
from seqrec_lib.data import read_interactions, simulate, temporal_split
from seqrec_lib.data.splits import Split
from seqrec_lib.data.worlds import OracleModel, World
from seqrec_lib.encoders.quantise import code_entropy, collisions, dead_codes
from seqrec_lib.experiments import train
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.models import build
from seqrec_lib.models.baselines import BASELINES
from seqrec_lib.models.content import Content

FILE = RESULTS / "modalities.json"
USERS, MAX_LEN, COLD, SEEDS = 4000, 40, 5, (1, 2, 3)
HOW: dict[str, Any] = {
    "dim": 32, "layers": 1, "epochs": 8, "evaluate_every": 8, "batch_size": 64, "lr": 4e-3,
    "schedule": "cosine", "patience": 0, "precision": "fp32",
}  # fmt: skip
ALONE: dict[str, Any] = {"hide_ids": 0.0, "join": "sum"}
EVERY = "id+category+text+price+image+speech"
# The name of each model in the text, its recipe, and what differs. Beside other parts, the recipe hides ids
# half of the time.
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "id": ("modal", {"parts": "id", **ALONE}),
    "text": ("modal", {"parts": "text", **ALONE}),
    "image": ("modal", {"parts": "image", **ALONE}),
    "speech": ("modal", {"parts": "speech", **ALONE}),
    "text, whitened": ("modal", {"parts": "text", **ALONE, "whiten": "zca"}),
    "text, experts": ("unisrec", {"parts": "text"}),
    "id + text": ("modal", {"parts": "id+text", "join": "sum"}),
    "id + text, ids never hidden": ("modal", {"parts": "id+text", "join": "sum", "hide_ids": 0.0}),
    "all but ids": ("modal", {"parts": EVERY.removeprefix("id+"), **ALONE}),
    "all, sum": ("modal", {"parts": EVERY, "join": "sum"}),
    "all, gate": ("modal", {"parts": EVERY, "join": "gate"}),
    "all, attention": ("modal", {"parts": EVERY, "join": "attention"}),
    "semantic ids": ("semantic-ids", {"parts": "text"}),
    "semantic ids by number": ("semantic-ids", {"parts": "text", "codes_by": "number"}),
    "semantic ids at random": ("semantic-ids", {"parts": "text", "codes_by": "random"}),
}
JOINED = ("id + text", "id + text, ids never hidden", "all, sum", "all, gate", "all, attention")
IN_SHOP = ("id", "text", "image", "speech", "id + text", "all, attention", "semantic ids")
TUNED, LADDER = ("id", "text", "id + text"), (2e-3, 4e-3, 8e-3)


@cache
def world_of(name: str, seed: int, users: int = USERS) -> World:
    """The users of one seed."""
    return simulate(name, users=users, seed=seed)


@cache
def split_of(name: str, seed: int, users: int = USERS) -> Split:
    """At the median moment; one case a user."""
    log = world_of(name, seed, users).heard
    return temporal_split(log, at=float(np.median(log.times)), target="random", max_len=MAX_LEN)


def cold_items(split: Split) -> torch.Tensor:
    """``(V+1,)`` bool: met at most COLD times in the training part."""
    count = np.bincount(split.train_log.items, minlength=split.log.n_items + 1)
    found = torch.from_numpy(count <= COLD)
    found[0] = False
    return found


def figures(model: Any, split: Split) -> dict[str, Any]:
    """``test``: of all cases and of warm and cold targets apart; and how high cold items stand."""
    cold = cold_items(split)[split.test.target]
    of = {"all": split.test, "warm": split.test.rows(~cold), "cold": split.test.rows(cold)}
    found = {name: evaluate(model, cases, (10,), with_coverage=False).metrics for name, cases in of.items()}
    return {**found["all"], "warm": found["warm"]["NDCG@10"], "cold": found["cold"]["NDCG@10"]}


@torch.no_grad()
def mean_place(model: Any, split: Split) -> float:
    """The mean share of the catalogue that stands above an item that training never met."""
    unmet = np.bincount(split.train_log.items, minlength=split.log.n_items + 1) == 0
    unmet[0] = False
    scores = model.score(split.test.batch.rows(slice(0, 500)))[:, 1:]
    order = scores.argsort(1, descending=True).argsort(1).double() / (scores.shape[1] - 1)
    return float(order[:, torch.from_numpy(unmet[1:])].mean())


def limits(world: World, split: Split) -> dict[str, Any]:
    """Floors, and the oracle's figures."""
    kinds = [*BASELINES.values(), Content]
    floors = {kind.name: figures(kind(split.train_log), split) for kind in kinds}
    return {"floors": floors, "ceiling": figures(OracleModel(world), split)}


def row_of(
    part: str,
    variant: str,
    world: str,
    seed: int,
    split: Split,
    model: Any,
    of: dict[str, Any] | None = None,
    **more: Any,
) -> None:
    """Add a row to the file, which is read again: another part may have written."""
    cold = cold_items(split)
    of_world = () if part == "films" else ("--world", world)
    part_made = {"limits": "parts"}.get(part, part)  # the command that makes it
    row = {
        "part": part,
        "variant": variant,
        "world": world,
        "seed": seed,
        "model": model.settings.model if hasattr(model, "settings") else variant,
        "protocol": split.protocol,
        "settings": {
            **(model.settings.as_dict() if hasattr(model, "settings") else {}),
            **HOW,
            "lr": lr_of(variant),
            **(of or {}),
        },
        "data": {
            **split.log.describe(),
            "cases": len(split.test),
            "cold items": int(cold.sum()),
            "cold cases": int(cold[split.test.target].sum()),
        },
        "test": figures(model, split),
        **more,
        "device": "cpu",
        "versions": versions(),
        "command": " ".join(
            ("python benchmarks/modalities.py --part", part_made, *of_world, "--seed", str(seed))
        ),
        "commit": commit(),
    }
    write_rows(FILE, [*read_rows(FILE), row])
    told = (part, variant, world, seed, row["test"]["warm"], row["test"]["cold"])
    print(*told, file=sys.stderr, flush=True)


def known(**wanted: object) -> bool:
    """Whether the file has a row whose fields equal ``wanted``."""
    return any(all(row.get(key) == value for key, value in wanted.items()) for row in read_rows(FILE))


def lr_of(name: str) -> float:
    """The step size that validation chose on the users of seed 0, for the model or for its like."""
    like = "id" if name == "id" else "id + text" if name in JOINED else "text"
    rows = [
        row for row in read_rows(FILE) if row["part"] == "tuning" and row["variant"].startswith(f"{like}, lr")
    ]
    return max(rows, key=lambda row: row["validation"]["NDCG@10"])["lr"] if rows else HOW["lr"]


def trained(name: str, split: Split, seed: int, **changes: Any) -> tuple[Any, float]:
    """``(model, seconds of the processor)``."""
    recipe, settings = MODELS[name]
    began = time.process_time()
    run = train(
        recipe,
        split,
        seed=seed,
        device="cpu",
        progress=False,
        **{**HOW, "lr": lr_of(name), **settings, **changes},
    )
    return run.model.eval(), round(time.process_time() - began, 1)


def without(model: Any, gone: str) -> Any:
    """The model as it is when the part called ``gone`` is known for no item."""
    other = build(model.settings)
    other.load_state_dict(model.state_dict())
    if gone == "id":
        other.met.zero_()
    else:
        getattr(other, f"known_{gone}").zero_()
    return other.eval()


def parts(world: str, seed: int) -> None:
    """Each model; and the joined ones asked again without their ids and without their text."""
    split = split_of(world, seed)
    if not known(part="limits", world=world, seed=seed):
        found = limits(world_of(world, seed), split)
        row_of("limits", "oracle", world, seed, split, OracleModel(world_of(world, seed)), **found)
    names = tuple(MODELS) if world == "ads" else IN_SHOP
    for name in names:
        if known(part="parts", variant=name, world=world, seed=seed):
            continue
        model, seconds = trained(name, split, seed)
        more: dict[str, Any] = {"seconds": seconds, "mean_place": mean_place(model, split)}
        if name in JOINED:
            gone = ("id", "text", "image", "speech") if name.startswith("all") else ("id", "text")
            more["gone"] = {each: figures(without(model, each), split) for each in gone}
        if name.startswith("semantic"):
            more |= of_codes(model, split)
        row_of("parts", name, world, seed, split, model, **more)


def of_codes(model: Any, split: Split) -> dict[str, Any]:
    """What the codes are like, and how far a beam comes beside the exact ranking."""
    codes = model.codes[1:, :-1]
    batch = split.test.batch.rows(slice(0, 300))
    exact = model.score(batch).topk(10).indices
    beams = {}
    for width in (10, 20, 50):
        found, _ = model.beam(batch, width)
        same = (exact[:, :, None] == found[:, None, :10]).any(2)
        free, _ = model.beam(batch, width, constrained=False)
        beams[str(width)] = {
            "found": float(same.double().mean()),
            "invalid": float((free == 0).double().mean()),
        }
    return {
        "codes": {
            "collisions": collisions(codes),
            "dead": dead_codes(codes, model.sizes[:-1]),
            "bits": code_entropy(codes),
        },
        "beams": beams,
    }


def losses(world: str, seed: int) -> None:
    """Full cross-entropy, beside the rows of ``parts``, which have ``on-sale``."""
    for name in ("id", "text", "id + text"):
        if not known(part="loss", variant=name, world=world, seed=seed):
            split = split_of(world, seed)
            model, seconds = trained(name, split, seed, loss="ce")
            row_of(
                "loss", name, world, seed, split, model, seconds=seconds, mean_place=mean_place(model, split)
            )


FEW = 400


AS_LONG, LONG = (
    "from scratch, for as many steps",
    88,
)  # epochs: some 250 steps in the other world, and 24 here


def transfer(world: str, seed: int) -> None:
    """UniSRec by text, from the other world to FEW users of this one."""
    other = {"ads": "shop", "shop": "ads"}[world]
    split, small = split_of(world, seed), fewer(split_of(world, seed), FEW)
    ways = ("from the other world, no training", "from the other world", "from scratch", "ids from scratch")
    if all(known(part="transfer", variant=way, world=world, seed=seed) for way in ways):
        if not known(part="transfer", variant=AS_LONG, world=world, seed=seed):
            # The carried model took steps in the other world too: here they are taken on the few users.
            model, _ = trained("text, experts", small, seed, epochs=LONG, evaluate_every=LONG)
            row_of("transfer", AS_LONG, world, seed, split, model, users=FEW)
        return
    begun, _ = trained("text, experts", split_of(other, seed), seed)
    carried = moved(begun, split)
    row_of("transfer", ways[0], world, seed, split, carried, users=0)
    from seqrec_lib.training import fit

    how = {
        **{key: value for key, value in HOW.items() if key not in ("dim", "layers")},
        "lr": lr_of("text, experts"),
    }
    fit(carried, small, loss="on-sale", negatives=3000, seed=seed, device="cpu", progress=False, **how)
    row_of("transfer", ways[1], world, seed, split, carried.eval(), users=FEW)
    for way, name in ((ways[2], "text, experts"), (ways[3], "id")):
        model, _ = trained(name, small, seed)
        row_of("transfer", way, world, seed, split, model, users=FEW)


def fewer(split: Split, users: int) -> Split:
    """``split`` with the training rows of its first ``users`` users alone."""
    assert split.train.users is not None  # a split's rows have them
    few = split.train.users < users
    kept = split.train_log.take(split.train_log.users < users)
    return replace(split, train=split.train.rows(few.nonzero()[:, 0]), train_log=kept)


def moved(model: Any, split: Split) -> Any:
    """``model`` for the items of ``split``: its weights, with what is known of these items."""
    settings = replace(model.settings, n_items=split.log.n_items)
    other = build(settings)
    weights = model.state_dict()
    own = other.state_dict()
    of_items = {name for name in own if name.startswith(("values_", "known_")) or name == "met"}
    other.load_state_dict({**{n: v for n, v in weights.items() if n not in of_items},
                           **{n: own[n] for n in of_items}})  # fmt: skip
    other.read_items(split.log, split.train_log)
    return other.eval()


def tuning(world: str, seed: int) -> None:
    """Step sizes, on the users of seed 0."""
    split = split_of(world, seed)
    for name in TUNED:
        for lr in LADDER:
            variant = f"{name}, lr {lr:g}"
            if known(part="tuning", variant=variant, world=world, seed=seed):
                continue
            model, seconds = trained(name, split, seed, lr=lr)
            validation = evaluate(model, split.validation, (10,), with_coverage=False).metrics
            row_of(
                "tuning",
                variant,
                world,
                seed,
                split,
                model,
                of={"lr": lr},
                validation=validation,
                lr=lr,
                seconds=seconds,
            )


FILMS = {
    "id": ("modal", {"parts": "id", **ALONE}),
    "title and genres": ("modal", {"parts": "title+genres", **ALONE}),
    "id, title and genres": ("modal", {"parts": "id+title+genres", "join": "sum"}),
}


def films(source: str, seed: int) -> None:
    """MovieLens-100K: titles and genres are all that is known of films. Only figures are kept."""
    log = read_interactions(source)
    split = temporal_split(
        log, at=float(np.median(log.times)), target="random", max_len=MAX_LEN, windows=True, seed=seed
    )
    kinds = [*BASELINES.values(), Content]
    for name, (recipe, settings) in FILMS.items():
        if known(part="films", variant=name, seed=seed):
            continue
        how = {**HOW, "lr": lr_of("id" if name == "id" else "id + text"), **settings}
        began = time.process_time()
        model = train(recipe, split, seed=seed, device="cpu", progress=False, **how).model.eval()
        seconds = round(time.process_time() - began, 1)
        floors = {kind.name: figures(kind(split.train_log), split) for kind in kinds}
        row_of("films", name, "ml-100k", seed, split, model, of=how, floors=floors, seconds=seconds)


PARTS = {"tuning": tuning, "parts": parts, "loss": losses, "transfer": transfer}

if __name__ == "__main__":
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=(*PARTS, "films"), required=True)
    parser.add_argument("--world", choices=("ads", "shop"), default="ads")
    parser.add_argument("--seed", type=int, choices=(0, *SEEDS))
    parser.add_argument("--films", default="ml-100k", help="where MovieLens-100K is, for the part `films`")
    arguments = parser.parse_args()
    for seed in SEEDS if arguments.seed is None else (arguments.seed,):
        if arguments.part == "films":
            films(arguments.films, seed)
        else:
            PARTS[arguments.part](arguments.world, seed)
