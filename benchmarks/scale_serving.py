"""Rows of the part ``serving`` of `benchmarks/scale.py`: seconds of one batch of requests.

The cost model of chapter 20 is fitted to the small shapes and foresees the larger ones. The larger ones were
chosen, and the limit of 25% set, before any of them was timed. A batch is answered as a service does it: the
encoder reads the histories, all items are scored, and the ten best are taken.
"""

from __future__ import annotations

import time

import numpy as np
import torch

from seqrec_lib.data import Batch
from seqrec_lib.evaluation.asking import asked
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.scale import CostModel
from seqrec_lib.scale.serving import serving_bytes, serving_flops

LAYERS, K = 2, 10
NAMES = ("requests", "items", "dim", "length")
SMALL = [
    dict(zip(NAMES, shape, strict=True))
    for shape in (
        (1, 2_000, 32, 25), (1, 20_000, 32, 25), (1, 20_000, 64, 50), (8, 5_000, 32, 50), (8, 20_000, 64, 25),
        (32, 2_000, 64, 50), (32, 10_000, 32, 25), (32, 20_000, 64, 50),
    )
]  # fmt: skip
LARGER = [
    dict(zip(NAMES, shape, strict=True))
    for shape in ((64, 50_000, 64, 50), (32, 100_000, 64, 50), (128, 20_000, 64, 50), (1, 200_000, 64, 50))
]


def shape_of(sizes: dict) -> dict[str, float]:
    """Operations and bytes of one batch, as the formulas of the chapter count them."""
    asks, items, dim, length = (sizes[name] for name in NAMES)
    return {
        "flops": serving_flops(asks, items, dim, LAYERS, length),
        "moved": serving_bytes(asks, items, dim),
    }


def batch_seconds(sizes: dict, rounds: int) -> float:
    """The median seconds of one batch of requests."""
    torch.manual_seed(0)
    asks, items, dim, length = (sizes[name] for name in NAMES)
    model = build(recipe_settings("sasrec", items, max_len=length, dim=dim, layers=LAYERS))
    batch = Batch(torch.randint(1, items + 1, (asks, length)), torch.full((asks,), length))
    seconds = []
    with asked(model):
        for _ in range(rounds + 2):
            started = time.perf_counter()
            model.score(batch).topk(K)
            seconds.append(time.perf_counter() - started)
    return float(np.median(seconds[2:]))


def serving() -> list[dict]:
    """The small batches, then the larger ones with what the model fitted to the small ones foresees."""
    torch.set_num_threads(1)
    batch_seconds(SMALL[0], 20)
    timed = [(sizes, {**shape_of(sizes), "seconds": batch_seconds(sizes, 40)}) for sizes in SMALL]
    model = CostModel.fit([found for _, found in timed])
    timed += [(sizes, {**shape_of(sizes), "seconds": batch_seconds(sizes, 20)}) for sizes in LARGER]
    rows = [
        {
            "part": "serving",
            "model": "sasrec",
            "seed": 0,
            "protocol": "none",
            "test": {},
            "variant": "fitted" if sizes in SMALL else "foreseen",
            "sizes": sizes,
            **found,
            "foreseen": model.seconds(found["flops"], found["moved"]),
            "cost_model": vars(model),
        }
        for sizes, found in timed
    ]
    for row in rows:
        off = row["foreseen"] / row["seconds"] - 1
        print(row["variant"], row["sizes"], f"{1e3 * row['seconds']:.2f} ms", f"{off:+.0%}", flush=True)
    return rows
