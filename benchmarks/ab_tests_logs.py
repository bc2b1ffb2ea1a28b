"""Rows of `benchmarks/ab_tests.py` that need no test: values from a log, and two metrics that disagree."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from seqrec_lib import evaluate, train
from seqrec_lib.ab import doubly_robust, per_place, place_chances, slate_chance, whole_slate
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.worlds import World
from seqrec_lib.data.worlds.oracle_model import OracleModel
from seqrec_lib.models.baselines import Markov, Popularity, RecentPopularity

POOL, REQUESTS, LOGS, PLACES = 4_000, 1_000, 1_000, 3
ESTIMATES = (
    "the log's own mean",
    "model alone",
    "whole slate",
    "whole slate, self-normalised",
    "item by item",
    "item by item, clipped at 5",
    "item by item, self-normalised",
    "doubly robust",
    "doubly robust, a bad model",
)


def click_rates(world: World) -> Tensor:
    """``(V+1,)``: clicks of an item over how often it was looked at in the log, a little smoothed."""
    shown, clicks = world.slates.items, world.slates.click.double()
    looked = torch.arange(1, shown.shape[1] + 1).double() ** -world.settings.examination
    sums = torch.zeros(2, world.n_items + 1, dtype=torch.float64)
    sums[0].index_add_(0, shown.flatten(), clicks.flatten())
    sums[1].index_add_(0, shown.flatten(), looked.expand(shown.shape).flatten())
    rate = (sums[0] + 2 * sums[0].sum() / sums[1].sum()) / (sums[1] + 2)
    rate[0] = 0.0
    return rate


def in_parts(weights: Tensor) -> Tensor:
    """:func:`place_chances` of a few requests at a time, because pairs of items take room."""
    return torch.cat([place_chances(part, PLACES) for part in weights.split(250)])


def log_rows() -> list[dict]:
    """Bias and spread of each estimate over 1,000 logs: a new policy near the old one, and one far away."""
    rate = click_rates(simulate("shop", users=4_000, seed=1, slate=PLACES))
    world = simulate("shop", users=POOL, seed=2, slate=PLACES)
    batch, v = world.click_batch, world.n_items
    every = torch.arange(1, v + 1).expand(POOL, -1)
    first = world.propensity(batch, every, torch.ones_like(every)).value
    old = torch.cat([torch.zeros(POOL, 1, dtype=torch.float64), first], 1)  # (M, V+1), place 1
    looked = torch.arange(1, PLACES + 1).double() ** -world.settings.examination
    true = world.true_chances(batch, every, torch.ones_like(every))[0]  # at place 1
    true = torch.cat([torch.zeros(POOL, 1, dtype=torch.float64), true], 1)
    chance0, rows = in_parts(old), []
    for name, sharp in (("near", 1.0), ("far", 4.0)):
        new = old * rate**sharp
        chance1 = in_parts(new)
        exact = float((chance1 * looked[:, None] * true[:, None]).sum((1, 2)).mean())
        guess = looked[:, None] * rate  # (K, V+1)
        bad = looked[:, None] * rate[torch.randperm(v + 1, generator=torch.Generator().manual_seed(1))]
        hoped = [(chance1 * one).sum((1, 2)) for one in (guess, bad)]  # (M,)
        found: dict[str, list] = {each: [] for each in ESTIMATES}
        draw = torch.Generator().manual_seed(3)
        for _ in range(LOGS):
            who = torch.randint(POOL, (REQUESTS,), generator=draw)
            shown = torch.multinomial(old[who], PLACES, generator=draw)  # without replacement, in order
            p = looked * true[who].gather(1, shown)
            y = (torch.rand(p.shape, generator=draw, dtype=p.dtype) < p).double()
            w1, w0 = (c[who].gather(2, shown[:, :, None])[..., 0] for c in (chance1, chance0))
            s1, s0 = slate_chance(new[who], shown), slate_chance(old[who], shown)
            told = [one.expand(REQUESTS, -1, -1).gather(2, shown[:, :, None])[..., 0] for one in (guess, bad)]
            values = (
                per_place(y, w0, w0),
                per_place(y * 0, w0, w0, expected=hoped[0][who]),
                whole_slate(y, s1, s0),
                whole_slate(y, s1, s0, normalise=True),
                per_place(y, w1, w0),
                per_place(y, w1, w0, clip=5.0),
                per_place(y, w1, w0, normalise=True),
                doubly_robust(y, w1, w0, told[0], hoped[0][who]),
                doubly_robust(y, w1, w0, told[1], hoped[1][who]),
            )
            for each, value in zip(ESTIMATES, values, strict=True):
                found[each].append((value.value, value.error, value.weight, value.effective))
        value0 = float((chance0 * looked[:, None] * true[:, None]).sum((1, 2)).mean())
        for each, numbers in found.items():
            told_ = np.array(numbers)
            off = told_[:, 0] - exact
            rows.append(
                {
                    "variant": each,
                    "settings": {"policy": name, "sharpness": sharp, "requests": REQUESTS, "places": PLACES},
                    "test": {
                        "exact": exact,
                        "old": value0,
                        "bias": float(off.mean()),
                        "spread": float(off.std(ddof=1)),
                        "error": float((off**2).mean() ** 0.5),
                        "held": float((np.abs(off) <= 1.96 * told_[:, 1]).mean()),
                        "weight": float(told_[:, 2].mean()),
                        "effective": float(told_[:, 3].mean()),
                    },
                    "tests": LOGS,
                }
            )
    return rows


def metric_rows() -> list[dict]:
    """NDCG@10 of the next event beside exact clicks and purchases of the slate, in four worlds."""
    rows, users = [], 4_000
    worlds: dict[str, dict[str, float]] = {
        "shop": {},
        "choosier users": {"click_threshold": 64.0},
        "the next place alone": {},
        "clickbait": {"clickbait": 1.0},
    }
    train_split = leave_one_out(simulate("shop", users=users, seed=1), max_len=50)
    log = train_split.train_log
    fitted = {
        "popularity": Popularity(log),
        "recent popularity": RecentPopularity(log, 30 * 86_400.0),
        "markov": Markov(log),
    }
    how = {
        "dim": 32,
        "epochs": 8,
        "lr": 1e-2,
        "max_len": 50,
        "patience": 0,
        "progress": False,
        "device": "cpu",
    }
    fitted["gru4rec"] = train("gru4rec", train_split, **how).model
    for name, changes in worlds.items():
        world = simulate("shop", users=users, seed=2, **changes)
        split, batch = leave_one_out(world, max_len=50), world.click_batch
        places = 1 if name == "the next place alone" else world.settings.slate
        for model, one in {**fitted, "oracle": OracleModel(world)}.items():
            with torch.no_grad():
                scores = one.score(batch).double()
            scores[:, 0] = -torch.inf
            items = scores.scatter(1, batch.items, -torch.inf).topk(places, 1).indices
            click, buy = world.true_chances(batch, items)
            clicks, buys = click.sum(1), (click * buy).sum(1)
            ndcg = evaluate(one, split.test, (10,), with_coverage=False)
            rows.append(
                {
                    "variant": model,
                    "settings": {"world": name, "places": places, "users": users, **changes},
                    "test": {
                        "NDCG@10": ndcg["NDCG@10"],
                        "clicks": float(clicks.mean()),
                        "clicks error": float(clicks.std() / users**0.5),
                        "purchases": float(buys.mean()),
                        "purchases error": float(buys.std() / users**0.5),
                    },
                    "tests": users,
                }
            )
    return rows
