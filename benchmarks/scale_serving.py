"""Rows of the part ``serving`` of `benchmarks/scale.py`: seconds of one batch of requests.

A batch is answered as a service does it: the encoder reads the histories, all items are scored, and the ten
best are taken. Cost models are fitted to small shapes and foresee larger ones, within 25%, a limit that was
set before any was timed. There were two trials. The first model had three parts and was fitted to ``SMALL``,
whose tables stay in the cache; it did not pass on ``LARGER``. The second has four and is fitted to ``WIDER``
too. It is tested on ``LAST``, shapes that were chosen after the first trial and had not been timed.
"""

from __future__ import annotations

import time

import numpy as np
import torch

from seqrec_lib.data import Batch
from seqrec_lib.evaluation.asking import asked
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.scale import CostModel
from seqrec_lib.scale.serving import ServingCost, serving_parts

LAYERS, K = 2, 10
NAMES = ("requests", "items", "dim", "length")
SMALL = [
    dict(zip(NAMES, shape, strict=True))
    for shape in (
        (1, 2_000, 32, 25), (1, 20_000, 32, 25), (1, 20_000, 64, 50), (8, 5_000, 32, 50), (8, 20_000, 64, 25),
        (32, 2_000, 64, 50), (32, 10_000, 32, 25), (32, 20_000, 64, 50),
    )
]  # fmt: skip
WIDER = [dict(zip(NAMES, shape, strict=True)) for shape in ((1, 100_000, 64, 50), (4, 100_000, 32, 25))]
LARGER = [
    dict(zip(NAMES, shape, strict=True))
    for shape in ((64, 50_000, 64, 50), (32, 100_000, 64, 50), (128, 20_000, 64, 50), (1, 200_000, 64, 50))
]
LAST = [
    dict(zip(NAMES, shape, strict=True))
    for shape in ((64, 200_000, 64, 50), (16, 400_000, 64, 50), (128, 100_000, 32, 50))
]


def shape_of(sizes: dict) -> dict[str, float]:
    """What one batch asks of the machine: the parts of both models."""
    asks, items, dim, length = (sizes[name] for name in NAMES)
    parts = serving_parts(asks, items, dim, LAYERS, length)
    return {**parts, "moved": parts["read"] + 8 * parts["scores"]}  # each score is written and read


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
    """All shapes, each with what the two models foresee."""
    torch.set_num_threads(1)
    batch_seconds(SMALL[0], 20)
    trials = {"small": SMALL, "beyond the cache": WIDER, "first trial": LARGER, "second trial": LAST}
    rows = [
        {
            "part": "serving",
            "model": "sasrec",
            "seed": 0,
            "protocol": "none",
            "test": {},
            "variant": variant,
            "sizes": sizes,
            **shape_of(sizes),
            "seconds": batch_seconds(sizes, 40 if variant == "small" else 15),
        }
        for variant, shapes in trials.items()
        for sizes in shapes
    ]
    first = CostModel.fit([row for row in rows if row["variant"] == "small"])
    second = ServingCost.fit([row for row in rows if "trial" not in row["variant"]])
    for row in rows:
        row["foreseen"] = [first.seconds(row["flops"], row["moved"]), second.seconds(row)]
        off = " ".join(f"{each / row['seconds'] - 1:+.0%}" for each in row["foreseen"])
        print(row["variant"], row["sizes"], f"{1e3 * row['seconds']:.2f} ms", off, flush=True)
    return [{**row, "costs": {"first": vars(first), "second": vars(second)}} for row in rows]
