"""What the benchmarks of chapter 2 share: a small GRU, trained shortly, and rows kept one by one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import torch
from rows import RESULTS, read_rows

from seqrec_lib.data import Split
from seqrec_lib.evaluation import evaluate
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.training import fit
from seqrec_lib.training.random_state import seeded

MODEL, KS = "gru4rec", (10,)


def measured(model, cases) -> dict[str, float]:
    """HR@10, NDCG@10 and MRR on ``cases``."""
    found = evaluate(model, cases, KS, with_coverage=False).metrics
    return {name: round(value, 6) for name, value in found.items()}


def train_gru(split: Split, epochs: int, seed: int, batch_size: int = 64, last: bool = False):
    """``(model, row)``: a GRU from the best of ``epochs`` by validation, and what a row keeps of it.

    ``last`` looks at validation after the last epoch alone, so the last weights are kept.
    """
    torch.set_num_threads(1)
    settings = recipe_settings(MODEL, split.log.n_items, max_len=split.max_len)
    with seeded(seed, torch.device("cpu")):
        model = build(settings)
    started = time.perf_counter()
    history = fit(
        model, split, epochs=epochs, batch_size=batch_size, lr=4e-3, schedule="cosine", patience=0, seed=seed,
        progress=False, device="cpu", evaluate_every=epochs if last else 1,
    )  # fmt: skip
    return model, {
        "settings": {**settings.as_dict(), **history.settings},
        "validation": measured(model, split.validation),
        "epochs": epochs,
        "best_epoch": history.best_epoch,
        "seconds": round(time.perf_counter() - started, 1),
    }


def add_rows(name: str, wanted: list[tuple[dict, Callable[[], dict]]]) -> None:
    """Add the rows that are missing to ``results/NAME.json`` and write the file after each.

    Args:
        wanted: ``(labels, make)``: a row is there already when all its labels are. ``make()`` gives the
            rest of the row, its ``command`` among it; the commit and the versions are added here.
    """
    file = RESULTS / f"{name}.json"
    rows = read_rows(file)
    for labels, make in wanted:
        if any(labels.items() <= row.items() for row in rows):
            continue
        rows.append({**labels, **make(), "device": "cpu", "versions": versions(), "commit": commit()})
        print(labels, rows[-1]["test"], flush=True)
        unfinished = file.with_suffix(".tmp")
        unfinished.write_text(json.dumps({"rows": rows}, indent=1) + "\n", encoding="utf-8")
        unfinished.replace(file)
    print(f"{file.name}: {len(rows)} rows")
