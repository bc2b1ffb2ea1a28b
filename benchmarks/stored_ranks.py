"""Where each target of MovieLens-1M stands, for a few models and several protocols: ranks alone.

    python benchmarks/stored_ranks.py [SOURCE] [--only TEXT]

adds the rows that are missing to seqrec_lib/results/stored_ranks.json, one for each model. SOURCE is `ml-1m`,
or a file of your own with the 5-core items of MovieLens-1M in time order. A row holds no item and no user.
Its cases stand in one shuffle by a fixed seed, the same for all models. Under each key, such as `all/out`, it
has where the target stands among some rivals, with some of the seen items out of the ranking:

- rivals: ``all`` items; ``uniform-100`` or ``popularity-100``, that is 100 distinct other items, drawn once,
  uniformly or by their training counts, the same draw for all models; ``half``: all items, with scores
  rounded to bfloat16;
- seen: the whole history ``out``, the book's own rule; ``window``: the newest 200 items of it; all ``in``.

The trained models are quick ones: their epochs are few and were not searched for, one seed each, one thread.
The weights after the last epoch are used; test is read once. "Newest only" trains on each user's newest 201
items, for so many more epochs that its targets are about as many as those of the row beside it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import torch
from small_gru import add_rows, measured
from torch import Tensor

from seqrec_lib import train
from seqrec_lib.data import Split, leave_one_out, load_source
from seqrec_lib.data.batch import Cases, ragged_rows
from seqrec_lib.evaluation.asking import ask, in_order
from seqrec_lib.evaluation.metrics import allowed_items, rank_counts
from seqrec_lib.results.stored_ranks import pack

MAX_LEN, DRAWN, SHUFFLE = 200, 100, 12
SEEN, RIVALS = ("out", "window", "in"), ("all", "uniform-100", "popularity-100")
KEYS = [f"{rivals}/{seen}" for seen in SEEN for rivals in RIVALS] + ["half/out"]
HOW = dict(batch_by="steps", batch_size=64, lr=2e-3, schedule="cosine", patience=0, seed=0)
LIKE_SASREC = dict(weight_decay=0.0, dropout=0.1)
# Label, model, whether all windows are trained on, settings.
MODELS: list[tuple[str, str, bool, dict]] = [
    ("popularity", "popularity", True, {}),
    ("Markov chain", "markov", True, {}),
    ("SASRec, CE", "sasrec", True, {"epochs": 12}),
    ("SASRec, BCE", "sasrec", True, {"epochs": 12, "loss": "bce"}),
    ("GRU4Rec, CE", "gru4rec", True, {"epochs": 12, **LIKE_SASREC}),
    ("SASRec, CE, newest only", "sasrec", False, {"epochs": 18}),
]


def drawn(allowed: Tensor, weights: Tensor, generator: torch.Generator) -> Tensor:
    """``(B, V+1)`` bool: ``DRAWN`` distinct items of each row's ``allowed``, by ``weights`` ``(V+1,)``.

    One after the other without replacement is the same as the largest of log weight plus Gumbel noise.
    """
    noise = -torch.log(-torch.log(torch.rand(allowed.shape, generator=generator, dtype=torch.float64)))
    keys = (weights.double().log() + noise).masked_fill(~allowed, -torch.inf)
    return torch.zeros_like(allowed).scatter_(1, keys.topk(DRAWN, dim=1).indices, True)


def look_at(counts: Tensor) -> Callable[[Cases, Tensor], Tensor]:
    """A look at one batch that gives ``(2 * keys, B)``: better and equal under each of ``KEYS``."""
    generator = torch.Generator().manual_seed(0)  # batches come in the same order for every model

    def look(part: Cases, scores: Tensor) -> Tensor:
        target, row = part.target, torch.arange(len(part))
        newest = torch.maximum(part.start, part.stop - MAX_LEN)
        taken = {
            "out": part.seen(),
            "window": ragged_rows(part.log_items, newest, part.stop),
            "in": None,
        }
        found = []
        for seen in SEEN:
            allowed = allowed_items(scores, taken[seen], target)
            others = allowed.clone()
            others[row, target] = False
            found.append(rank_counts(scores, target, allowed=allowed))
            for weights in (torch.ones_like(counts), counts):
                some = drawn(others, weights, generator)
                some[row, target] = True
                found.append(rank_counts(scores, target, allowed=some))
        rounded = scores.bfloat16().float()
        found.append(rank_counts(rounded, target, part.seen()))
        return torch.stack([count for pair in found for count in pair])

    return look


def packed(model, split: Split, counts: Tensor) -> dict[str, dict[str, str]]:
    """The field ``ranks`` of a row."""
    parts, places = ask(model, split.test, look_at(counts), n_items=split.log.n_items)
    order = torch.randperm(len(split.test), generator=torch.Generator().manual_seed(SHUFFLE))
    table = in_order(parts, places, dim=1)[:, order].numpy()  # (2 * keys, N)
    ranks = {}
    for number, name in enumerate(KEYS):
        better, equal = table[2 * number : 2 * number + 2]
        ranks[name] = {"better": pack(better)} | ({"equal": pack(equal)} if (equal > 1).any() else {})
    return ranks


def newest_targets(log) -> int:
    """How many training targets a loader of each user's newest items has; a floor's row keeps it."""
    return int((leave_one_out(log, max_len=MAX_LEN).train.targets > 0).sum())


def make_row(log, model: str, windows: bool, changes: dict, command: str) -> dict:
    """Train one model and keep where the targets stand."""
    split = leave_one_out(log, max_len=MAX_LEN, windows=windows)
    how = {**HOW, "evaluate_every": changes["epochs"], **changes} if changes else {}
    started, cpu = time.perf_counter(), time.process_time()
    seed = how.pop("seed", 0)
    run = train(model, split, seed=seed, device="cpu", progress=False, **how)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    counts = torch.bincount(torch.from_numpy(split.train_log.items), minlength=log.n_items + 1)
    described = log.describe()
    return {
        "protocol": split.protocol,
        "data": {**{key: described[key] for key in ("users", "items", "interactions")}, "name": "ml-1m"},
        "settings": {**run.settings, **run.history.settings, "windows": windows},
        "targets": int((split.train.targets > 0).sum()),
        **({} if changes else {"targets_newest": newest_targets(log)}),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu_seconds, 1),
        "validation": measured(run.model, split.validation),
        "test": measured(run.model, split.test),
        "ranks": packed(run.model, split, counts),
        "command": command,
    }


def main() -> None:
    """Make the rows that are missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", nargs="?", default="ml-1m")
    parser.add_argument("--only", default="", help="the label of one model")
    given = parser.parse_args()
    torch.set_num_threads(1)
    log, _ = load_source(given.source)
    wanted = []
    for label, model, windows, changes in MODELS:
        if given.only in ("", label):
            command = f'python benchmarks/stored_ranks.py --only "{label}"'
            labels = {"label": label, "model": model, "seed": 0}
            wanted.append((labels, partial(make_row, log, model, windows, changes, command)))
    add_rows("stored_ranks", wanted)


if __name__ == "__main__":
    main()
