"""SASRec on the world `video` with one ingredient taken away, over three seeds.

`python benchmarks/sasrec_broken.py` adds the rows that are missing to seqrec_lib/results/sasrec_broken.json.
Data, settings and training are those of `benchmarks/sasrec.py`; only the fault differs. Each row keeps
the loss of the last epoch, since without the mask loss and ranking part company.

`by_cause` slices the error of 20,000 users that no model was trained on, by what called for the target: the
last item (a sequel), an earlier one, or no single item. `against_whole` is the paired difference to the whole
model of the same seed there, with its standard error over users.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from rows import RESULTS, read_rows, write_rows

from seqrec_lib import evaluate, fit
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.batch import Batch
from seqrec_lib.data.splits import Split
from seqrec_lib.data.worlds import World
from seqrec_lib.encoders import TransformerEncoder
from seqrec_lib.experiments.measure import ceiling_above, measure_ceiling, measure_floors
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.models import build, recipe_settings

KS = (1, 5, 10, 20)
FRESH = {"users": 20_000, "seed": 12}
SURE = 0.9  # the least share of a single past event that counts as its being the cause
TRAINING = {
    "epochs": 8,
    "batch_size": 32,
    "lr": 6e-3,
    "weight_decay": 0.0,
    "schedule": "cosine",
    "patience": 0,
}


class OtherMask(TransformerEncoder):
    """The same blocks under ``allowed(batch, steps)``, a mask (B, T, T): True where looking is allowed."""

    allowed: Callable[[Batch, int], torch.Tensor]

    def forward(self, vectors, batch, need_weights=False):
        """As the parent's, under ``allowed``."""
        mask = self.allowed(batch, vectors.shape[1])
        x, found = self._placed(vectors, batch), []
        for block in self.blocks:
            x, weights = block(x, mask, need_weights)
            found += [weights] if need_weights else []
        return self.last_norm(x), found


def every_real_step(batch: Batch, steps: int) -> torch.Tensor:
    """No causal mask: only padding is hidden."""
    return batch.mask()[:, None, :].expand(-1, steps, -1)


def only_before(batch: Batch, steps: int) -> torch.Tensor:
    """A step sees what is before it and not itself; the first sees itself alone, having nothing else."""
    before = torch.ones(steps, steps, dtype=torch.bool).tril(-1)
    before[0, 0] = True
    return before.expand(len(batch), -1, -1)  # padding is later than every real step


def under(allowed):
    """Give a model an encoder with the mask ``allowed`` and the weights that it has."""

    def spoil(model) -> None:
        s = model.settings
        encoder = OtherMask(s.dim, s.layers, s.heads, s.ff_width, s.max_len, s.dropout, s.norm, s.positions)
        encoder.load_state_dict(model.encoder.state_dict())
        encoder.allowed = allowed
        model.encoder = encoder

    return spoil


def no_places(model) -> None:
    """Set the positions to zero and keep them there."""
    model.encoder.positions.weight.requires_grad_(False).zero_()


def nothing(model) -> None:
    """The whole model, or one block of it."""


FAULTS = {
    "none": (2, nothing),  # first: the others are compared with it
    "one block": (1, nothing),
    "no causal mask": (2, under(every_real_step)),
    "hidden from itself": (2, under(only_before)),
    "no positions": (2, no_places),
    "no positions, one block": (1, no_places),
}


@dataclass
class Ground:
    """What all rows share: a world, its split, fresh users, and what called for the fresh users' targets."""

    world: World
    split: Split
    fresh: Split
    causes: dict[str, np.ndarray]
    whole: dict[str, np.ndarray] = field(default_factory=dict)  # of the seed that is being made

    @classmethod
    def make(cls) -> Ground:
        world, fresh = simulate("video", users=4000, seed=1), simulate("video", **FRESH)
        split, other = leave_one_out(world, max_len=50), leave_one_out(fresh, max_len=50)
        parts = [other.test.rows(slice(first, first + 1000)) for first in range(0, FRESH["users"], 1000)]
        shares = torch.cat([fresh.cause_posterior(part.batch, part.target)[:, :-1] for part in parts])
        share, place = shares.max(1)
        clear, last = share >= SURE, place == other.test.batch.lengths - 1
        causes = {"the last item": clear & last, "an earlier item": clear & ~last, "no single item": ~clear}
        return cls(world, split, other, {name: here.numpy() for name, here in causes.items()})


