"""Methods of explanation judged on one model: the cause first, curves, agreement, random weights."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seqrec_lib.data.worlds import OracleModel, quiet_items
from seqrec_lib.evaluation.causes import last_weights
from seqrec_lib.evaluation.resampling import bootstrap_many, bounds
from seqrec_lib.explain import (
    Game,
    LogScores,
    cause_first,
    deletion_curve,
    explain_all,
    kendall_tau,
    with_random_weights,
)

OPTIONS: dict[str, dict[str, Any]] = {
    "attention": {},
    "rollout": {},
    "gradient": {},
    "integrated": {"points": 32},
    "occlusion": {"draws": 4},
    "occlusion, quiet items": {"draws": 4},
    "occlusion, deleted": {"absent": "delete"},
    "shapley, quiet items": {"permutations": 8, "draws": 1},
    "recent": {},
    "uniform": {},
}
SHUFFLED = ("attention", "rollout", "gradient", "integrated", "occlusion, quiet items")
READS = ("attention", "rollout", "gradient", "integrated")  # what an oracle does not have
MOST = 8


def shares_of(model: object, ground, methods=OPTIONS) -> dict[str, Tensor]:
    """``{method: (N, T)}`` for the cases whose cause is known."""
    batch, target, quiet = ground.called.batch, ground.called.target, quiet_items(ground.world)
    found = {}
    for name in methods:
        method, _, how = name.partition(", ")
        pool = {"pool": quiet} if how == "quiet items" else {}
        found[name] = explain_all(model, batch, target, method, **OPTIONS[name], **pool)
    return found


def means(columns: dict[str, Tensor]) -> tuple[dict[str, float], dict[str, list[float]], np.ndarray]:
    """Means over users, their 95% intervals, and the bootstrap itself, columns in order."""
    values = np.stack([column.double().numpy() for column in columns.values()], 1)  # (N, M)
    drawn = bootstrap_many(values, np.arange(len(values)))
    ends = [list(bounds(column, 0.95)) for column in drawn.T]
    return (
        dict(zip(columns, values.mean(0).tolist(), strict=True)),
        dict(zip(columns, ends, strict=True)),
        drawn,
    )


def first_rates(shares: dict[str, Tensor], ground, hit: Tensor) -> tuple[dict, dict]:
    """How often the cause comes first: over all cases, by where it lies, where the model knew the item."""
    lengths, cause = ground.called.batch.lengths, ground.cause
    first = {name: cause_first(each, cause, lengths) for name, each in shares.items()}
    mean, ends, drawn = means(first)
    recent = cause == lengths - 1
    parts = {"last": recent, "earlier": ~recent, "hits": hit, "hits, earlier": hit & ~recent}
    test = {name: {"first": mean[name]} for name in shares}
    for part, here in parts.items():
        for name in shares:
            test[name][f"first, {part}"] = float(first[name][here].mean()) if here.any() else float("nan")
    names = list(shares)
    pairs = {}
    for one, other in combinations(range(len(names)), 2):
        gap = drawn[:, one] - drawn[:, other]
        apart = mean[names[one]] - mean[names[other]]
        pairs[f"{names[one]} - {names[other]}"] = [apart, *bounds(gap, 0.95)]
    counts = {part: int(here.sum()) for part, here in parts.items()}
    return test, {"interval": ends, "paired": pairs, "counts": counts}


def curves_of(model: object, ground, shares: dict[str, Tensor], seed: int) -> tuple[dict, dict]:
    """Mean of log p after the first 0 to MOST events of each method are replaced, and the mean fall."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.rand(ground.shares.shape, generator=generator, dtype=torch.float64)
    ordered = {**shares, "true shares": ground.shares, "random": noise}
    ordered.pop("uniform", None)  # all tie: it would be the order of "recent"
    batch, target, found = ground.called.batch, ground.called.target, {}
    for n, item in enumerate(target.tolist()):
        one = batch.rows(slice(n, n + 1))
        # Quiet items, and not the draws that made the shares.
        game = Game(model, one, item, draws=2, seed=1000 + seed, pool=quiet_items(ground.world))
        t = int(batch.lengths[n])
        for name, each in ordered.items():
            found.setdefault(name, []).append(deletion_curve(game, each[n, :t], MOST))
    curves = {name: torch.stack(each) for name, each in found.items()}
    falls = {name: each[:, 0] - each[:, 1 : 1 + 5].mean(1) for name, each in curves.items()}
    mean, ends, _ = means(falls)
    return (
        {name: {"fall": mean[name], "fall, interval": ends[name]} for name in falls},
        {name: each.mean(0).tolist() for name, each in curves.items()},
    )


