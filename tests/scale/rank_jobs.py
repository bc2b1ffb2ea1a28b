"""What two processes do in the tests: ``torchrun ... rank_jobs.py JOB FOLDER``. Rank 0 writes the result."""

import os
import signal
import sys
from pathlib import Path

import torch
from tiny_training import TinyModel, make_split

from seqrec_lib.scale import ShardedTable
from seqrec_lib.training import fit
from seqrec_lib.training.joining import joined
from seqrec_lib.training.ranks import Alone

QUICK = {
    "epochs": 3, "select": "NDCG@5", "device": "cpu", "progress": False, "lr": 1e-2, "batch_size": 3,
    "patience": 0,
}  # fmt: skip


def new_model(dropout):
    torch.manual_seed(0)
    return TinyModel(dropout=dropout)


def same(ranks):
    """Training with dropout off: what one process gives too, and nobody validated twice."""
    model = new_model(0.0)
    history = fit(model, make_split(), ranks=ranks, **QUICK)
    return {"model": model.state_dict(), "epochs": history.epochs}


class MeanOfMeans(Alone):
    """The usual fault: every rank weighs the same, however many targets it has."""

    def __init__(self, inner):
        self.__dict__.update(inner.__dict__)
        self.inner = inner

    def __getattribute__(self, name):
        own = ("inner", "weigh", "__class__", "__dict__")
        return object.__getattribute__(self, name) if name in own else getattr(self.inner, name)

    def weigh(self, count):
        weight, own = self.inner.weigh(count)
        return 1 / self.inner.size if own else 0.0, own


def naive(ranks):
    return same(MeanOfMeans(ranks))


def noisy(ranks, folder, **more):
    model = new_model(0.2)
    fit(model, make_split(), loss="bce", ranks=ranks, out=folder / "run", resume=True, **{**QUICK, **more})
    return {"model": model.state_dict()}


def killed(ranks, folder):
    """Rank 1 dies, hard, in the second epoch."""
    if ranks.rank == 1:
        step, left = torch.optim.AdamW.step, [30]

        def ticking(self, *args, **kwargs):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return step(self, *args, **kwargs)

        torch.optim.AdamW.step = ticking
    return noisy(ranks, folder)


def table(ranks):
    """One step of a sampled softmax on a sharded table, each rank with its own unlike share of targets."""
    items = ShardedTable(40, 8, ranks, seed=3)
    generator = torch.Generator().manual_seed(1)
    drawn = torch.randint(0, 41, (7, 5), generator=generator)  # (targets, candidates), the first is right
    query = torch.randn(7, 8, generator=generator)
    mine = slice(None) if ranks.size == 1 else [slice(0, 5), slice(5, 7)][ranks.rank]
    scores = (items(drawn[mine]) * query[mine, None]).sum(-1)
    loss = torch.nn.functional.cross_entropy(scores, torch.zeros(len(scores), dtype=torch.long))
    weight, _ = ranks.weigh(len(scores))
    (loss * weight).backward()
    torch.optim.SGD(items.parameters(), lr=1.0).step()
    return {"rows": ranks.gather(items.rows.detach()), "looked": items(torch.arange(41)).detach()}


def differ(ranks):
    fit(new_model(0.0), make_split(), ranks=ranks, **{**QUICK, "lr": 0.01 + 0.01 * ranks.rank})


def one_error(ranks):
    return {"told": _said(lambda: ranks.from_first(lambda: int_of("seven")))}


def int_of(text):
    from seqrec_lib.messages import InputError

    raise InputError(f"{text} is no number")


def _said(call):
    try:
        call()
    except ValueError as error:
        return str(error)
    return "nothing"


def together(ranks, folder):
    """Several short jobs in one start, which takes longer than all of them."""
    found = {"same": same(ranks), "naive": naive(ranks), "table": table(ranks), "error": one_error(ranks)}
    found["differ"] = {"told": _said(lambda: differ(ranks))}
    found["undisturbed"] = noisy(ranks, folder)
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    job, folder = sys.argv[1], Path(sys.argv[2])
    with joined(torch.device("cpu"), seconds=60) as ranks:
        result = {"together": together, "noisy": noisy, "killed": killed}[job](ranks, folder)
        if ranks.first:
            torch.save(result, folder / f"{job}.pt")
