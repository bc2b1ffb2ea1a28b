"""Long histories: what a memory reaches, what a request costs, what padding costs.

`python benchmarks/long.py --part NAME [--variant NAME]` adds the rows that are missing to
seqrec_lib/results/long.json, on one thread. Several may run at once: the file is locked while it is written.

Part `reach`, about 2 minutes a variant. The world `long`: triggers lie 37 to 43 events back. All models train
on windows of 240 events, and are asked at every step of whole histories of other users, of 1,000 to 1,280
events. Segments have 16 steps. The step size of each variant is chosen (rows `tuning`) by NDCG@10 over all
steps of other users than those of the rows `reach`, on a ladder that is climbed until the best is not at its
end. (Three variants with a memory of 16 and the one with one layer and none have rows of an older, shorter
ladder and stand at its end, 0.002 and 0.032; all their step sizes differ by less than 0.003.) All else is the
same for all: width, loss, epochs, batches. `test` is over the steps where the posterior
gives more than half to an earlier event than the last, `test_all` over all steps; both from step 64 on.
`by_place` tells `test` by the place of the step in its segment, from 1, for every model, though some have no
segments.

Part `longer`: two layers with a memory of 16, four times as many epochs, each with a step size of 0.008,
which was not chosen: does time teach what eight epochs do not?
Part `serving`: seconds for one more event and its scores, with keys and values kept and without, by length.
Part `lengths`: an epoch over rows of very different lengths, 1/16 of the longest up to the longest: random
batches, rows of like length together, packed sequences for a GRU; by the length of the longest row.
Part `growth`: one step of training over the same number of events, in longer and longer histories.
`waiting_mb` is what autograd keeps for the backward pass at most, counted tensor by tensor.
"""

from __future__ import annotations

import argparse
import fcntl
import sys
import time
from collections.abc import Callable
from functools import cache

import torch
from rows import RESULTS, read_rows, write_rows
from step_sizes import best_step_size
from torch import Tensor

from seqrec_lib import train
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.batch import Batch
from seqrec_lib.data.batching import batches
from seqrec_lib.data.splits import Split
from seqrec_lib.data.worlds.every_step import at_every_step
from seqrec_lib.evaluation.every_step import ndcg_of_ranks, ranks_at_every_step
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.losses import cross_entropy
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.models.baselines import Markov, Popularity
from seqrec_lib.models.cached import CachedSASRec

FILE = RESULTS / "long.json"
WINDOW, LONGEST, SEGMENT, FROM_STEP = 240, 1280, 16, 64
# Users: (trained on, tested on), by their seeds; nobody is in two of the four crowds.
USERS, TRAINED, TESTED = {"tuning": (0, 3), "reach": (1, 2), "longer": (1, 2)}, 60, 24
TRAINING = {"epochs": 8, "batch_size": 8, "schedule": "cosine", "patience": 0, "evaluate_every": 8}
RATES, LADDER, SEEDS = (0.004, 0.008), (0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128), range(3)
XL = {"segment": SEGMENT, "heads": 1}
VARIANTS: dict[str, tuple[str, dict]] = {
    **{
        f"memory {m}, layers {n}": ("transformer-xl", {**XL, "memory": m, "layers": n})
        for n in (1, 2)
        for m in (0, 16, 48)
    },
    "memory 16, layers 2, gradient through": (
        "transformer-xl",
        {**XL, "memory": 16, "layers": 2, "stop_gradient": False},
    ),
    "one segment, layers 1": ("transformer-xl", {"segment": WINDOW, "memory": 0, "layers": 1}),
    "LRURec": ("lru", {"layers": 2, "ff_width": 64}),
    "GRU4Rec": ("gru4rec", {}),
}


def mean(values: Tensor) -> float:
    return round(float(values.double().mean()), 6)


@cache
def ground(part: str) -> tuple[Split, Batch, Tensor, Tensor, dict, dict]:
    """``(split, asked, late (U, T), far (U, T), floors, ceiling)`` of one part."""
    trained_on, tested_on = USERS[part]
    world = simulate("long", users=TRAINED, max_length=LONGEST, seed=trained_on)
    fresh = simulate("long", users=TESTED, max_length=LONGEST, seed=tested_on)
    split = leave_one_out(world, max_len=WINDOW, windows=True)
    asked = leave_one_out(fresh, max_len=LONGEST).train
    assert asked.targets is not None
    late = (asked.targets > 0) & (torch.arange(asked.items.shape[1]) >= FROM_STEP)
    oracle = at_every_step(fresh, asked)
    far = late & (oracle.earlier > 0.5)
    floors = {}
    for name, model in {
        "popularity": Popularity(split.train_log),
        "markov": Markov(split.train_log),
    }.items():
        ranks = torch.zeros_like(asked.items)
        for row in range(len(asked)):  # both know the last item at most
            steps = late[row].nonzero()[:, 0]
            ones = Batch(asked.items[row, steps][:, None], torch.ones_like(steps))
            scores = model.score(ones)
            own = scores.gather(1, asked.targets[row, steps][:, None])
            ranks[row, steps] = (scores > own).sum(1) + 1
        floors[name] = figures(ranks, late, far)
    return split, asked, late, far, floors, figures(oracle.rank, late, far)


