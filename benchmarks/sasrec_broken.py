"""SASRec on the world `video` with one ingredient taken away, over three seeds.

`python benchmarks/sasrec_broken.py` adds the rows that are missing to seqrec_lib/results/sasrec_broken.json.
Data, settings and training are those of `benchmarks/sasrec.py`; only the fault differs. Each row keeps
the loss of the last epoch, since without the mask loss and ranking part company.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import torch
from rows import RESULTS, read_rows

from seqrec_lib import evaluate, fit
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.batch import Batch
from seqrec_lib.encoders import TransformerEncoder
from seqrec_lib.experiments.measure import ceiling_above, measure_ceiling, measure_floors
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.models import build, recipe_settings

KS = (1, 5, 10, 20)
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


FAULTS = {
    "no causal mask": (2, under(every_real_step)),
    "hidden from itself": (2, under(only_before)),
    "no positions": (2, no_places),
    "no positions, one block": (1, no_places),
}


def make_row(fault: str, seed: int, world, split, command: str) -> dict:
    """Train one broken model and measure it as the command line does."""
    blocks, spoil = FAULTS[fault]
    torch.manual_seed(seed)
    settings = recipe_settings("sasrec", world.n_items, max_len=50, layers=blocks, dropout=0.0)
    model = build(settings)
    spoil(model)
    history = fit(model, split, seed=seed, progress=False, **TRAINING)
    found = evaluate(model, split.test, KS)
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
    world = simulate("video", users=4000, seed=1)
    split = leave_one_out(world, max_len=50)
    for seed in range(3):
        for fault in FAULTS:
            if any((row["fault"], row["seed"]) == (fault, seed) for row in done):
                continue
            print(f"{fault}, seed {seed}", file=sys.stderr, flush=True)
            done.append(make_row(fault, seed, world, split, "python benchmarks/sasrec_broken.py"))
            file.write_text(json.dumps({"rows": done}, indent=1) + "\n", encoding="utf-8")
