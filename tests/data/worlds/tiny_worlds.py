"""Tiny worlds, a walk through every position, and oracles that are spoiled on purpose."""

from __future__ import annotations

import copy
from dataclasses import replace

import torch

from seqrec_lib.data import simulate
from seqrec_lib.data.worlds.ceiling import expected_metrics
from seqrec_lib.data.worlds.oracle import Belief, beliefs
from seqrec_lib.data.worlds.process import State

# Gaps of months, so that popularity moves between the events of one user too.
DRIFTING = {"drift": 1.0, "start_days": 1500.0, "between_days": 200.0, "session_end": 0.7}
REPEATING = {"repeats": True}

# Six items: a series of three parts, a film, and a companion for each of the two.
TINY = {
    "series": 1,
    "parts": 3,
    "films": 1,
    "categories": 2,
    "types": 3,  # with two, these tables give both nearly the same taste, and types tell nothing
    "min_length": 4,
    "max_length": 4,
    "lag_kernel": ((2, 1.0), (3, 0.6)),
    "entry": 2.0,
}

# The other worlds in the small, with gaps and arrivals for which every one of their parts matters.
_SMALL = {
    "series": 1,
    "categories": 2,
    "types": 3,
    "entry": 2.0,
    "taste": 1.5,
    "sharpness": 3.0,
    "lag_kernel": ((2, 1.0), (3, 0.6)),
}
TINY_OF = {
    "shop": {
        **_SMALL,
        **{"parts": 2, "films": 1, "min_length": 3, "max_length": 3, "slate": 2, "click_threshold": 1.0},
        **{"start_days": 1500.0, "drift": 1.0, "trigger_days": 2.0, "trigger_spread": 0.7, "new_share": 0.5},
        **{"session_end": 0.5, "fade_hours": 1.0},
    },
    "music": {**_SMALL, "parts": 3, "films": 2, "min_length": 4, "max_length": 4, "session_end": 0.5},
    "ads": {
        **_SMALL,
        **{"parts": 2, "films": 1, "min_length": 3, "max_length": 3, "slate": 2, "click_threshold": 1.0},
        **{"start_days": 1000.0, "drift": 2.0, "new_share": 0.5, "session_end": 0.5, "fade_hours": 1.0},
        **{"taste": 5.0},  # only two kinds of item, of which one comes late: else types tell little
    },
    "finance": {
        **_SMALL,
        **{"parts": 3, "films": 1, "min_length": 4, "max_length": 4, "start_days": 1500.0},
        **{"trigger_days": 10.0, "trigger_spread": 0.7},
    },
    "courses": {
        **_SMALL,
        **{"parts": 3, "films": 2, "min_length": 4, "max_length": 4, "session_end": 0.5, "fade_hours": 3.0},
    },
    "care": {
        **_SMALL,
        **{"parts": 3, "films": 1, "min_length": 4, "max_length": 4, "start_days": 1500.0},
        **{"trigger_days": 14.0, "trigger_spread": 0.7},
    },
    "city": {
        **_SMALL,
        **{"parts": 2, "films": 2, "min_length": 3, "max_length": 3, "start_days": 1500.0, "drift": 1.5},
        **{"trigger_days": 7.0, "trigger_spread": 0.7, "new_share": 0.5, "fade_hours": 1.0},
    },
}

# What matters in each of them, and so what a spoiled oracle may forget.
MATTERS = {
    "shop": ("types", "trigger", "mask", "drift", "fade", "days", "arrival"),
    "music": ("types", "trigger", "spent", "fade", "weekend", "pace"),
    "ads": ("types", "trigger", "mask", "drift", "fade", "arrival"),
    "finance": ("types", "trigger", "mask", "drift", "days", "pace"),
    "courses": ("types", "trigger", "spent", "fade", "weekend", "pace"),
    "care": ("types", "trigger", "mask", "drift", "days"),
    "city": ("types", "trigger", "mask", "drift", "fade", "days", "arrival"),
}
SPOILED = [(name, what) for name, all_ in MATTERS.items() for what in all_]

# What a spoiled oracle forgets, and the kind of world in which it matters.
SPOILS = {
    "types": "plain",
    "trigger": "plain",
    "mask": "plain",
    "drift": "drift",
    "spent": "repeats",
}