def agreement(shares: dict[str, Tensor], lengths: Tensor) -> dict[str, list[float]]:
    """Kendall's tau of each two methods, mean over cases with its interval."""
    names = [name for name in shares if name != "uniform"]
    columns = {
        f"{one} | {other}": torch.tensor(
            [kendall_tau(shares[one][n, :t], shares[other][n, :t]) for n, t in enumerate(lengths.tolist())]
        )
        for one, other in combinations(names, 2)
    }
    mean, ends, _ = means(columns)
    return {name: [mean[name], *ends[name]] for name in columns}


def sanity(model: object, ground, shares: dict[str, Tensor], seed: int) -> dict[str, dict]:
    """The same explanations of the model with its weights shuffled: agreement, and the cause first."""
    shuffled = shares_of(with_random_weights(model, seed), ground, SHUFFLED)
    lengths, found = ground.called.batch.lengths, {}
    for name, other in shuffled.items():
        taus = torch.tensor(
            [kendall_tau(shares[name][n, :t], other[n, :t]) for n, t in enumerate(lengths.tolist())]
        ).nan_to_num(0.0)
        mean, ends, _ = means({"tau": taus, "first": cause_first(other, ground.cause, lengths)})
        found[name] = {key: [mean[key], *ends[key]] for key in mean}
    return found


def mixing(model: object, ground) -> dict[str, list[float]]:
    """Mean weight of attention on an earlier cause, and on the step after it, whose state carries it too."""
    weights = last_weights(model, ground.called.batch).double().mean(1)  # (N, T)
    lengths, cause = ground.called.batch.lengths, ground.cause
    early = cause < lengths - 2
    row = early.nonzero().squeeze(1)
    columns = {
        "on the cause": weights[row, cause[row]],
        "on the step after": weights[row, cause[row] + 1],
        "on the step before": weights[row, (cause[row] - 1).clamp(min=0)],
        "uniform": 1 / lengths[row].double(),
    }
    mean, ends, _ = means(columns)
    return {name: [mean[name], *ends[name]] for name in columns}


@torch.no_grad()
def known(model: object, ground) -> Tensor:
    """``(N,)`` bool: whether the model has the target among its ten best unseen items."""
    cases = ground.called
    scores = model.score(cases.batch).double()
    own = scores.gather(1, cases.target[:, None])
    scores[:, 0] = -torch.inf
    scores.scatter_(1, cases.batch.items, -torch.inf)
    return (scores > own).sum(1) < 10


def judge_model(model, ground, seed: int) -> tuple[dict, dict]:
    """``(test, more)`` of one trained model."""
    shares = shares_of(model, ground)
    test, more = first_rates(shares, ground, known(model.eval(), ground))
    falls, curves = curves_of(model, ground, shares, seed)
    for name, fall in falls.items():
        test.setdefault(name, {}).update(fall)
    tau = agreement(shares, ground.called.batch.lengths)
    checks = sanity(model, ground, shares, seed)
    return test, {**more, "curves": curves, "tau": tau, "sanity": checks, "mixing": mixing(model, ground)}


def judge_oracle(ground) -> tuple[dict, dict]:
    """``(test, more)`` of the oracle, the ceiling: no gradients, no weights."""
    oracle = LogScores(OracleModel(ground.world))
    shares = shares_of(oracle, ground, [name for name in OPTIONS if name not in READS])
    test, more = first_rates(shares, ground, known(oracle, ground))
    return test, {**more, "tau": agreement(shares, ground.called.batch.lengths)}