@torch.no_grad()
def on_fresh(model, cases) -> dict[str, np.ndarray]:
    """NDCG@10 of each case, and the loss: minus log of the target's softmax over all items. Each ``(N,)``."""
    ranked = evaluate(model, cases, (10,), with_coverage=False).values("NDCG@10")
    losses, model = [], model.eval()
    for first in range(0, len(cases), 1000):
        part = cases.rows(slice(first, first + 1000))
        scores = model.score(part.batch)[:, 1:].double()  # (B, V)
        losses.append(-scores.log_softmax(1)[torch.arange(len(part)), part.target - 1])
    return {"NDCG@10": ranked, "loss": torch.cat(losses).numpy()}


def by_cause(ground: Ground, found: dict[str, np.ndarray]) -> dict[str, dict[str, float]]:
    """For each cause, the users and the mean of each of ``found``."""
    return {
        name: {"users": int(here.sum()), **{key: float(all_[here].mean()) for key, all_ in found.items()}}
        for name, here in ground.causes.items()
    }


def against_whole(ground: Ground, found: dict[str, np.ndarray]) -> dict[str, dict[str, list[float]]]:
    """For each cause, the mean of ``found`` less the whole model's, and its standard error over users."""
    gaps = {key: values - ground.whole[key] for key, values in found.items()}
    return {
        name: {
            key: [float(gap[here].mean()), float(gap[here].std(ddof=1) / here.sum() ** 0.5)]
            for key, gap in gaps.items()
        }
        for name, here in ground.causes.items()
    }


def make_row(fault: str, seed: int, ground: Ground, command: str) -> dict:
    """Train one broken model and measure it as the command line does."""
    blocks, spoil = FAULTS[fault]
    world, split = ground.world, ground.split
    torch.manual_seed(seed)
    settings = recipe_settings("sasrec", world.n_items, max_len=50, layers=blocks, dropout=0.0)
    model = build(settings)
    spoil(model)
    history = fit(model, split, seed=seed, progress=False, **TRAINING)
    found = evaluate(model, split.test, KS)
    fresh = on_fresh(model, ground.fresh.test)
    if fault == "none":
        ground.whole = fresh
    ceiling, oracle = measure_ceiling(world, split, KS)
    return {
        "fault": fault,
        "model": "sasrec",
        "loss": "ce",
        "seed": seed,
        "protocol": split.protocol,
        "data": split.log.describe(),
        "settings": {
            "max_len": 50,
            "dim": 64,
            "layers": blocks,
            "heads": 1,
            "norm": "pre",
            "positions": settings.positions,
            "dropout": 0.0,
            **TRAINING,
        },
        "by_cause": by_cause(ground, fresh),
        "against_whole": against_whole(ground, fresh),
        "training_loss": history.epochs[-1]["loss"],
        "validation": evaluate(model, split.validation, KS).metrics,
        "test": found.metrics,
        "floors": measure_floors(split, KS),
        "ceiling": ceiling,
        "ceiling_above_model": ceiling_above(oracle, found),
        "device": history.device,
        "epochs": len(history.epochs),
        "seconds": round(history.seconds, 1),
        "versions": versions(),
        "command": command,
        "commit": commit(),
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    file = RESULTS / "sasrec_broken.json"
    done = read_rows(file)
    ground = Ground.make()
    for seed in range(3):
        missing = [f for f in FAULTS if not any((row["fault"], row["seed"]) == (f, seed) for row in done)]
        for fault in dict.fromkeys(["none", *missing] if missing else []):  # the whole model first, always
            print(f"{fault}, seed {seed}", file=sys.stderr, flush=True)
            row = make_row(fault, seed, ground, "python benchmarks/sasrec_broken.py")
            if fault in missing:
                done.append(row)
                write_rows(file, done)