# Settings under which an oracle forgets one way in which time matters.
FORGET = {
    "fade": {"fade_hours": 0.0},  # the gap since the last item
    "days": {"trigger_spread": 1e6},  # how long ago the trigger's event was
    "weekend": {"weekend": 0.0},
    "pace": {"pace": 0.0},  # that gaps tell the type
    "arrival": {"new_share": 0.0},
}


def tiny_world(name="video", **changes):
    return simulate(name, **{**(TINY if name == "video" else TINY_OF[name]), **changes})


def spoiled(world, what, monkeypatch):
    """A copy of ``world`` whose oracle forgets ``what``; the users stay those of the honest one."""
    broken = copy.copy(world)
    if what == "types":  # the posterior stays at the prior
        monkeypatch.setattr(Belief, "of_item", lambda self, item: self.posterior)
    elif what == "trigger":
        broken.tables = replace(world.tables, trigger=torch.zeros_like(world.tables.trigger))
    elif what == "drift":
        broken.tables = replace(world.tables, drift=torch.zeros_like(world.tables.drift))
    elif what == "mask":  # seen items keep their probability
        broken.settings = replace(world.settings, repeats=True)
    elif what == "spent":  # a trigger goes on calling after its item was observed
        observe = State.observe

        def forgetful(self, item, moment):
            observe(self, item, moment)
            self.last_seen.fill_(-1)

        monkeypatch.setattr(State, "observe", forgetful)
    else:
        broken.settings = replace(world.settings, **FORGET[what])
    return broken


def walk(world, users=None):
    """Before each event of each user: ``(step, rows (n,), item (n,), belief)``."""
    draw = world.draw
    items, times, lengths = (t[:users] for t in (draw.items, draw.times, draw.lengths))
    # The last event is asked for in the walk itself, so no request after it is needed.
    for step, _, belief in beliefs(world.settings, world.tables, items, times, times[:, -1], lengths):
        rows = (lengths > step).nonzero().squeeze(1)
        if step < items.shape[1] and len(rows):
            yield step, rows, items[rows, step], belief


def surprises(world, k=10, users=None):
    """For every event: -log p(item), entropy, realised NDCG@k, expected NDCG@k, each ``(N,)``."""
    found = []
    for _, rows, item, belief in walk(world, users):
        p = belief.next_item()[rows]
        own = p.gather(1, item[:, None])
        rank = (p > own).sum(1) + 1
        realised = torch.where(rank <= k, 1 / torch.log2(rank + 1.0), 0.0)
        entropy = torch.special.entr(p).sum(1)
        loss = -own.squeeze(1).clamp(min=1e-300).log()
        found.append(torch.stack([loss, entropy, realised, expected_metrics(p, (k,))[f"NDCG@{k}"]]))
    return torch.cat(found, dim=1)


def standard_errors_apart(a, b):
    """How many standard errors the mean of ``a - b`` is from 0.

    Given the history, each difference has mean 0 when the oracle is right, so differences of one
    user are uncorrelated and the plain standard error holds over events.
    """
    gap = (a - b).double()
    return float(gap.mean().abs() / (gap.std() / len(gap) ** 0.5))


def chi_square(observed, expected, smallest=5.0):
    """p-value of ``observed`` ``(G, K)`` counts, each row against its ``expected`` ``(G, K)``.

    Cells that expect fewer than ``smallest`` are pooled within their row; a pool that is still
    small joins the row's smallest cell. Each row has one degree of freedom fewer than cells.
    """
    if bool(((observed > 0) & (expected <= 0)).any()):
        return 0.0  # what happened was called impossible
    total, freedom = 0.0, 0
    for seen, hoped in zip(observed.double().tolist(), expected.double().tolist(), strict=True):
        cells = sorted(((e, o) for o, e in zip(seen, hoped, strict=True) if e > 0), reverse=True)
        large = [list(cell) for cell in cells if cell[0] >= smallest]
        rest = [sum(column) for column in zip(*cells[len(large) :], strict=True)]
        if rest and rest[0] >= smallest:
            large.append(rest)
        elif rest and large:
            large[-1] = [large[-1][0] + rest[0], large[-1][1] + rest[1]]
        if len(large) > 1:
            total += sum((o - e) ** 2 / e for e, o in large)
            freedom += len(large) - 1
    half = torch.tensor([freedom / 2, total / 2], dtype=torch.float64)
    return float(torch.special.gammaincc(half[0], half[1]))
