"""A guest on the account, and what flags are worth: at the request, and in a model that is trained again.

One evening of a user of another type is put into each history, a fifth of what stands there then. The host's
next item is drawn from the host's own events, so the oracle that is told who was who is the ceiling.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from seqrec_lib import evaluate, fit, train
from seqrec_lib.data import Batch, leave_one_out
from seqrec_lib.data.batch import Cases
from seqrec_lib.data.interactions import Interactions
from seqrec_lib.data.splits import Split
from seqrec_lib.data.worlds import OracleModel
from seqrec_lib.evaluation.metrics import allowed_items
from seqrec_lib.evaluation.resampling import bootstrap_many, bounds
from seqrec_lib.explain import events_weighted, explain_all, less_like, not_me, with_guests

USERS = 400
SHARE = 0.2
MAX_LEN = 50
ASKED = (0.0, 0.1, 0.2, 0.4, 0.7, 1.0)  # share of a history that the user is asked about
ON = {"epochs": 2, "lr": 2e-3, "batch_size": 32, "schedule": "cosine", "patience": 0, "evaluate_every": 2}


def log_of(base: Interactions, batch: Batch) -> Interactions:
    """The log whose histories are those of ``batch``, in order and without times."""
    users = torch.arange(len(batch)).repeat_interleave(batch.lengths).numpy()
    return replace(
        base, users=users, items=batch.items[batch.mask()].numpy(), times=None, name="video, guests"
    )


def gains(scores: Tensor, cases: Cases) -> Tensor:
    """NDCG@10 of each case from its scores ``(N, V+1)``; what the host has seen is out, as for every row."""
    allowed = allowed_items(scores, cases.seen(), cases.target)
    own = scores.gather(1, cases.target[:, None])
    rank = ((scores > own) & allowed).sum(1) + 1
    return torch.where(rank <= 10, 1 / torch.log2(rank + 1.0), 0.0)


@torch.no_grad()
def asked_model(model, batch: Batch, cases: Cases) -> Tensor:
    """Gains of a model that reads ``batch`` in place of the cases' own histories."""
    return gains(model.eval().score(batch).double(), cases)


def newest(batch: Batch) -> Batch:
    """The newest MAX_LEN events."""
    return not_me(batch, torch.zeros(batch.items.shape, dtype=torch.bool), MAX_LEN)


def questions(model, mixed: Batch, seed: int) -> dict[str, Tensor]:
    """``{way: (N, T)}``: the order in which a user is asked about events, 0 first.

    By influence: how much an event matters, for or against, to the item that the model puts first.
    """
    generator = torch.Generator().manual_seed(seed)
    noise = torch.rand(mixed.items.shape, generator=generator)
    flat = newest(mixed)
    with torch.no_grad():
        scores = model.eval().score(flat)
    scores.scatter_(1, flat.items, -torch.inf)
    influence = explain_all(model, flat, scores.argmax(1), "occlusion", draws=1).abs()
    start = mixed.lengths - flat.lengths  # events that the model does not read are asked about last
    whole = torch.zeros(mixed.items.shape, dtype=torch.float64)
    for n, (first, length) in enumerate(zip(start.tolist(), flat.lengths.tolist(), strict=True)):
        whole[n, first : first + length] = influence[n, :length] + 1e-9
    recent = torch.arange(mixed.items.shape[1]).expand(mixed.items.shape).double()
    found = {"at random": noise.double(), "by influence": whole, "the newest first": recent}
    hidden = ~mixed.mask()
    return {
        way: each.masked_fill(hidden, -1.0).argsort(dim=1, descending=True).argsort(dim=1)
        for way, each in found.items()
    }


def table(columns: dict[str, Tensor]) -> dict[str, dict[str, float]]:
    """``{name: {NDCG@10, low, high, and its gain over "no flags" with its ends}}``."""
    values = np.stack([column.double().numpy() for column in columns.values()], 1)
    drawn = bootstrap_many(values, np.arange(len(values)))
    base = list(columns).index("no flags")
    found = {}
    for n, name in enumerate(columns):
        low, high = bounds(drawn[:, n], 0.95)
        less, more = bounds(drawn[:, n] - drawn[:, base], 0.95)
        gap = float(values[:, n].mean() - values[:, base].mean())
        found[name] = {"NDCG@10": float(values[:, n].mean()), "low": low, "high": high}
        found[name] |= {"gain": gap, "gain, low": less, "gain, high": more}
    return found


