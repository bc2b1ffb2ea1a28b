"""Which explanations name the event that called for an item, which move the model, and which follow a change.

    python benchmarks/explanations.py            # rows that are missing, about 40 minutes of one core

Each model is trained on the users of `video` (seed 0) and explained on fresh users of the same world, where
the cause is known: the item came because of one earlier event, with a responsibility of at least .9. Step
sizes are those of chapters 1 and 9, and no setting was chosen on these figures. Rows of a part are made
together for one trained model, and written to ``seqrec_lib/results/explanations.json``.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

import torch
from explanations_changes import causal_row, sets_row
from explanations_feedback import feedback_rows
from explanations_judged import judge_model, judge_oracle
from rows import RESULTS, read_rows, write_rows
from torch import Tensor

from seqrec_lib import evaluate, train
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.batch import Cases
from seqrec_lib.data.splits import Split
from seqrec_lib.data.worlds import OracleModel, World
from seqrec_lib.experiments.provenance import commit, versions

COMMAND = "python benchmarks/explanations.py"
SURE = 0.9
CASES = 80
USERS = {"users": 4000, "seed": 0}
FRESH = {"users": 1000, "seed": 101}
SEEDS = (0, 1, 2)
LSTM = {"epochs": 6, "lr": 4e-3, "batch_size": 32, "schedule": "cosine", "patience": 0, "evaluate_every": 6}
BLOCKS = {**LSTM, "lr": 6e-3, "weight_decay": 0.0, "epochs": 8, "evaluate_every": 8, "dropout": 0.0}
# Called name -> (recipe, changes of its model and of its training).
MODELS = {
    "lstm-attention": ("lstm-attention", LSTM),
    "sasrec": ("sasrec", BLOCKS),
    "attention over item vectors": ("lstm-attention", {**LSTM, "encoder": "none"}),
}


@dataclass
class Ground:
    """The world, what is trained on, and the cases that are explained.

    ``called``: their cause is one event. cause: ``(N,)`` which. shares: ``(N, T)``, of all events.
    """

    world: World
    fresh_world: World
    split: Split
    fresh: Split
    called: Cases
    cause: Tensor
    shares: Tensor
    effects: dict = field(default_factory=dict)  # of the oracles, found once

    @classmethod
    def make(cls) -> Ground:
        world, other = simulate("video", **USERS), simulate("video", **FRESH)
        split, fresh = leave_one_out(world, max_len=50), leave_one_out(other, max_len=50)
        told = other.cause_posterior(fresh.test.batch, fresh.test.target)  # (N, T+1), the last is "none"
        share, cause = told[:, :-1].max(1)
        called = (share >= SURE).nonzero().squeeze(1)[:CASES]
        rows = (fresh.test.rows(called), cause[called], told[called, :-1])
        return cls(world, other, split, fresh, *rows)


def made(part: str, model: str, seed: int, settings: dict, test: dict, **more: object) -> dict:
    """A row with what every row has."""
    protocol = "fresh users, cause known"
    stated = {"train": USERS, "explained": FRESH, "cases": CASES, "sure": SURE, **settings}
    own = {"part": part, "model": model, "seed": seed, "protocol": protocol, "settings": stated, "test": test}
    return {**own, **more, "versions": versions(), "command": COMMAND, "commit": commit()}


def model_rows(name: str, seed: int, ground: Ground) -> list[dict]:
    """Train one model, explain it, and ask it what changes: one row a part."""
    recipe, changes = MODELS[name]
    run = train(recipe, ground.split, seed=seed, device="cpu", progress=False, **changes)
    model = run.model
    found = evaluate(model, ground.fresh.test, (10,)).metrics
    settings = {"recipe": recipe, **changes}
    test, more = judge_model(model, ground, seed)
    rows = [made("methods", name, seed, settings, test, **more, ranking=found)]
    rows.append(made("causal", name, seed, settings, causal_row(model, ground)))
    rows.append(made("sets", name, seed, settings, sets_row(model, ground)))
    return rows


def main() -> None:
    torch.set_num_threads(1)
    file = RESULTS / "explanations.json"
    done = read_rows(file)
    ground = Ground.make()

    def missing(part: str, model: str, seed: int) -> bool:
        return not any((row["part"], row["model"], row["seed"]) == (part, model, seed) for row in done)

    def keep(rows: list[dict]) -> None:
        done.extend(rows)
        write_rows(file, done)

    if missing("methods", "oracle", 0):
        test, more = judge_oracle(ground)
        ceiling = evaluate(OracleModel(ground.world), ground.fresh.test, (10,)).metrics
        keep([made("methods", "oracle", 0, {}, test, **more, ranking=ceiling)])
    for seed in SEEDS:
        for name in MODELS:
            if missing("sets", name, seed):
                print(f"{name}, seed {seed}", file=sys.stderr, flush=True)
                keep(model_rows(name, seed, ground))
        if missing("feedback", "sasrec", seed):
            print(f"feedback, seed {seed}", file=sys.stderr, flush=True)
            found = feedback_rows(ground, BLOCKS, seed)
            keep([made("feedback", "sasrec", seed, BLOCKS, test, **labels) for labels, test in found])


if __name__ == "__main__":
    main()
