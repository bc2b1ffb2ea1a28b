"""Rows of the part ``catalogues`` of `benchmarks/scale.py`: seconds and memory of a step by the catalogue.

Each row comes from a process of its own, so that its peak of memory is its own:

    python benchmarks/scale_catalogues.py adam 1000000

prints one as JSON. Three optimisers take the same steps of one model: histories of items of which few are
frequent, two blocks, and a softmax over the target and ``DRAWN`` items. The item table is read once a step.
``adam`` has a gradient of the whole table; ``sparse adam`` has the moments of Adam and a gradient of the rows
that were read; ``row-wise`` has that gradient and one number a row.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterable

import numpy as np
import torch
import torch.nn.functional as F

from seqrec_lib.data import Batch
from seqrec_lib.encoders import TransformerEncoder
from seqrec_lib.scale import table_bytes
from seqrec_lib.scale.row_wise import RowWiseAdagrad

CATALOGUES = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
OPTIMISERS = {"adam": torch.optim.Adam, "sparse adam": torch.optim.SparseAdam, "row-wise": RowWiseAdagrad}
DIM, USERS, LENGTH, DRAWN = 32, 32, 25, 512
STEPS, WARM = 14, 3


def peak_gb() -> float:
    """The most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def one(name: str, items: int) -> dict:
    """The steps of one optimiser on one catalogue."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    chance = np.random.default_rng(0)
    lengths = torch.full((USERS,), LENGTH)
    encoder = TransformerEncoder(DIM, 2, 1, 64, LENGTH, 0.1).train()
    bare = peak_gb()
    table = torch.nn.Embedding(items + 1, DIM, sparse=name != "adam")
    torch.nn.init.normal_(table.weight, std=0.02)
    both = [OPTIMISERS[name](table.parameters(), lr=1e-3), torch.optim.Adam(encoder.parameters(), lr=1e-3)]
    seconds, losses = [], []
    for _ in range(STEPS):
        walk = torch.from_numpy(1 + (items * chance.random((USERS, LENGTH + 1)) ** 3).astype(np.int64))
        drawn = torch.from_numpy(chance.integers(1, items + 1, DRAWN))
        started = time.perf_counter()
        read, place = torch.cat([walk.flatten(), drawn]).unique(return_inverse=True)
        vectors = table(read)  # the only look at the table
        steps, others = place[: walk.numel()].view_as(walk), place[walk.numel() :]
        batch = Batch(items=walk[:, :-1], lengths=lengths)
        states, _ = encoder(vectors[steps[:, :-1]] * DIM**0.5, batch)
        own = (states * vectors[steps[:, 1:]]).sum(-1, keepdim=True)
        loss = F.cross_entropy(
            torch.cat([own, states @ vectors[others].T], -1).flatten(0, 1),
            torch.zeros(walk[:, 1:].numel(), dtype=torch.int64),
        )
        loss.backward()
        for optimiser in both:
            optimiser.step()
            optimiser.zero_grad()
        seconds.append(time.perf_counter() - started)
        losses.append(loss.item())
    timed = seconds[WARM:]
    kept = sum(
        each.numel() * each.element_size()
        for each in both[0].state[table.weight].values()
        if torch.is_tensor(each)
    )
    return {
        "seconds": float(np.median(timed)),
        "seconds_between": [float(np.quantile(timed, share)) for share in (0.25, 0.75)],
        "bare_gb": round(bare, 3),
        "peak_gb": round(peak_gb(), 3),
        "table_gb": table.weight.numel() * 4 / 1e9,
        "kept_gb": kept / 1e9,
        "rows_read": len(read),
        "losses": [round(each, 3) for each in losses],
    }


def catalogues(sizes: Iterable[int] = CATALOGUES) -> list[dict]:
    """One row an optimiser and catalogue."""
    rows = []
    for items in sizes:
        for name in OPTIMISERS:
            done = subprocess.run(
                [sys.executable, __file__, name, str(items)], check=True, capture_output=True, text=True
            )
            found = json.loads(done.stdout.splitlines()[-1])
            rows.append(
                {
                    "part": "catalogues",
                    "model": "sasrec",
                    "seed": 0,
                    "protocol": "none",
                    "test": {},
                    "variant": name,
                    "items": items,
                    "sizes": {"dim": DIM, "batch": USERS, "length": LENGTH, "sampled": DRAWN, "steps": STEPS},
                    "moved": table_bytes(items, DIM) if name == "adam" else 0,
                    **found,
                }
            )
            print(name, items, f"{found['seconds']:.4f} s", f"{found['peak_gb']:.2f} GB", flush=True)
    return rows


if __name__ == "__main__":
    print(json.dumps(one(sys.argv[1], int(sys.argv[2]))))
