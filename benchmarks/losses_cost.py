"""Rows of `benchmarks/losses.py` about seconds and memory."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

import torch
from losses_fitted import LARGE_LOSSES, LOSSES, MIDDLE_LOSSES, MODEL, SIZES, K, data_of

from seqrec_lib.data.batching import batches
from seqrec_lib.losses import item_shares, named_loss, plain_cross_entropy
from seqrec_lib.losses.objectives import NextItemObjective
from seqrec_lib.models import build, recipe_settings

STEPS_OF_LOSS, WIDTH, ROUNDS = 1000, 32, 5
CATALOGUES = tuple(1000 * 2**n for n in range(8))
PLAIN_AT_MOST = 32_000  # all scores at once: 1,000 x 32,000 and their gradients


def seconds_row(size: str) -> list[dict]:
    """Milliseconds of a whole training step of every loss, in turns, the optimiser's part too."""
    world, split = data_of(size, 1)
    names = LARGE_LOSSES if size == "large" else MIDDLE_LOSSES
    rounds = 2 if size == "large" else 4
    spent: dict[str, list[float]] = {name: [] for name in names}
    made = {}
    for name in names:
        torch.manual_seed(0)
        model = build(recipe_settings("sasrec", world.n_items, **MODEL))
        spec, negatives = LOSSES[name]
        objective = NextItemObjective(named_loss(spec), negatives)
        objective.prepare(model, split)
        made[name] = model, objective, torch.optim.AdamW(model.parameters(), lr=1e-3)
    draw = torch.Generator().manual_seed(0)
    some = [b for _, b in zip(range(rounds + 1), batches(split.train, SIZES[size].batch, draw), strict=False)]
    for turn, batch in enumerate(some):
        for name, (model, objective, optimiser) in made.items():
            started = time.process_time()
            value, _ = objective(model, batch, {"negatives": draw})
            optimiser.zero_grad(set_to_none=True)
            value.backward()
            optimiser.step()
            if turn:  # the first is for warming up
                spent[name].append(1000 * (time.process_time() - started))
    return [
        {"model": "sasrec", "variant": name, "protocol": "none", "test": {}, "rounds": values,
         "milliseconds": median(values)}
        for name, values in spent.items()
    ]  # fmt: skip


def cost_rows() -> list[dict]:
    """Each loss alone, forward and backward, for random states and item vectors."""
    ways = {
        "full CE": named_loss("ce"),
        "full CE, all at once": plain_cross_entropy,
        "sampled": named_loss("sampled"),
        "BCE, sum": named_loss("bce:reduce=sum"),
        "in-batch, logQ": named_loss("in-batch"),
        "mixed, logQ": named_loss(f"in-batch:uniform={K}"),
    }
    found = []
    for items in CATALOGUES:
        for name, loss in ways.items():
            if name.endswith("at once") and items > PLAIN_AT_MOST:
                continue
            milliseconds, megabytes = measure(loss, items, "in-batch" in name or "mixed" in name)
            found.append({"model": "none", "variant": name, "items": items, "steps": STEPS_OF_LOSS,
                          "width": WIDTH, "protocol": "none", "test": {}, "milliseconds": milliseconds,
                          "megabytes": megabytes})  # fmt: skip
    return found


def measure(loss, items: int, popularity: bool) -> tuple[float, float]:
    """Median milliseconds, and the peak of memory above what stood there before."""
    draw = torch.Generator().manual_seed(0)
    hidden = torch.randn(STEPS_OF_LOSS, WIDTH, generator=draw, requires_grad=True)
    matrix = torch.randn(items + 1, WIDTH, generator=draw, requires_grad=True)
    targets = torch.randint(1, items + 1, (STEPS_OF_LOSS,), generator=draw)
    more = {"popularity": item_shares(targets, items).clamp(min=1e-9)} if popularity else {}
    spent = []
    for turn in range(ROUNDS + 1):
        hidden.grad = matrix.grad = None
        Path("/proc/self/clear_refs").write_text("5")  # Linux: the peak starts anew
        before, started = _status("VmRSS"), time.process_time()
        loss(hidden, targets, matrix, generator=draw, negatives=K, **more).backward()
        spent.append(1000 * (time.process_time() - started))
        grown = _status("VmHWM") - before
        if turn == 0:  # what stays allocated afterwards would hide the peak of later turns
            megabytes = grown
    return median(spent[1:]), megabytes


def _status(word: str) -> float:
    """Megabytes that Linux states for this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1e3 for line in lines if line.startswith(word))
