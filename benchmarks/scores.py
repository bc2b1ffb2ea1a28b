"""The world `video`: forms of attention beside each other, over item vectors and over an LSTM's states.

`python benchmarks/scores.py` adds the rows that are missing to seqrec_lib/results/scores.json. All variants
have one head, width 32, the same MLP and 500 optimiser steps (4 epochs). A variant differs from its neighbour
in one thing: what attention reads (`encoder`), how it scores (`score`), whether it learns distances (`bias`).
Its step size is the best on the validation items of the users of seed 0 (rows labelled `tuning`), on a ladder
that is climbed until the best is not at its end. The rows labelled `report` use other users of the same world
(seed 1), with three seeds each.

Each row says where the last row of weights lies on 1,000 test users. `on_cause`: on the event that called for
the next item, where one event has a share of at least 0.9 of it, by whether that is the last item or stands
further back. `around`: on the events 3 before to 3 after such a cause further back. `overlap`: what the
weights share with the oracle's own shares before the item is known, scaled to sum to 1: 1 is the same, 0 is
disjoint.
"""

from __future__ import annotations

import sys
import time

import torch
from rows import RESULTS, read_rows, write_rows
from step_sizes import best_step_size
from torch import Tensor
from torch.nn.functional import one_hot

from seqrec_lib import evaluate, fit
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.evaluation.causes import by_distance_mean, last_weights
from seqrec_lib.experiments.measure import ceiling_above, measure_ceiling, measure_floors
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.models import build, recipe_settings

KS = (1, 5, 10, 20)
COMMAND = "python benchmarks/scores.py"
CONTENT = ("bare", "dot", "scaled", "bilinear", "additive")
# (score, bias); "last" is no attention at all, and a mean has no distance to learn.
FORMS = (("last", False), ("mean", False), *((score, bias) for bias in (False, True) for score in CONTENT))
FORMS = (*FORMS, ("distance", True))
ENCODERS = ("none", "lstm")
SIZES = {"dim": 32, "mlp_width": 64}
USERS = {"tuning": 0, "report": 1}  # the world's seed
TRAINING = {"epochs": 4, "batch_size": 32, "weight_decay": 1e-2, "schedule": "cosine", "patience": 0}
AROUND = range(-3, 4)
LOOKED = 1000


def changes(encoder: str, score: str, bias: bool) -> dict[str, object]:
    """What the variant changes in the recipe `lstm-attention`."""
    words = {"last": "none", "mean": "mean", "distance": "distance"}
    made: dict[str, object] = {"encoder": encoder, "attention": words.get(score, score)}
    return made | ({"distance": bias} if score in CONTENT else {})


def where_it_lies(weights: Tensor, share: Tensor, ahead: Tensor, lengths: Tensor) -> dict[str, object]:
    """Where ``weights`` lie; ``share``, ``ahead``: the world's, after and before the item. All are (N, T)."""
    sure, cause = share.max(1)
    back = (sure >= 0.9) & (cause < lengths - 1)
    last = (sure >= 0.9) & (cause == lengths - 1)
    row = torch.arange(len(lengths))
    due = ahead / ahead.sum(1, keepdim=True).clamp(min=1e-12)
    around = []
    for offset in AROUND:
        place = cause + offset
        there = back & (place >= 0) & (place < lengths)
        around.append(float(weights[row[there], place[there]].double().mean()))
    on_cause = weights[row, cause].double()
    return {
        "on_cause": {"last": float(on_cause[last].mean()), "back": float(on_cause[back].mean())},
        "cases": {"last": int(last.sum()), "back": int(back.sum())},
        "around": around,
        "overlap": float(torch.minimum(weights, due).sum(1).double().mean()),
        "by_distance": by_distance_mean(weights, lengths),
    }


