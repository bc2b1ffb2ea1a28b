"""Contracts of page 15b: ids hidden in training, ids that are read, places kept for the new, a mix.

The transcriptions are loops over NumPy numbers in double precision, written from the equations.
"""

from __future__ import annotations

import numpy as np
import torch
from contracts_model import array, close
from equation_contracts import contract

from seqrec_lib.data import Interactions
from seqrec_lib.data.item_parts import part_shapes
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.models.cold_start import reserved_order, short_history_mix

V, SHARE = 5, 0.3
COUNTS = [0, 0, 1, 2, 3, 7]  # training events of padding and of each item
DRAWS = 4000


def _log() -> Interactions:
    items = np.repeat(np.arange(V + 1), COUNTS)
    return Interactions(
        users=np.zeros(len(items), dtype=np.int64),
        items=items,
        times=None,
        user_ids=np.array(["u"], dtype=object),
        item_ids=np.array([None, *"abcde"], dtype=object),
        item_features={"price": np.array([np.nan, 1.0, 4.0, 2.0, 9.0, 5.0])},
    )


def _model(**changes):
    log = _log()
    settings = recipe_settings(
        "modal", V, features=part_shapes(log), dim=4, max_len=6, join="sum", **{"hide_ids": 0.0, **changes}
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        model = build(settings)
    model.read_items(log, log)
    return model


def _mean_vectors(share: float = SHARE, **changes) -> torch.Tensor:
    """``(V+1, D)``: the mean of the item vectors over passes of training."""
    model = _model(hide_ids=share, **changes).train()
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(8)
        return torch.stack([model.item_matrix() for _ in range(DRAWS)]).mean(0)


@contract(
    "eq-hidden-id",
    kind="montecarlo",
    library=_mean_vectors,
    perturb={
        "never hidden": lambda: _mean_vectors(0.0),
        "hidden as often as left": lambda: _mean_vectors(1 - SHARE),
        "parts hidden too": lambda: _mean_vectors(hide=0.5),
        "scaled up, as dropout does": lambda: _mean_vectors() / (1 - SHARE),
    },
)
def hidden_id(library) -> None:
    """An id is there with chance 1 - share where the item was met, and the other parts always."""
    vectors, known = _model().eval().part_vectors()
    vectors, known = array(vectors.detach()), known.numpy()
    found = array(library())
    for item in range(V + 1):
        want = np.zeros(4)
        for part in range(2):
            if known[item, part]:
                want += vectors[item, part] * ((1 - SHARE) if part == 0 else 1.0)
        room = 5 * np.abs(vectors[item, 0]) * (SHARE * (1 - SHARE) / DRAWS) ** 0.5 + 1e-6
        assert (np.abs(found[item] - want) <= room).all(), item


@contract(
    "eq-ids-from",
    kind="code",
    library=lambda least: _model(ids_from=least).met,
    perturb={
        "one event more": lambda least: _model(ids_from=least + 1).met,
        "whoever was met": lambda least: _model().met,
        "the seldom met": lambda least: ~_model(ids_from=least).met,
    },
)
def ids_from(library) -> None:
    """1 for an item with at least so many training events, else 0."""
    for least in (2, 3):
        found = library(least).tolist()
        for item in range(1, V + 1):
            assert found[item] == (COUNTS[item] >= least), item


OLD = torch.tensor([[-9.0, 0.3, 2.0, 1.0, -1.0, 0.5, 0.1], [-9.0, 5.0, 1.0, 2.0, 0.0, 4.0, 3.0]])
NEW = OLD.flip(1)
IS_NEW = torch.tensor([False, True, False, False, True, True, False])


@contract(
    "eq-kept-places",
    kind="code",
    library=reserved_order,
    perturb={
        "all old ones first": lambda old, new, kind, every: reserved_order(old, new, kind, 1000),
        "one model for both": lambda old, new, kind, every: reserved_order(old, old, kind, every),
        "kinds exchanged": lambda old, new, kind, every: reserved_order(old, new, ~kind, every),
        "a place more between": lambda old, new, kind, every: reserved_order(old, new, kind, every + 1),
    },
)
def kept_places(library) -> None:
    """The j-th new item at place c j, the k-th old one at k + floor((k - 1) / (c - 1))."""
    for every in (2, 3):
        found = library(OLD, NEW, IS_NEW, every)
        for b in range(len(OLD)):
            old = sorted((i for i in range(7) if not IS_NEW[i]), key=lambda i, b=b: -OLD[b, i])
            new = sorted((i for i in range(7) if IS_NEW[i]), key=lambda i, b=b: -NEW[b, i])
            for k, item in enumerate(old, 1):
                assert found[b, item] == k + (k - 1) // (every - 1)
            for j, item in enumerate(new, 1):
                assert found[b, item] == every * j


CHANCES = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], dtype=torch.float64)
POPULAR = torch.tensor([0.2, 0.3, 0.5], dtype=torch.float64)
LENGTHS = torch.tensor([1, 6])


@contract(
    "eq-short-mix",
    kind="code",
    library=short_history_mix,
    perturb={
        "the other way round": lambda p, q, n, kappa: short_history_mix(q.expand_as(p), p, n, kappa),
        "one length for all": lambda p, q, n, kappa: short_history_mix(
            p, q, n.float().mean().expand(2), kappa
        ),
        "kappa squared": lambda p, q, n, kappa: short_history_mix(p, q, n, kappa**2),
        "the model alone": lambda p, q, n, kappa: short_history_mix(p, q, n, 0.0),
    },
)
def short_mix(library) -> None:
    """n / (n + kappa) of the model, the rest popularity."""
    found = array(library(CHANCES, POPULAR, LENGTHS, 3.0))
    for b in range(2):
        n = int(LENGTHS[b])
        for i in range(3):
            close(found[b, i], (n * float(CHANCES[b, i]) + 3.0 * float(POPULAR[i])) / (n + 3.0))
