"""What is measured about a world itself, and about attention in it. Used by `worlds.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from seqrec_lib.data import World, leave_one_out, load_source, simulate
from seqrec_lib.data.worlds.oracle import beliefs
from seqrec_lib.evaluation.causes import last_weights
from seqrec_lib.evaluation.clicks import auc, log_loss
from seqrec_lib.experiments.measure import measure_ceiling, measure_floors
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.experiments.run import load_run

SEED = 1  # of the users; the worlds were tuned on seed 0
SURE = 0.9


def look_at_world(name: str) -> dict:
    """A row about the world ``name``: sizes, shares, entropy, ceiling, floors, clicks if any."""
    world = simulate(name, seed=SEED)
    split = leave_one_out(world, max_len=world.max_length)
    ceiling, _ = measure_ceiling(world, split, (1, 5, 10, 20))
    row = {
        "world": name,
        "kind": "world",
        "model": "oracle",
        "seed": 0,
        "protocol": split.protocol,
        "data": world.log.describe(),
        "shares": world.shares(),
        "entropy": mean_entropy(world),
        "test": {key: value for key, value in ceiling.items() if key != "expected"},
        "ceiling": ceiling,
        "floors": measure_floors(split, (1, 5, 10, 20)),
        "versions": versions(),
        "commit": commit(),
    }
    return {**row, "clicks": look_at_clicks(world)} if world.settings.slate else row


def mean_entropy(world: World, users_at_once: int = 4000) -> dict[str, float]:
    """Over all events: entropy of the oracle and its mean -log p of what came, in nats."""
    draw, found = world.draw, []
    for first in range(0, len(draw.lengths), users_at_once):
        part = slice(first, first + users_at_once)
        items, times, lengths = draw.items[part], draw.times[part], draw.lengths[part]
        for step, _, belief in beliefs(world.settings, world.tables, items, times, times[:, -1], lengths):
            rows = (lengths > step).nonzero().squeeze(1)
            if step < items.shape[1] and len(rows):
                p = belief.next_item()[rows]
                loss = -p.gather(1, items[rows, step][:, None]).log().squeeze(1)
                found.append(torch.stack([torch.special.entr(p).sum(1), loss]))
    entropy, loss = torch.cat(found, 1).mean(1).tolist()
    return {"entropy": entropy, "surprise": loss, "uniform": float(np.log(world.n_items))}


def look_at_clicks(world: World) -> dict:
    """Oracle, mean click rate, and smoothed click rate by item, on the last fifth of the users."""
    batch, shown = world.click_batch, world.slates
    told = (batch.items, batch.times, batch.lengths, batch.query_time, batch.candidates)
    cut = int(0.8 * len(batch))
    tasks = {"click": (shown.click, world.click_oracle(*told))}
    if shown.purchase is not None:
        tasks["purchase"] = (shown.purchase, world.purchase_oracle(*told))
    found = {"impressions": shown.click.numel(), "test_impressions": shown.click[cut:].numel()}
    for task, (label, p) in tasks.items():
        y, items = label.double(), batch.candidates
        mean = y[:cut].mean()
        size = world.n_items + 1
        seen = torch.bincount(items[:cut].flatten(), minlength=size)
        hits = torch.bincount(items[:cut].flatten(), weights=y[:cut].flatten(), minlength=size)
        rate = (hits + 20 * mean) / (seen + 20)
        rivals = {"oracle": p[cut:], "item rate": rate[items[cut:]], "constant": mean.expand(y[cut:].shape)}
        found[task] = {"rate": float(y.mean())}
        for name, guess in rivals.items():
            found[task][name] = measure(guess, y[cut:])
    return found


def measure(guess: Tensor, label: Tensor) -> dict[str, float]:
    """AUC and mean log-loss (nats) of ``guess`` against ``label``, both ``(N, K)``."""
    label, guess = label.flatten().numpy(), guess.flatten().numpy()
    return {"AUC": float(auc(label, guess)), "log-loss": float(log_loss(label, guess).mean())}


def attention_on_causes(folder: Path) -> dict:
    """How much of a trained model's last row of attention lies on the event that called.

    On test histories in which one event has a responsibility of at least 0.9; beside it the same
    weight everywhere, all weight on the last item, and the oracle's own share looking ahead.
    """
    run = load_run(folder, "cpu")
    _, world = load_source(run.notes["source"])
    cases = leave_one_out(world, max_len=world.max_length).test
    batch, lengths = cases.batch, cases.batch.lengths
    share, cause = world.cause_posterior(batch, cases.target)[:, :-1].max(1)
    ahead = world.cause_predictive(batch)
    row, clear, recent = torch.arange(len(cases)), share >= SURE, cause == lengths - 1
    weights = last_weights(run.model, batch).double()
    lookers = {f"head {h + 1}": weights[row, h, cause] for h in range(weights.shape[1])}
    lookers["uniform"] = 1 / lengths.double()
    lookers["most recent"] = recent.double()
    lookers["oracle"] = ahead[row, cause] / ahead[:, :-1].sum(1).clamp(min=1e-12)
    groups = {"all": clear, "last item": clear & recent, "further back": clear & ~recent}
    return {
        "causes": {
            "sure": SURE,
            "histories": {name: int(group.sum()) for name, group in groups.items()},
            "share": {
                who: {name: float(on[group].mean()) for name, group in groups.items()}
                for who, on in lookers.items()
            },
        }
    }