def at_request(model, ground, seed: int) -> dict[str, dict[str, float]]:
    """Flags that are taken into account when the list is made; the model is as it was."""
    cases = ground.fresh.test.rows(slice(0, USERS))
    mixed, guest = with_guests(ground.fresh_world, cases.batch, SHARE, seed)
    columns = {"no flags": asked_model(model, newest(mixed), cases)}
    for way, order in questions(model, mixed, seed).items():
        for share in ASKED[1:-1]:
            flags = guest & (order < (share * mixed.lengths[:, None]))
            columns[f"asked {share:g} {way}"] = asked_model(model, not_me(mixed, flags, MAX_LEN), cases)
    columns["all flags: taken out"] = asked_model(model, not_me(mixed, guest, MAX_LEN), cases)
    wrong = torch.zeros_like(guest)
    for n, count in enumerate(guest.sum(1).tolist()):  # as many of the host's own events, at random
        mine = (~guest[n] & mixed.mask()[n]).nonzero().squeeze(1)
        pick = torch.randperm(len(mine), generator=torch.Generator().manual_seed(seed * 1000 + n))[:count]
        wrong[n, mine[pick]] = True
    columns["as many of the host's own taken out"] = asked_model(model, not_me(mixed, wrong, MAX_LEN), cases)
    flat, marks = newest(mixed), guest_of_newest(mixed, guest)
    for weight in (0.0, 0.1, 0.3):
        with events_weighted(model, torch.where(marks, weight, 1.0)):
            columns[f"all flags: attention times {weight:g}"] = asked_model(model, flat, cases)
    with torch.no_grad():
        scores = model.score(flat).double()
        for strength in (1.0, 3.0):
            pushed = less_like(
                scores, model.item_matrix().double(), torch.where(marks, flat.items, 0), strength
            )
            columns[f"all flags: less like them, {strength:g}"] = gains(pushed, cases)
    for name, batch in (("oracle that is not told", mixed), ("oracle that knows", cases.batch)):
        columns[name] = gains(OracleModel(ground.world).score(batch), cases)
    return table(columns)


def guest_of_newest(mixed: Batch, guest: Tensor) -> Tensor:
    """``guest`` for the newest MAX_LEN events of each history."""
    flat = newest(mixed)
    marks = torch.zeros(flat.items.shape, dtype=torch.bool)
    for n, (whole, length) in enumerate(zip(mixed.lengths.tolist(), flat.lengths.tolist(), strict=True)):
        marks[n, :length] = guest[n, whole - length : whole]
    return marks


def trained_again(ground, how: dict, seed: int) -> dict[str, dict[str, float]]:
    """A model of a log with guests, trained on for two epochs: as it is, half cleaned by flags, cleaned."""
    draw = ground.world.draw
    whole = Batch(draw.items, draw.lengths, users=torch.arange(len(draw.items)))
    mixed, guest = with_guests(ground.world, whole, SHARE, seed)
    flags = guest.clone()
    flags[1::2] = False  # half of the users say nothing
    logs = {"mixed": mixed, "half cleaned": not_me(mixed, flags), "cleaned": not_me(mixed, guest)}
    splits: dict[str, Split] = {
        name: leave_one_out(log_of(ground.split.log, batch), max_len=MAX_LEN) for name, batch in logs.items()
    }
    first = train("sasrec", splits["mixed"], seed=seed, device="cpu", progress=False, **how).model
    cases = ground.fresh.test.rows(slice(0, USERS))
    asked, theirs = with_guests(ground.fresh_world, cases.batch, SHARE, seed)
    told = not_me(asked, theirs, MAX_LEN)
    columns = {
        "no flags": asked_model(first, newest(asked), cases),
        "as trained, flags at the request": asked_model(first, told, cases),
    }
    for name, split in splits.items():
        model = copy.deepcopy(first)
        fit(model, split, seed=seed, progress=False, device="cpu", weight_decay=0.0, **ON)
        columns[f"trained on, {name}"] = asked_model(model, newest(asked), cases)
        columns[f"trained on, {name}, flags at the request"] = asked_model(model, told, cases)
    return table(columns)


def feedback_rows(ground, how: dict, seed: int) -> Iterator[tuple[dict, dict]]:
    """``(labels, test)`` of the two ways to take flags into account."""
    model = train("sasrec", ground.split, seed=seed, device="cpu", progress=False, **how).model
    plain = evaluate(model, ground.fresh.test, (10,)).metrics
    yield {"way": "at the request", "ranking": plain}, at_request(model, ground, seed)
    yield {"way": "trained again"}, trained_again(ground, how, seed)
