"""Answers to the exercises of chapter 20, unusual and usually wrong ones, and what is said.

They were written from the tasks alone.
"""

import math
from collections import defaultdict

import numpy as np
import pytest
import torch
from blind_trial import Trial, verdict_as_judged

from seqrec_lib.scale import fit_size_law

trial = Trial()
right, wrong, wrongs = trial.right, trial.wrong, trial.wrongs


@right("loss-factor")
def factor_in_a_loop(targets):
    everything, found = 0, []
    for n in targets:
        everything += int(n)
    for n in targets:
        found.append(len(targets) * int(n) / everything)
    return found


@right("loss-factor")
def factor_in_numpy(counts):
    n = np.asarray(counts, dtype=np.float64)
    return n / n.mean()


def factor(counts, way="share"):
    n = counts.double()
    return {
        "share": n / n.sum(),
        "inverse": n.sum() / (len(n) * n),
        "counts": n,
        "present": n / n.sum() * (n > 0).sum(),
        "ones": torch.ones(len(n)),
        "largest": n / n.max(),
        "clamped": n.clamp(min=1) * len(n) / n.clamp(min=1).sum(),
        "whole": n * len(n) // n.sum(),
    }[way]


wrongs("loss-factor", factor, {"way": "share"}, {"way": "inverse"}, {"way": "counts"}, {"way": "present"},
       {"way": "ones"}, {"way": "largest"}, {"way": "clamped"}, {"way": "whole"})  # fmt: skip


