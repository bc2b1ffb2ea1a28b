"""A tiny log, its split and a tiny model: enough to train in a fraction of a second."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from seqrec_lib.data.batch import Batch, Cases
from seqrec_lib.data.windows import pad_windows


class TinyModel(nn.Module):
    """Embedding, a GRU and dropout: the smallest thing with hidden, item_matrix and score."""

    def __init__(self, n_items=12, dim=8, dropout=0.2):
        super().__init__()
        self.n_items = n_items
        self.embedding = nn.Embedding(n_items + 1, dim, padding_idx=0)
        self.gru = nn.GRU(dim, dim, batch_first=True)
        self.norm = nn.LayerNorm(dim)
        self.dropout = nn.Dropout(dropout)

    def hidden(self, batch):
        return self.norm(self.dropout(self.gru(self.embedding(batch.items))[0]))

    def item_matrix(self):
        return self.embedding.weight

    def score(self, batch, candidates=None):
        scores = batch.last(self.hidden(batch)) @ self.item_matrix().T
        scores[:, 0] = -torch.inf
        return scores if candidates is None else scores.gather(1, candidates)


@dataclass
class TinySplit:
    """The part of a split that training and evaluation read."""

    train: Batch
    validation: Cases
    test: Cases
    train_log: SimpleNamespace
    log: SimpleNamespace
    protocol: str = "loo-full-unseen"
    max_len: int = 50
    clicks: bool = False
    report: list = field(default_factory=list)


def make_log(n_users=40, n_items=12, low=5, high=9, seed=0, times=True):
    """Users who step through the catalogue with a little noise, so that there is something to learn."""
    rng = np.random.default_rng(seed)
    users, items = [], []
    for user in range(n_users):
        size = int(rng.integers(low, high + 1))
        path = (rng.integers(n_items) + np.arange(size)) % n_items + 1
        users += [user] * size
        items += path.tolist()
    users, items = np.array(users), np.array(items)
    return SimpleNamespace(
        users=users,
        items=items,
        times=np.arange(len(users), dtype=float) * 1000 if times else None,
        n_users=n_users,
        n_items=n_items,
        user_ids=np.arange(n_users),
        item_ids=np.array([""] + [f"film-{i}" for i in range(1, n_items + 1)]),
        titles=None,
        repeats=False,
        name="tiny",
        describe=lambda: {"users": n_users, "items": n_items, "interactions": len(users), "name": "tiny"},
    )


def make_split(log=None, max_len=50):
    """Leave-one-out, written out for the tests alone."""
    log = make_log() if log is None else log
    edges = np.searchsorted(log.users, np.arange(log.n_users + 1))
    start, stop = torch.from_numpy(edges[:-1]), torch.from_numpy(edges[1:])
    flat = torch.from_numpy(log.items)
    times = None if log.times is None else torch.from_numpy(log.times)

    def batch(first, last):
        return Batch(
            items=pad_windows(flat, first, last, max_len),
            lengths=(last - first).clamp(max=max_len),
            times=None if times is None else pad_windows(times, first, last, max_len),
            query_time=None if times is None else times[last],
            users=torch.arange(log.n_users),
        )

    def cases(back):
        end = stop - back
        return Cases(batch(start, end), flat[end], flat, start, end)

    train = batch(start, stop - 3)
    train.targets = pad_windows(flat, start + 1, stop - 2, max_len)
    keep = np.ones(len(log.items), dtype=bool)
    keep[edges[1:] - 1] = keep[edges[1:] - 2] = False
    train_log = SimpleNamespace(**{**vars(log), "users": log.users[keep], "items": log.items[keep]})
    train_log.times = None if log.times is None else log.times[keep]
    return TinySplit(train, cases(2), cases(1), train_log, log, max_len=max_len)


QUICK = {"epochs": 4, "select": "NDCG@5", "device": "cpu", "progress": False, "lr": 1e-2, "batch_size": 16}


def new_model(**changes):
    torch.manual_seed(0)
    return TinyModel(**changes)


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])