def figures(ranks: Tensor, late: Tensor, far: Tensor) -> dict:
    """NDCG@10 over all steps and where the cause lies far back, and the latter by place in a segment."""
    value = ndcg_of_ranks(ranks)
    place = torch.arange(ranks.shape[1]).expand_as(ranks) % SEGMENT
    return {
        "NDCG@10": mean(value[far]),
        "all": mean(value[late]),
        "by_place": [mean(value[far & (place == p)]) for p in range(SEGMENT)],
    }


def make_row(part: str, variant: str, lr: float, seed: int) -> dict:
    """Train one model and measure it."""
    split, asked, late, far, floors, ceiling = ground(part)
    name, changes = VARIANTS[variant]
    epochs = TRAINING["epochs"] * (4 if part == "longer" else 1)
    often = {"epochs": epochs, "evaluate_every": epochs}
    how = {**TRAINING, **often, **changes, "lr": lr, "seed": seed, "dropout": 0.1, "precision": "fp32"}
    started = time.process_time()
    run = train(name, split, device="cpu", progress=False, max_len=LONGEST, **how)
    spent = time.process_time() - started
    found = figures(ranks_at_every_step(run.model, asked, rows=8), late, far)
    return {
        "part": part,
        "variant": variant,
        "seed": seed,
        "lr": lr,
        "model": name,
        "parameters": sum(weight.numel() for weight in run.model.parameters()),
        "protocol": "every step from 64 on, all items, seen items stay",
        "data": split.log.describe(),
        "cases": int(far.sum()),
        "test": {"NDCG@10": found["NDCG@10"]},
        "test_all": {"NDCG@10": found["all"]},
        "by_place": found["by_place"],
        "floors": floors,
        "ceiling": ceiling,
        "settings": {**run.settings, **run.history.settings},
        "loss": run.history.epochs[-1]["loss"],
        "cpu_seconds": round(spent, 1),
        **provenance(run.history.device),
    }


def provenance(device: str = "cpu") -> dict:
    return {
        "device": device,
        "threads": 1,
        "versions": versions(),
        "command": f"python benchmarks/long.py --part {OPTIONS.part}",
        "commit": commit(),
    }


