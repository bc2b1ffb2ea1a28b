"""What training on a part of the rows without a click costs, and what mends it: chapter 7's stored rows.

`python benchmarks/calibration.py` adds the rows that are missing to seqrec_lib/results/calibration.json. The
world is the chapter's small `ads` and so are inputs, model and steps; 4,000 users train, the next 1,000 fit
the repairs, the last 3,000 are the test. Fading, factors, rate and weight decay were tried on users of seed
1; rows are of users of seed 2. A row is one model under one repair: `none` (as it says), `formula`, `platt`,
`isotonic`.

Log-loss is infinite where a repair says 0 of what was clicked; rows hold probabilities of at least 1e-6.
"""

from __future__ import annotations

import argparse
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from small_gru import add_rows

from seqrec_lib.data.worlds import World, WorldSettings
from seqrec_lib.evaluation.calibration import calibration_error, isotonic, platt, undo_downsampling
from seqrec_lib.evaluation.clicks import auc, grouped_auc, log_loss
from seqrec_lib.heads import FactorisationMachine

SEEDS, SHARES = 5, (1.0, 0.5, 0.2, 0.1, 0.05)
REPAIRS = ("none", "formula", "platt", "isotonic")
TRAIN, HELD, TEST = slice(0, 4000), slice(4000, 5000), slice(5000, 8000)
LEAST = 1e-6  # a probability, where log-loss is measured


class Log:
    """The chapter's slates as inputs, with their labels and true probabilities."""

    def __init__(self, users_seed: int = 2) -> None:
        kernel = ((4, 0.6), (5, 1.0), (6, 1.0), (7, 0.6))
        settings = WorldSettings(
            name="small-ads", skin="ads", users=8000, seed=users_seed, types=4, slate=10, films=8, series=8,
            categories=4, min_length=12, max_length=20, succession=4.0, taste=0.8, popularity=0.4,
            click_threshold=4.0, examination=0.6, lag_kernel=kernel,
        )  # fmt: skip
        world = World(settings)
        s = world.click_batch
        assert s.candidates is not None and s.labels is not None
        told = (s.items, s.times, s.lengths, s.query_time, s.candidates)
        self.truth, self.labels = world.click_oracle(*told).numpy(), s.labels.float()  # (U, C)
        users, places = s.candidates.shape
        self.users = np.arange(users).repeat(places).reshape(users, places)
        self.data = {
            "name": "small-ads",
            "users": users,
            "items": world.n_items,
            "impressions": users * places,
        }
        ago = s.lengths[:, None] - 1 - torch.arange(s.items.shape[1])
        fresh = torch.where(ago < 0, 0.0, 0.7 ** ago.clamp(min=0))  # (U, T)
        seen = torch.zeros(users, world.n_items + 1).scatter_add(1, s.items, fresh)
        parts = [F.one_hot(s.candidates, world.n_items + 1).float(), seen[:, None].expand(-1, places, -1)]
        self.x = torch.cat([*parts, torch.eye(places).expand(users, -1, -1)], -1)  # (U, C, n)


def trained(log: Log, kept: float, seed: int, epochs: int = 10) -> np.ndarray:
    """``(U, C)``: what a factorisation machine says that saw all clicks and a share of the other rows."""
    torch.manual_seed(seed)
    model = FactorisationMachine(log.x.shape[-1], factors=8)
    optimiser = torch.optim.AdamW(model.parameters(), 1e-2, weight_decay=0.1)
    left = (log.labels > 0) | (torch.rand(log.labels.shape) < kept)
    for _ in range(epochs):
        for rows in torch.randperm(TRAIN.stop).split(64):
            here = left[rows]
            logits = model(log.x[rows][here])
            loss = F.binary_cross_entropy_with_logits(logits, log.labels[rows][here])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    with torch.no_grad():
        return model(log.x).sigmoid().double().numpy()


def measured(log: Log, p: np.ndarray) -> dict[str, float]:
    """Figures of ``p`` ``(N,)`` on the test rows."""
    y, users, true = (each[TEST].ravel() for each in (log.labels.numpy(), log.users, log.truth))
    found = {
        "AUC": auc(y, p),
        "grouped AUC": grouped_auc(y, p, users),
        "log-loss": log_loss(y, p.clip(LEAST, 1 - LEAST)).mean(),
        "error against clicks": calibration_error(p, y),
        "error against truth": calibration_error(p, true),
        "mean": p.mean(),
    }
    return {name: round(float(value), 6) for name, value in found.items()}


def make_row(log: Log, said: dict[float, np.ndarray], kept: float, repair: str, seed: int) -> dict:
    """Measure one model under one repair."""
    if kept not in said:
        said[kept] = trained(log, kept, seed)
    raw, held = said[kept][TEST].ravel(), said[kept][HELD].ravel()
    y = log.labels[HELD].numpy().ravel()
    ways = {
        "none": lambda: raw,
        "formula": lambda: undo_downsampling(raw, kept),
        "platt": lambda: platt(held, y)(raw),
        "isotonic": lambda: isotonic(held, y)(raw),
    }
    rate = float(log.labels[TRAIN].mean())
    return {
        "protocol": "clicks-new-users",
        "data": log.data,
        "test": measured(log, ways[repair]()),
        "floors": {"base-rate": measured(log, np.full(raw.shape, rate))},
        "ceiling": measured(log, log.truth[TEST].ravel()),
        "clicks": round(float(log.labels[TEST].mean()), 6),
        "command": f"python benchmarks/calibration.py --kept {kept:g} --repair {repair} --seed {seed}",
    }


def main() -> None:
    """Make the rows that are missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kept", type=float, choices=SHARES, help="default: all")
    parser.add_argument("--repair", choices=REPAIRS, help="default: all")
    parser.add_argument("--seed", type=int, help=f"default: 0 to {SEEDS - 1}")
    given = parser.parse_args()
    log, wanted = Log(), []
    for seed in range(SEEDS) if given.seed is None else [given.seed]:
        said: dict[float, np.ndarray] = {}
        for kept in SHARES if given.kept is None else [given.kept]:
            for repair in REPAIRS if given.repair is None else [given.repair]:
                labels = {"model": "fm", "kept": kept, "variant": repair, "seed": seed}
                wanted.append((labels, partial(make_row, log, said, kept, repair, seed)))
    add_rows("calibration", wanted)


if __name__ == "__main__":
    main()
