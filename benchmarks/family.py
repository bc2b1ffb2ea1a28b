"""The forms of attention of chapter 6, each beside a control, over three seeds.

`python benchmarks/family.py --part NAME [--seed S]` adds the rows that are missing to
seqrec_lib/results/family.json. Parts:

- ``targets``: DIN on the slates of the world `ads`: who weighs the history, with and without softmax;
- ``heads``: one head or two in one block of SASRec on `video`, and their weight on causes of each kind;
- ``relative``: forms of position, trained on the newest 20 items, asked with 20 and with all;
- ``levels``: two levels or one on `music` and on `video`, and sessions cut at the wrong places;
- ``bi``: directions of bi-attention on `video`, and on a world of succession and popularity alone;
- ``cost``: seconds and bytes of each form against the length of the history.

Within a part all variants have the same data, the same number of steps and the same step size.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import torch
from family_clicks import FORMS, click_row
from family_costs import cost_rows
from rows import RESULTS, read_rows, write_rows

from seqrec_lib import evaluate, fit
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.interactions import Interactions
from seqrec_lib.data.splits import Split
from seqrec_lib.data.worlds import World, WorldSettings
from seqrec_lib.evaluation import paired_difference
from seqrec_lib.evaluation.causes import last_weights
from seqrec_lib.experiments.measure import measure_ceiling, measure_floors
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.models import build, recipe_settings

KS = (1, 5, 10, 20)
TRAINING = {"batch_size": 32, "weight_decay": 1e-2, "schedule": "cosine", "patience": 0}
SHORT = 20  # how many items the rows of the part ``relative`` keep in training
LEVELS: dict[str, dict[str, object]] = {"two levels": {}, "one level": {"levels": 1}, "cut elsewhere": {}}
PARTS = ("targets", "heads", "relative", "levels", "bi", "cost")


@cache
def world_of(name: str) -> World:
    """The users that a part reports on (seed 1); ``succession`` is `video` without triggers and taste."""
    if name == "succession":
        only = WorldSettings(name="succession", users=3000, seed=1, trigger=0.0, taste=0.02, popularity=1.0)
        return World(only)
    return simulate(name, users=4000 if name == "video" else 3000, seed=1)


@cache
def split_of(name: str, elsewhere: bool = False) -> Split:
    """Leave-one-out of the world's log; ``elsewhere``: each user's pauses stand in another order."""
    world = world_of(name)
    log = pauses_moved(world.log) if elsewhere else world.log
    return leave_one_out(log, max_len=50)


def pauses_moved(log: Interactions) -> Interactions:
    """The same items in the same order; the gaps between them come in a random order for each user."""
    assert log.times is not None  # worlds have times
    rng, times = np.random.default_rng(6), log.times.copy()
    for start, stop in zip(log.offsets, log.offsets[1:], strict=False):
        gaps = rng.permutation(np.diff(times[start:stop]))
        times[start + 1 : stop] = times[start] + gaps.cumsum()
    return replace(log, times=times)


@cache
def limits_of(name: str) -> dict:
    """Floors and ceiling on the test users, from the world's own times."""
    split = split_of(name)
    return {
        "floors": measure_floors(split, KS),
        "ceiling": measure_ceiling(world_of(name), split, KS)[0],
        "data": split.log.describe(),
    }


def trained(recipe: str, split: Split, seed: int, epochs: int, lr: float, **changes: object):
    """``(model, settings for the row)``: the recipe with ``changes``, trained on ``split``."""
    torch.manual_seed(seed)
    settings = recipe_settings(recipe, split.log.n_items, max_len=50, **changes)
    model = build(settings)
    fit(model, split, seed=seed, epochs=epochs, lr=lr, progress=False, device="cpu", **TRAINING)
    return model, {**settings.as_dict(), **TRAINING, "epochs": epochs, "lr": lr}


def ranking_row(part: str, variant: str, recipe: str, seed: int, world: str, split: Split,
                more: Callable | None = None, epochs: int = 6, lr: float = 4e-3,
                **changes) -> dict:  # fmt: skip
    """Train, measure on validation and test, and let ``more(model)`` add fields."""
    model, settings = trained(recipe, split, seed, epochs, lr, **changes)
    return {
        "part": part,
        "variant": variant,
        "world": world,
        "model": recipe,
        "seed": seed,
        "protocol": split.protocol,
        "settings": settings,
        "validation": evaluate(model, split.validation, KS, with_coverage=False).metrics,
        "test": evaluate(model, split.test, KS, with_coverage=False).metrics,
        **limits_of(world),
        **({} if more is None else more(model)),
    }


