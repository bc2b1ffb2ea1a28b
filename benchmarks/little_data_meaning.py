"""What changes of a history do to its meaning, for `little_data.py`: rows without training."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.augmenting import choose_steps, correlated_items, crop, insert, reorder, substitute
from seqrec_lib.data.batch import Batch
from seqrec_lib.data.same_target import SameTarget
from seqrec_lib.data.worlds.meaning import filled, meaning_lost
from seqrec_lib.experiments.provenance import commit, versions

USERS, FILLS = 400, 4


def changed_copies(history: Batch, train: Batch, target: torch.Tensor, v: int, seed: int) -> dict[str, list]:
    """Each way's copies of ``history``, the newest steps of ``train`` with their last ``target``."""
    draw = torch.Generator().manual_seed(seed)
    partners = correlated_items(train, v)
    gaps = choose_steps(history, 0.3, draw)
    alike = SameTarget(train, v).draw(target, draw, own=torch.arange(len(train)))
    return {
        "crop-end": [crop(history, 0.6, draw, end=True)],
        "crop": [crop(history, 0.6, draw)],
        "mask": [filled(history, gaps, v, draw) for _ in range(FILLS)],
        "reorder": [reorder(history, 0.6, draw)],
        "insert": [insert(history, 0.3, partners, draw)],
        "substitute": [substitute(history, 0.3, partners, draw)],
        "same-target": [alike],
        "somebody else": [Batch(items=history.items.roll(1, 0), lengths=history.lengths.roll(1, 0))],
    }


def meaning_rows(seed: int) -> Iterator[dict[str, Any]]:
    """One row for each way of changing a history."""
    world = simulate("video", users=USERS, seed=seed)
    split = leave_one_out(world, max_len=world.max_length)
    train = split.train
    assert train.targets is not None
    history = Batch(items=train.items, lengths=train.lengths)
    copies = changed_copies(history, train, train.last(train.targets), world.n_items, seed)
    for name, changed in copies.items():
        lost = meaning_lost(world, history, changed)
        yield {
            "part": "meaning",
            "variant": name,
            "model": "oracle",
            "seed": seed,
            "world": "video",
            "users": USERS,
            "protocol": split.protocol,
            "settings": {"keep": 0.6, "hidden": 0.3, "moved": 0.6, "changed": 0.3, "fills": FILLS},
            "test": {
                "KL": float(lost.mean()),
                "median KL": float(lost.median()),
                "standard_error": float(lost.std()) / len(lost) ** 0.5,
            },
            "versions": versions(),
            "command": f"python benchmarks/little_data.py --part meaning --seed {seed}",
            "commit": commit(),
        }
