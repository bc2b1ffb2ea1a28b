"""What recurrent encoders remember: NDCG@10 where an earlier item is the cause, by how far back it lies.

`python benchmarks/memory.py [--rows N]` adds the rows that are missing (N of them at most) to
seqrec_lib/results/memory.json, on one thread, in about 10 seconds a row.

Three worlds differ in one thing: the companions of `video` come 2 to 8, 8 to 14 or 37 to 43 events after what
calls for them. Items may come again, so that a small catalogue lasts for histories of 80 to 100 events. Only
targets from step 45 on are trained, since before it the third world has no trigger; from there on the shares
of the four causes are nearly the same in all three, and each row holds them.

The step size of each variant is chosen (rows `tuning`) in the middle world, on other users than those that
rows of the part `report` are trained and tested on, on a ladder that is climbed until the best is not at its
end. A wider network takes that of its twin. All else is the same for all variants: item vectors, MLP, loss,
epochs, batches. Attention shows whether the farthest lag can be learned from these data at all, and the wider
networks, which have as many numbers as the LSTM, whether size explains a difference in the middle world.
Tests are the last items of users that no model was trained on, where the posterior gives more than half to an
earlier item than the last; `test_all` is over all of them.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from functools import cache

import torch
from rows import RESULTS, read_rows, write_rows
from step_sizes import best_step_size
from torch import Tensor, nn

from seqrec_lib import evaluate, fit
from seqrec_lib.data import OracleModel, leave_one_out, simulate
from seqrec_lib.data.batch import Cases
from seqrec_lib.data.splits import Split
from seqrec_lib.data.worlds import World
from seqrec_lib.encoders import set_forget_bias
from seqrec_lib.encoders.reach import gradient_by_distance
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.models.baselines import Markov, Popularity
from seqrec_lib.models.recommender import Model
from seqrec_lib.training.random_state import seeded

LAGS = {"2-8": 2, "8-14": 8, "37-43": 37}
SHARES = (0.5, 0.8, 1.0, 1.0, 1.0, 0.8, 0.5)  # of `video`'s kernel: it is shifted, not narrowed
FIRST_TARGET, MAX_LEN, WIDTH, TOLD = 45, 100, 64, 60
WORLD = {
    "repeats": True,
    "series": 30,
    "films": 50,
    "entry": 20.0,
    "min_length": 80,
    "max_length": MAX_LEN,
}
TRAINING = {"epochs": 8, "batch_size": 8, "schedule": "cosine", "patience": 0, "evaluate_every": 8}
RATES, LADDER = (0.008, 0.016), (0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064)
SEEDS, TUNED_ON = range(3), "8-14"
# Users: (trained on, tested on), by their seeds; nobody is in two of the four crowds.
USERS = {"tuning": (0, 3), "report": (1, 2)}
TRAINED, TESTED = 500, 2000
MODELS = {
    "mean pooling": {"encoder": "lstm"},  # its LSTM gives way to a mean
    "Elman": {"encoder": "rnn"},
    "GRU": {"encoder": "gru"},
    "LSTM, forget bias 0": {"encoder": "lstm"},
    "LSTM, forget bias 1": {"encoder": "lstm"},
    "LSTM, forget bias 4": {"encoder": "lstm"},
    "LSTM + attention": {"encoder": "lstm"},  # as drawn by PyTorch, so close to forget bias 0
    "Elman, wider": {"encoder": "rnn"},
    "GRU, wider": {"encoder": "gru"},
}
TWINS = {name: name.removesuffix(", wider") for name in MODELS}  # whose step size a variant takes
COMMAND = "python benchmarks/memory.py"


class RunningMean(nn.Module):
    """The encoder that forgets nothing and orders nothing: state t is the mean of the vectors up to t."""

    def forward(self, vectors: Tensor, batch, need_weights: bool = False) -> tuple[Tensor, list[Tensor]]:
        """``(B, T, D)`` -> ``(B, T, D)``, no weights."""
        count = torch.arange(1, vectors.shape[1] + 1, device=vectors.device)
        return vectors.cumsum(1) / count[:, None], []


def make_model(variant: str, n_items: int, width: int) -> Model:
    """The model of one variant; the random state decides its weights."""
    usual = {"max_len": MAX_LEN, "dim": width, "dropout": 0.1, "head": "mlp", **MODELS[variant]}
    if variant == "LSTM + attention":
        return build(recipe_settings("lstm-attention", n_items, **usual))
    model = build(recipe_settings("gru4rec", n_items, **usual))
    if variant == "mean pooling":
        model.encoder = RunningMean()
    if "forget bias" in variant:
        set_forget_bias(model.encoder.cell, float(variant[-1]))
    return model


def count(model: Model) -> int:
    """How many numbers a model learns."""
    return sum(weight.numel() for weight in model.parameters())


@cache
def width_of(variant: str, n_items: int) -> int:
    """64; for the wider ones the width at which the whole model has as many numbers as an LSTM of 64."""
    if "wider" not in variant:
        return WIDTH
    wanted = count(make_model("LSTM, forget bias 0", n_items, WIDTH))
    return min(range(32, 160), key=lambda w: abs(count(make_model(variant, n_items, w)) - wanted))


def far_cause(world: World, cases: Cases) -> Tensor:
    """``(N,)`` bool: where the posterior gives more than half to an earlier item than the last one."""
    earlier = world.cause_posterior(cases.batch, cases.target)[:, :-1].clone()
    earlier[torch.arange(len(cases)), cases.batch.lengths - 1] = 0.0
    return earlier.sum(1) > 0.5


def late_shares(world: World) -> dict[str, float]:
    """The shares of the four causes among the targets that are trained."""
    draw = world.draw
    step = torch.arange(draw.items.shape[1]).expand_as(draw.items)  # from 0
    late = (draw.items > 0) & (step >= FIRST_TARGET)
    called, last = draw.cause >= 0, step - draw.cause == 1
    found = {
        "succession": called & last,
        "trigger": called & ~last,
        "taste": draw.cause == -1,
        "popularity": draw.cause == -2,
    }
    return {name: round(float(hit[late].double().mean()), 4) for name, hit in found.items()}


@dataclass
class Ground:
    """What the rows of one world and one part share."""

    split: Split
    shares: dict[str, float]
    far: Cases
    everything: Cases
    floors: dict
    ceiling: dict

    @classmethod
    @cache
    def make(cls, lag: str, part: str) -> Ground:
        kernel = tuple((LAGS[lag] + n, share) for n, share in enumerate(SHARES))
        trained_on, tested_on = USERS[part]
        world = simulate("video", users=TRAINED, seed=trained_on, lag_kernel=kernel, **WORLD)
        fresh = simulate("video", users=TESTED, seed=tested_on, lag_kernel=kernel, **WORLD)
        split = leave_one_out(world, max_len=MAX_LEN)
        targets = split.train.targets.clone()
        targets[:, : FIRST_TARGET - 1] = 0  # column 44 holds the target of step 45
        everything = leave_one_out(fresh, max_len=MAX_LEN).test
        far = everything.rows(far_cause(fresh, everything).nonzero().flatten())
        simple = {"popularity": Popularity(split.train_log), "markov": Markov(split.train_log)}
        return cls(
            replace(split, train=replace(split.train, targets=targets)),
            late_shares(world),
            far,
            everything,
            {name: measured(model, far) for name, model in simple.items()},
            measured(OracleModel(fresh), far),
        )


def measured(model, cases: Cases) -> dict[str, float]:
    """HR@10, NDCG@10 and MRR on ``cases``."""
    found = evaluate(model, cases, (10,), with_coverage=False).metrics
    return {name: round(value, 6) for name, value in found.items()}


def make_row(part: str, lag: str, variant: str, lr: float, seed: int) -> dict:
    """Train one model and measure it."""
    ground, cpu = Ground.make(lag, part), torch.device("cpu")
    n_items = ground.split.log.n_items
    width = width_of(variant, n_items)
    with seeded(seed, cpu):
        model = make_model(variant, n_items, width)
    how = {**TRAINING, "lr": lr, "seed": seed, "progress": False, "device": "cpu", "precision": "fp32"}
    history = fit(model, ground.split, **how)
    some = ground.everything.batch.rows(slice(0, 32))
    with torch.no_grad():
        vectors = model.eval().item_vectors(some)
    return {
        "part": part,
        "lag": lag,
        "variant": variant,
        "seed": seed,
        "lr": lr,
        "model": variant,
        "width": width,
        "parameters": count(model),
        "protocol": ground.split.protocol,
        "data": ground.split.log.describe(),
        "shares": ground.shares,
        "cases": len(ground.far),
        "test": measured(model, ground.far),
        "test_all": measured(model, ground.everything),
        "floors": ground.floors,
        "ceiling": ground.ceiling,
        "gradient": [
            float(f"{size:.4g}") for size in gradient_by_distance(model.encoder, vectors, some, TOLD)
        ],
        "settings": history.settings,
        "loss": history.epochs[-1]["loss"],
        "device": history.device,
        "threads": 1,
        "seconds": round(history.seconds, 1),
        "versions": versions(),
        "command": COMMAND,
        "commit": commit(),
    }


def row_key(row: dict) -> tuple:
    """Part, lag, variant, step size and seed."""
    return tuple(row[name] for name in ("part", "lag", "variant", "lr", "seed"))


def make_missing(rows: list[dict], wanted: list[tuple], most: int) -> None:
    """Make those of the rows ``wanted`` that are not there, up to ``most`` rows in all.

    Args:
        wanted: of each row ``(part, lag, variant, lr, seed)``.

    Raises:
        SystemExit: there are ``most`` rows.
    """
    for one in wanted:
        if any(row_key(row) == one for row in rows):
            continue
        if len(rows) >= most:
            sys.exit()
        rows.append(make_row(*one))
        write_rows(RESULTS / "memory.json", rows)
        print(*one, rows[-1]["test"]["NDCG@10"], rows[-1]["seconds"], file=sys.stderr, flush=True)


def main() -> None:
    """Make the rows that are missing: first tuning, then what the chapter needs most."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000, metavar="N", help="stop after N new rows")
    rows = read_rows(RESULTS / "memory.json")
    most = len(rows) + parser.parse_args().rows

    def value(variant: str, lr: float) -> float:
        one = ("tuning", TUNED_ON, variant, lr, 0)
        make_missing(rows, [one], most)
        return next(row["test"]["NDCG@10"] for row in rows if row_key(row) == one)

    best = {
        variant: best_step_size(lambda lr, v=variant: value(v, lr), RATES, LADDER)
        for variant in dict.fromkeys(TWINS.values())
    }
    chosen = {variant: best[twin] for variant, twin in TWINS.items()}
    rows[:] = [row for row in rows if row["part"] == "tuning" or row["lr"] == chosen[row["variant"]]]
    for variants, lags in (
        (("mean pooling", "Elman", "GRU", "LSTM, forget bias 0", "LSTM, forget bias 1"), LAGS),
        (("LSTM + attention",), ("37-43",)),
        (("LSTM, forget bias 4",), LAGS),
        (("Elman, wider", "GRU, wider"), (TUNED_ON,)),
    ):
        wanted = [("report", lag, v, chosen[v], seed) for seed in SEEDS for v in variants for lag in lags]
        make_missing(rows, wanted, most)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
