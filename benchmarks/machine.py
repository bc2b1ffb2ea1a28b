"""What a figure was measured on, and a log to measure with where MovieLens cannot be had."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import numpy as np
import torch

from seqrec_lib.data import DataError, load_source
from seqrec_lib.data.interactions import Interactions

USERS, ITEMS, INTERACTIONS = 6040, 3416, 999_611  # MovieLens-1M, items with at least 5 ratings


def describe_machine(threads: int) -> dict:
    """Processor, cores, threads that were used, memory, system."""
    model = platform.processor() or platform.machine()
    if (cpuinfo := Path("/proc/cpuinfo")).exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        model = next(
            (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model
        )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": model,
        "vectors": torch.backends.cpu.get_cpu_capability(),
        "cores": os.cpu_count(),
        "threads": threads,
        "memory_gb": round(memory / 1e9, 1),
        "system": platform.system(),
        "load": [round(x, 2) for x in os.getloadavg()],  # 1, 5 and 15 minutes before the end
    }


def simulated_log(seed: int = 0, users: int = USERS, items: int = ITEMS, rows: int = INTERACTIONS):
    """A log of MovieLens-1M's sizes: lengths with a long tail, item popularity too; nothing to learn.

    Lengths are lognormal with median 96, at least 18, scaled to ``rows`` in all; speed depends on
    lengths and on the size of the catalogue, not on which item came.
    """
    rng = np.random.default_rng(seed)
    lengths = np.maximum(18, 96 * np.exp(1.04 * rng.standard_normal(users)))
    lengths = np.maximum(18, np.floor(lengths * rows / lengths.sum())).astype(np.int64)
    while (over := int(lengths.sum()) - rows) != 0:  # the rounding, one interaction a user
        movable = np.flatnonzero(lengths > 18)[: abs(over)]
        lengths[movable] -= np.sign(over)
    drawn = 1 + np.floor(items * rng.random(rows) ** 2.5).astype(np.int64)
    drawn[:items] = np.arange(1, items + 1)  # every item comes up
    return Interactions(
        users=np.repeat(np.arange(users), lengths),
        items=drawn,
        times=None,
        user_ids=np.arange(users),
        item_ids=np.array([None, *range(1, items + 1)], dtype=object),
        repeats=True,
        name=f"simulated log of MovieLens-1M's sizes, seed {seed}",
    )


def log_or_simulated(source: str):
    """``(log, note)``: the log that ``source`` names, or a simulated one and why."""
    try:
        return load_source(source)[0], ""
    except (DataError, OSError) as error:
        return simulated_log(), f"{source} could not be had ({error}); speed was measured on a simulated log"