def heads_row(seed: int, heads: int) -> dict:
    """One block, so that a weight belongs to an item and not to a state that has read others."""
    split = split_of("video")
    return ranking_row(
        "heads", f"{heads} head{'s' if heads > 1 else ''}", "sasrec", seed, "video", split,
        weight_on_causes, lr=6e-3, layers=1, heads=heads, positions="distance", dropout=0.0,
    )  # fmt: skip


def weight_on_causes(model) -> dict:
    """Mean weight of each head on the cause, where it is beyond doubt: the last item, or one further back."""
    some = split_of("video").test.rows(slice(0, 1500))
    share, cause = world_of("video").cause_posterior(some.batch, some.target)[:, :-1].max(1)
    weights = last_weights(model, some.batch)  # (N, H, T)
    on_cause = weights[torch.arange(len(cause)), :, cause]  # (N, H)
    last = cause == some.batch.lengths - 1
    kinds = {"succession": (share >= 0.9) & last, "trigger": (share >= 0.9) & ~last}
    return {
        "on_cause": {kind: on_cause[rows].mean(0).tolist() for kind, rows in kinds.items()},
        "cases": {kind: int(rows.sum()) for kind, rows in kinds.items()},
    }


def relative_row(seed: int, positions: str) -> dict:
    """Trained on rows of the newest 20 items; asked with 20, and with the whole history."""
    world = world_of("video")
    short = leave_one_out(world, max_len=SHORT)

    def asked_long(model) -> dict:
        long = evaluate(model, split_of("video").test, KS, with_coverage=False)
        near = evaluate(model, short.test, KS, with_coverage=False)
        apart = paired_difference(long, near, "NDCG@10")
        return {"test_long": long.metrics, "longer_minus_trained": [apart.mean, apart.low, apart.high]}

    return ranking_row(
        "relative", positions, "sasrec", seed, "video", short, asked_long, lr=6e-3,
        dim=48, layers=1, heads=2, positions=positions, dropout=0.0,
    )  # fmt: skip


def variants(part: str, seed: int) -> Iterator[tuple[str, str, Callable[[], dict]]]:
    """``(variant, world, how to make its row)`` of one part."""
    if part == "targets":
        for form in FORMS:
            yield form, "ads", lambda form=form: click_row(form, seed)
    elif part == "heads":
        for heads in (1, 2):
            yield f"{heads} head{'s' if heads > 1 else ''}", "video", lambda n=heads: heads_row(seed, n)
    elif part == "relative":
        for positions in ("start", "distance", "buckets", "alibi", "rope"):
            yield positions, "video", lambda p=positions: relative_row(seed, p)
    elif part == "levels":
        for world in ("music", "video"):
            for name, changes in LEVELS.items():
                split = split_of(world, elsewhere=name == "cut elsewhere")
                yield (
                    name,
                    world,
                    lambda w=world, n=name, s=split, c=changes: ranking_row(
                        "levels", n, "two-level", seed, w, s, dim=48, **c
                    ),
                )
    else:
        for world, names in (("video", ("both", "to-slate", "to-history", "none")),
                             ("succession", ("both", "none"))):  # fmt: skip
            for name in names:
                yield (
                    name,
                    world,
                    lambda w=world, n=name: ranking_row(
                        "bi", n, "bi-attention", seed, w, split_of(w), dim=48, directions=n
                    ),
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--seed", type=int, choices=(0, 1, 2))
    given = parser.parse_args()
    torch.set_num_threads(1)
    file, command = RESULTS / "family.json", f"python benchmarks/family.py --part {given.part}"

    def keep(row: dict) -> None:  # read again: another part may have written meanwhile
        told = (row["variant"], row["world"], str(row.get("steps", "")))
        made = {"way": ", ".join(filter(None, told)), "device": "cpu", "versions": versions()}
        made |= {"command": command, "commit": commit()}
        write_rows(file, [*read_rows(file), {**row, **made}])

    if given.part == "cost":
        for row in cost_rows():
            keep(row)
        return
    for seed in range(3) if given.seed is None else (given.seed,):
        for variant, world, make in variants(given.part, seed):
            wanted = {"part": given.part, "variant": variant, "world": world, "seed": seed}
            if any(all(row.get(key) == value for key, value in wanted.items()) for row in read_rows(file)):
                continue
            print(wanted, file=sys.stderr, flush=True)
            keep(make())


if __name__ == "__main__":
    main()