def add(row: dict) -> None:
    """Put ``row`` into the file, which another process may be writing to."""
    with open(FILE.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        write_rows(FILE, [*read_rows(FILE), row])


def drop(variant: str, lr: float) -> None:
    """Take out the rows of ``variant`` with a step size that was the best on a shorter ladder."""
    with open(FILE.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        rows = read_rows(FILE)
        write_rows(
            FILE, [r for r in rows if (r["part"], r["variant"]) != ("reach", variant) or r["lr"] == lr]
        )


def make_reach(variant: str) -> None:
    """Tune one variant, then measure it with three seeds."""

    def value(part: str, lr: float, seed: int) -> float:
        wanted = (part, variant, lr, seed)
        for row in read_rows(FILE):
            if tuple(row.get(key) for key in ("part", "variant", "lr", "seed")) == wanted:
                return row["test_all"]["NDCG@10"]
        row = make_row(*wanted)
        add(row)
        print(*wanted, row["test"]["NDCG@10"], row["cpu_seconds"], file=sys.stderr, flush=True)
        return row["test_all"]["NDCG@10"]

    lr = best_step_size(lambda rate: value("tuning", rate, 0), RATES, LADDER)
    drop(variant, lr)
    for seed in SEEDS:
        value("reach", lr, seed)


def make_longer(variant: str) -> None:
    """Three seeds of one variant, four times as many epochs."""
    for seed in SEEDS:
        row = make_row("longer", variant, 0.008, seed)
        add(row)
        print(variant, seed, row["test"]["NDCG@10"], row["cpu_seconds"], file=sys.stderr, flush=True)


def least_seconds(work: Callable[[], object], repeats: int = 5) -> float:
    """Processor seconds of ``work``: the least of ``repeats``, since other work on the machine only adds."""
    found = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return min(found)


def cost_row(variant: str, steps: int, measured: dict) -> None:
    name = {"variant": variant, "model": variant.split(",")[0], "seed": 0, "steps": steps}
    add({"part": OPTIONS.part, **name, **measured, **provenance()})
    print(variant, steps, measured, file=sys.stderr, flush=True)


def make_serving() -> None:
    """One request: one more event, then scores of all items."""
    for steps in (64, 128, 256, 512, 1024, 2048, 4096):
        torch.manual_seed(0)
        model = build(recipe_settings("sasrec", 440, max_len=steps + 12, positions="start")).eval()
        items = torch.randint(1, 441, (1, steps))
        kept = CachedSASRec(model)
        for step in range(steps):
            kept.extend(items[:, step])
        batch = Batch(items, torch.tensor([steps]))

        def whole(model=model, batch=batch) -> Tensor:
            with torch.no_grad():
                return model.score(batch)

        def extend(kept=kept) -> Tensor:
            kept.extend(torch.tensor([7]))
            return kept.scores()

        torch.testing.assert_close(kept.scores(), whole(), rtol=1e-3, atol=1e-3)
        numbers = kept.numbers
        cost_row("sasrec, keys kept", steps, {"seconds": least_seconds(extend, 10), "numbers": numbers})
        cost_row("sasrec, whole pass", steps, {"seconds": least_seconds(whole), "numbers": 0})


COSTED: dict[str, tuple[str, dict]] = {
    "sasrec": ("sasrec", {"positions": "start"}),
    "transformer-xl": ("transformer-xl", {**XL, "memory": 48}),
    "lru": ("lru", {"ff_width": 64}),
    "gru4rec": ("gru4rec", {}),
    "gru4rec, packed": ("gru4rec", {"packed": True}),
}


def trained_on(model, given: list[Batch]) -> tuple[float, float]:
    """``(processor seconds, megabytes that wait for the backward pass at most)`` of these batches."""
    most = 0
    started = time.process_time()
    for batch in given:
        waiting: dict[int, int] = {}

        def keep(tensor: Tensor, waiting=waiting) -> Tensor:
            storage = tensor.untyped_storage()
            waiting[storage.data_ptr()] = storage.nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            states = model.hidden(batch).flatten(0, 1)[batch.steps]
            target = batch.targets.flatten()[batch.steps]
            loss = cross_entropy(states, target, model.item_matrix())
        loss.backward()
        most = max(most, sum(waiting.values()))
    return time.process_time() - started, most / 1e6


def random_rows(lengths: Tensor) -> Batch:
    items = torch.randint(1, 441, (len(lengths), int(lengths.max()) + 1))
    real = torch.arange(items.shape[1] - 1) < lengths[:, None]
    return Batch(items[:, :-1] * real, lengths, targets=items[:, 1:] * real)


def costs(variant: str, longest: int, rows: Batch, size: int, bucket: int, about: str, **more) -> None:
    """One pass of training over ``rows`` in batches of ``size``, twice; the quicker counts."""
    name, changes = COSTED[variant]
    torch.manual_seed(0)
    model = build(recipe_settings(name, 440, max_len=longest, dropout=0.0, **changes)).train()
    given = list(batches(rows, size, torch.Generator().manual_seed(1), bucket=bucket))
    real = sum(int(batch.lengths.sum()) for batch in given)
    found = [trained_on(model, given) for _ in range(2)]
    measured = {
        "seconds": round(min(seconds for seconds, _ in found), 4),
        "waiting_mb": round(max(mb for _, mb in found), 2),
        "events": real,
        "padding": round(1 - real / sum(batch.items.numel() for batch in given), 4),
        **more,
    }
    cost_row(f"{variant}, {about}" if about else variant, longest, measured)


def make_growth() -> None:
    """The same 8,192 events in histories of 256 to 4,096."""
    for steps in (256, 512, 1024, 2048, 4096):
        torch.manual_seed(1)
        rows = random_rows(torch.full((8192 // steps,), steps))
        for variant in ("sasrec", "transformer-xl", "lru", "gru4rec"):
            costs(variant, steps, rows, len(rows), 1, "")


def make_lengths() -> None:
    """Rows of which each doubling of the length has as many, 48 rows in batches of 8."""
    for longest in (64, 128, 256, 512, 1024):
        torch.manual_seed(1)
        rows = random_rows((longest * 16 ** -torch.rand(48)).long().clamp(min=1))
        rows = rows.rows(torch.arange(48))
        for variant, bucket, about in (
            ("sasrec", 1, "random batches"),
            ("sasrec", 50, "like lengths together"),
            ("gru4rec", 1, "random batches"),
            ("gru4rec", 50, "like lengths together"),
            ("gru4rec, packed", 1, "random batches"),
        ):
            costs(variant, longest, rows, 8, bucket, about)


if __name__ == "__main__":
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=("reach", "longer", "serving", "lengths", "growth"), required=True)
    parser.add_argument("--variant", choices=VARIANTS, help="of the parts reach (all if not given), longer")
    OPTIONS = parser.parse_args()
    if OPTIONS.part == "reach":
        for one in [OPTIONS.variant] if OPTIONS.variant else VARIANTS:
            make_reach(one)
    elif OPTIONS.part == "longer":
        make_longer(OPTIONS.variant)
    else:
        {"serving": make_serving, "lengths": make_lengths, "growth": make_growth}[OPTIONS.part]()