@right("shard-the-lookup")
def lookup_item_by_item(shards, items):
    found = []
    for item in items.tolist():
        vector = shards[item % len(shards)][item // len(shards)].numpy()
        found.append(vector.copy() if item else np.zeros_like(vector))
    return np.stack(found)


@right("shard-the-lookup")
def lookup_in_the_whole_table(shards, items):
    """All shards in one table, row after row."""
    table = torch.zeros(sum(len(each) for each in shards), shards[0].shape[1], dtype=torch.float64)
    for rank, each in enumerate(shards):
        for row, vector in enumerate(each):
            table[rank + row * len(shards)] = vector
    table[0] = 0
    return table[items]


def looked_up(shards, items, zero=True, way="turn", before=False):
    ranks = len(shards)
    if way == "blocks":
        table = torch.cat(shards)
        found = table[items]
    elif way == "by owner":
        found = torch.cat([shards[r][items[items % ranks == r] // ranks] for r in range(ranks)])
        items = torch.cat([items[items % ranks == r] for r in range(ranks)])
    elif way == "distinct":
        items = items.unique()
        found = torch.stack([shards[i % ranks][i // ranks] for i in items.tolist()])
    elif way == "less one":
        found = torch.stack([shards[(i - 1) % ranks][(i - 1) // ranks] for i in items.tolist()])
    else:
        found = torch.stack([shards[i % ranks][i // ranks] for i in items.tolist()])
    if before:  # every shard's own first row is taken for padding
        found = found * (items // ranks > 0)[:, None]
    return found * (items != 0)[:, None] if zero else found


wrongs("shard-the-lookup", looked_up, {"zero": False}, {"way": "blocks"}, {"way": "by owner"},
       {"way": "distinct"}, {"way": "less one"}, {"before": True})  # fmt: skip


@right("sorted-stream")
def stream_by_dictionary(chunks):
    histories = defaultdict(list)
    for users, items, times in chunks:
        for user, item, when in zip(users.tolist(), items.tolist(), times.tolist(), strict=True):
            histories[user].append((when, item))
    told, lengths = [], []
    for user in sorted(histories):
        rows = sorted(histories[user], key=lambda row: row[0])
        told += [item for _, item in rows]
        lengths.append(len(rows))
    return told, lengths


@right("sorted-stream")
def stream_by_lexsort(chunks):
    users, items, times = (np.concatenate([np.asarray(c[k]) for c in chunks]) for k in range(3))
    order = np.lexsort((np.arange(len(users)), times, users))
    return items[order], np.unique(users, return_counts=True)[1].astype(float)


def stream(chunks, way="right"):
    users, items, times = (torch.cat(each) for each in zip(*chunks, strict=True))
    if way == "chunk by chunk":
        parts = [stream([chunk]) for chunk in chunks]
        return torch.cat([a for a, _ in parts]), torch.cat([b for _, b in parts])
    if way == "chunks, joined":
        order = users.argsort(stable=True)
        done = [c[0].argsort(stable=True) for c in chunks]
        items = torch.cat([c[1][o] for c, o in zip(chunks, done, strict=True)])
        users = torch.cat([c[0][o] for c, o in zip(chunks, done, strict=True)])
        order = users.argsort(stable=True)
        return items[order], users.unique(return_counts=True)[1]
    keys = {
        "ties by item": (items, times, users),
        "ties from the last": (-np.arange(len(users)), times, users),
        "newest first": (-times, users),
        "times alone": (times,),
        "right": (times, users),
        "arrival": (users,),
        "all counts": (times, users),
    }[way]
    order = torch.from_numpy(np.lexsort([np.asarray(key) for key in keys]))
    lengths = users.bincount() if way == "all counts" else users.unique(return_counts=True)[1]
    return items[order], lengths


wrongs("sorted-stream", stream, {"way": "chunk by chunk"}, {"way": "chunks, joined"}, {"way": "ties by item"},
       {"way": "ties from the last"}, {"way": "newest first"}, {"way": "times alone"},
       {"way": "all counts"})  # fmt: skip


@right("machines-needed")
def machines_by_trying(items, dim, flops, memory, speed, hours):
    """One machine more until both needs are met."""
    held, n = 4 * 4 * (items + 1) * dim, 1
    while n * memory < held or n * speed * 3600 * hours < flops:
        n += 1
    return float(n)


def machines(items, dim, flops, memory, speed, hours, copies=4, pad=1, up=math.ceil, of=max, hour=3600,
             width=4):  # fmt: skip
    by_memory = up(width * copies * (items + pad) * dim / memory)
    return of(by_memory, up(flops / (speed * hours * hour)))


wrongs("machines-needed", machines, {"copies": 1}, {"copies": 3}, {"copies": 2}, {"pad": 0},
       {"up": math.floor}, {"up": round}, {"of": min}, {"of": lambda a, b: a + b}, {"of": lambda a, b: a},
       {"of": lambda a, b: b}, {"hour": 1}, {"hour": 60}, {"width": 1}, {"width": 8})  # fmt: skip


@right("gradients-that-mislead")
def as_arrays():
    return np.array([-0.1, 3.0, 3.0, -10.0, -10.0]), np.array([400, 300, 300, 50, 50])


@wrong("gradients-that-mislead")
def roots_forgotten():
    return [1.0, -1.5, -1.5, 8, 8, 0.5], [1000, 900, 900, 1, 1, 0]


@wrong("gradients-that-mislead")
def of_the_chapter():
    return [0.9, 0.3, -1.2], [30, 10, 2]


@wrong("gradients-that-mislead")
def only_the_mean():
    return torch.tensor([1.0, -10.0]), torch.tensor([1000, 1])


@wrong("gradients-that-mislead")
def mean_and_heaviest():
    return [0.1, -0.3, 0.4], [400, 399, 10]


@wrong("gradients-that-mislead")
def by_zero():
    return [1.0, -1.0], [10, 10]


@wrong("gradients-that-mislead")
def too_large():
    return [1.0, -1.5, -1.5, 80, 80], [1000, 900, 900, 1, 1]


@wrong("gradients-that-mislead")
def shares():
    return [1.0, -1.5, -1.5, 8, 8], [0.36, 0.32, 0.32, 0.0, 0.0]


@wrong("gradients-that-mislead")
def nobody_has_targets():
    return [1.0, -1.0], [0, 0]


@wrong("gradients-that-mislead")
def turned_round():
    return [1000, 900, 900, 1, 1], [1.0, -1.5, -1.5, 8, 8]


@wrong("gradients-that-mislead")
def one_rank():
    return [1.0], [5]


@right("what-scale-says")
def rows_in_capitals():
    return ("OPEN", "Yes", "yes", "No")


for given in ("yes yes yes no", "no yes yes no", "open open yes no", "open yes open no", "open yes no no",
              "open yes yes yes", "open yes yes open"):  # fmt: skip
    wrong("what-scale-says")(given.split())


@right("row-wise-step")
def rows_by_dictionary(table, squares, items, gradients, lr):
    table, squares, of = table.clone(), squares.clone(), {}
    for item, gradient in zip(items.tolist(), gradients, strict=True):
        of[item] = of.get(item, 0) + gradient
    for item in set(of) - {0}:
        squares[item] += (of[item] ** 2).mean()
        table[item] -= lr * of[item] / squares[item].sqrt()
    return table, squares


@right("row-wise-step")
def rows_in_numpy(table, squares, items, gradients, lr):
    w, s, g = (each.double().numpy().copy() for each in (table, squares, torch.zeros_like(table)))
    np.add.at(g, np.asarray(items), np.asarray(gradients, dtype=np.float64))
    g[0] = 0
    s += (g**2).mean(1)
    return [w - lr * g / (np.sqrt(s) + 1e-8)[:, None], s]


def rows(table, squares, items, gradients, lr, add=True, way="mean", old=False, zero=True, fresh=False,
         power=0.5, decay=1.0, swap=False, up=False):  # fmt: skip
    g = torch.zeros_like(table)
    if add:
        g.index_add_(0, items, gradients)
    else:
        g[items.flip(0)] = gradients.flip(0)
    if zero:
        g[0] = 0
    size = {
        "mean": g.square().mean(1),
        "sum": g.square().sum(1),
        "squared mean": g.mean(1).square(),
        "length": g.norm(dim=1),
        "largest": g.square().amax(1),
    }[way]
    new = torch.where(g.any(1), size, squares) if fresh else decay * squares + size
    moved = table - (-lr if up else lr) * g / ((squares if old else new) ** power)[:, None]
    return (new, moved) if swap else (moved, new)


wrongs("row-wise-step", rows, {"add": False}, {"way": "sum"}, {"way": "squared mean"}, {"way": "length"},
       {"way": "largest"}, {"old": True}, {"zero": False}, {"fresh": True}, {"power": 1.0}, {"power": 0.0},
       {"decay": 0.9}, {"swap": True}, {"up": True})  # fmt: skip


@right("negatives-of-ranks")
def ranks_in_loops(scores, ranks, targets, q):
    """Step by step, and for each column every other step's chance to bring its item."""
    total = 0.0
    for i in range(len(targets)):
        others = 0.0
        for j in range(len(targets)):
            if i == j or targets[j] == targets[i]:
                continue
            often = sum(float(q[ranks[n], targets[j]]) for n in range(len(targets)) if n != i)
            others += math.exp(float(scores[i, j])) / often
        total += math.log(1 + others / math.exp(float(scores[i, i])))
    return total / len(targets)


@right("negatives-of-ranks")
def ranks_in_numpy(scores, ranks, targets, q):
    s, r, t, p = (np.asarray(each) for each in (scores, ranks, targets, q))
    bring = p[r][:, t]  # (step that brings, column)
    often = bring.sum(0, keepdims=True) - bring  # for the step i, without its own chance
    logits = s.astype(float) - np.log(often)
    logits[t[:, None] == t[None]] = -np.inf
    logits[np.arange(len(t)), np.arange(len(t))] = np.diag(s)
    return torch.from_numpy(-(np.diag(s) - np.log(np.exp(logits).sum(1)))).mean()


def of_ranks(scores, ranks, targets, q, often="others", sign=-1, hits=True, own=False, end="mean"):
    n, sizes = len(targets), ranks.bincount(minlength=len(q)).to(q.dtype)
    bring = q[ranks][:, targets]
    count = {
        "others": bring.sum(0) - bring,
        "all": bring.sum(0).expand(n, n),
        "own": bring * (n - 1),
        "mean": (q.mean(0) * (n - 1))[targets].expand(n, n),
        "pooled": ((sizes / n) @ q * (n - 1))[targets].expand(n, n),
        "column": ((n - 1) * q[ranks, targets]).expand(n, n),
        "one": (bring.sum(0) - bring) / (n - 1),
        "batch": torch.stack([(targets == item).sum() for item in targets]).to(q.dtype).expand(n, n),
        "turned": (bring.sum(0) - bring).T,
        "nothing": torch.ones(n, n),
    }[often]
    moved = scores + sign * count.log()
    eye = torch.eye(n, dtype=torch.bool)
    moved = moved if own else torch.where(eye, scores, moved)
    if hits:
        moved = moved.masked_fill((targets == targets[:, None]) & ~eye, -torch.inf)
    each = moved.logsumexp(1) - moved.diag()
    if end == "ranks":
        return torch.stack([each[ranks == rank].mean() for rank in range(len(q))]).mean()
    return each.mean() if end == "mean" else each.sum()


wrongs("negatives-of-ranks", of_ranks, {"often": "all"}, {"often": "own"}, {"often": "mean"},
       {"often": "pooled"}, {"often": "column"}, {"often": "one"}, {"often": "batch"}, {"often": "turned"},
       {"often": "nothing"}, {"sign": 1}, {"hits": False}, {"own": True}, {"end": "ranks"},
       {"end": "sum"})  # fmt: skip


@right("next-size")
def next_in_numpy(sizes, seeds, run):
    """Users first, then seeds, in plain loops."""
    largest, kept = sorted(sizes)[-1], {}
    for size in sorted(sizes):
        users = [run(size, seed).double().numpy() for seed in seeds]
        kept[size] = [sum(each) / len(seeds) for each in zip(*users, strict=True)]
    small = [size for size in kept if size < largest]
    law = fit_size_law(small, [sum(kept[size]) / len(kept[size]) for size in small])
    mean, n = sum(kept[largest]) / len(kept[largest]), len(kept[largest])
    squares = sum((value - mean) ** 2 for value in kept[largest])
    return np.array([law.at(largest), mean - law.at(largest), math.sqrt(squares / (n - 1) / n)])


def foreseen(sizes, seeds, run, last=False, fit="others", turned=False, error="seeds first", share=False,
             first=False, measured=False):  # fmt: skip
    seeds = seeds[:1] if first else seeds
    top = sizes[-1] if last else max(sizes)
    values = {size: torch.stack([run(size, seed) for seed in seeds]).double() for size in sizes}
    used = list(sizes) if fit == "all" else [size for size in sizes if size != top]
    at = fit_size_law(used, [float(values[size].mean()) for size in used]).at(top)
    mean, each = float(values[top].mean()), values[top].mean(0)
    errors = {
        "seeds first": lambda: each.std() / len(each) ** 0.5,
        "population": lambda: each.std(unbiased=False) / len(each) ** 0.5,
        "std": lambda: each.std(),
        "all rows": lambda: values[top].flatten().std() / values[top].numel() ** 0.5,
        "by seed": lambda: (values[top].std(1) / len(each) ** 0.5).mean(),
        "over seeds": lambda: values[top].mean(1).std() / len(seeds) ** 0.5,
    }
    miss = at - mean if turned else mean - at
    if share:
        miss /= at
    return (mean if measured else at), miss, float(errors[error]())


wrongs("next-size", foreseen, {"last": True}, {"fit": "all"}, {"turned": True}, {"error": "std"},
       {"error": "all rows"}, {"error": "by seed"}, {"error": "over seeds"}, {"error": "population"},
       {"first": True}, {"share": True}, {"measured": True})  # fmt: skip

SAID = {
    "loss-factor": (
        "passes passes ranks-forgotten value not-reduced value mean-of-means by-the-largest value value"
    ),
    "shard-the-lookup": "passes passes padding blocks order-lost value one-late value",
    "sorted-stream": (
        "passes passes users-cut file-order ties-by-item ties-reversed newest-first time-alone shape"
    ),
    "machines-needed": (
        "passes weights-alone no-gradient value no-padding rounded-down rounded-down fewest added "
        "memory-alone time-alone minutes minutes weights-alone value"
    ),
    "gradients-that-mislead": (
        "passes by_root heaviest_rank heaviest_rank by_root mean_of_means invalid invalid invalid "
        "invalid invalid"
    ),
    "row-wise-step": (
        "passes passes last-wins sum-of-squares value length value late padding replaced no-root value "
        "value shape uphill"
    ),
    "negatives-of-ranks": (
        "passes passes all-steps-counted own-rank-alone ranks-alike pooled of-the-column shares-alone "
        "value turned not-corrected added hits-kept own-corrected mean-of-means a-sum"
    ),
    "what-scale-says": (
        "passes sentence-1-yes sentence-1-no sentence-2-open sentence-3-open sentence-3-no "
        "sentence-4-yes sentence-4-open"
    ),
    "next-size": (
        "passes in-the-given-order fitted-with-the-last turned-round spread-of-users all-runs-apart "
        "error-by-seed over-seeds divided-by-n first-seed value value"
    ),
}


@pytest.mark.parametrize(("name", "answer", "passes", "word"), trial.cases(SAID))
def test_an_answer_gets_the_verdict_that_was_judged_fair(name, answer, passes, word):
    verdict_as_judged(name, answer, passes, word)