class Users:
    """The users of one part: split, floors, ceiling, and the causes of the first test cases."""

    def __init__(self, seed: int) -> None:
        self.world = simulate("video", users=4000, seed=seed)
        self.split = leave_one_out(self.world, max_len=50)
        self.floors = measure_floors(self.split, KS)
        self.ceiling, self.oracle = measure_ceiling(self.world, self.split, KS)
        some = self.split.test.rows(slice(0, LOOKED))
        self.batch, self.lengths = some.batch, some.batch.lengths
        self.share = self.world.cause_posterior(some.batch, some.target)[:, :-1].float()
        self.ahead = self.world.cause_predictive(some.batch)[:, :-1].float()

    def look(self, weights: Tensor) -> dict[str, object]:
        """Where ``weights`` (N, T) lie on the first test cases."""
        return where_it_lies(weights, self.share, self.ahead, self.lengths)

    def yardsticks(self) -> dict[str, object]:
        """The same for weights that nobody learned: equal ones, and the oracle's own shares."""
        real = torch.arange(self.ahead.shape[1]) < self.lengths[:, None]
        due = self.ahead / self.ahead.sum(1, keepdim=True).clamp(min=1e-12)
        return {"equal": self.look(real / self.lengths[:, None]), "oracle": self.look(due)}


def make_row(users: Users, labels: dict[str, object], rate: float, seed: int) -> dict[str, object]:
    """Train one variant and measure it."""
    before = time.process_time()
    torch.manual_seed(seed)
    variant = changes(*(labels[key] for key in ("encoder", "score", "bias")))
    settings = recipe_settings("lstm-attention", users.world.n_items, **SIZES, **variant)
    model = build(settings)
    history = fit(model, users.split, lr=rate, seed=seed, evaluate_every=4, progress=False, **TRAINING)
    training = time.process_time() - before
    found = evaluate(model, users.split.test, KS)
    if model.layers:
        weights = last_weights(model, users.batch)[:, 0]
    else:  # the last state alone
        weights = one_hot(users.lengths - 1, users.ahead.shape[1]).float()
    return {
        **labels,
        "model": "lstm-attention",
        "loss": "ce",
        "seed": seed,
        "protocol": users.split.protocol,
        "data": users.split.log.describe(),
        "settings": {**settings.as_dict(), **TRAINING, "lr": rate},
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "training_loss": history.epochs[-1]["loss"],
        "validation": evaluate(model, users.split.validation, KS).metrics,
        "test": found.metrics,
        "floors": users.floors,
        "ceiling": users.ceiling,
        "ceiling_above_model": ceiling_above(users.oracle, found),
        "looks": users.look(weights),
        "yardsticks": users.yardsticks(),
        "device": history.device,
        "epochs": len(history.epochs),
        "cpu_seconds": round(training, 1),
        "versions": versions(),
        "command": COMMAND,
        "commit": commit(),
    }


def main(encoders: tuple[str, ...]) -> None:
    """Make what is missing: for each encoder the tuning rows, then the rows that are reported."""
    torch.set_num_threads(1)
    file = RESULTS / "scores.json"
    done, users = read_rows(file), {part: Users(seed) for part, seed in USERS.items()}

    def run(part: str, labels: dict[str, object], rate: float, seed: int) -> dict:
        whole = {"part": part, **labels, "seed": seed}
        for row in done:
            if all(row[key] == value for key, value in whole.items()) and row["settings"]["lr"] == rate:
                return row
        row = make_row(users[part], {"part": part, **labels}, rate, seed)
        done.append(row)
        write_rows(file, done)
        looks = row["looks"]["on_cause"]["back"]
        print(whole, rate, f"{row['test']['NDCG@10']:.4f} {looks:.3f}", file=sys.stderr, flush=True)
        return row

    for encoder in encoders:
        for score, bias in FORMS:
            labels = {"encoder": encoder, "score": score, "bias": bias}

            def value(rate: float, of: dict = labels) -> float:
                return run("tuning", of, rate, 0)["validation"]["NDCG@10"]

            rate = best_step_size(value)
            for seed in range(3):
                run("report", labels, rate, seed)
            wanted = {"part": "report", **labels}
            same = [row for row in done if all(row[key] == wanted[key] for key in wanted)]
            for row in same:  # of a shorter ladder
                if row["settings"]["lr"] != rate:
                    done.remove(row)
            write_rows(file, done)


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or ENCODERS)
