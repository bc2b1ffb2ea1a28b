"""Batches of training rows: in random order, each target once, whatever they have in common."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
import torch

from seqrec_lib.data import batches, leave_one_out, read_interactions


@pytest.fixture(scope="module")
def log():
    """Sixty users with 4 to 30 items, each item of a user another one."""
    rng = np.random.default_rng(0)
    rows = []
    for user in range(60):
        chosen = rng.permutation(40)[: int(rng.integers(4, 31))]
        rows += [(user, int(item), when) for when, item in enumerate(chosen)]
    return read_interactions(pd.DataFrame(rows, columns=["user", "item", "time"]))


@pytest.mark.parametrize("by", ["rows", "steps"])
def test_batches_come_in_random_order(log, by):
    """Rows are sorted by length inside; which batch comes when is chance, and each place as likely."""
    train, draws = leave_one_out(log).train, 300
    place_of_shortest, orders = Counter(), set()
    for seed in range(draws):
        parts = list(batches(train, 12, torch.Generator().manual_seed(seed), by=by))
        means = [float(part.lengths.double().mean()) for part in parts]
        place_of_shortest[means.index(min(means))] += 1
        orders.add(tuple(np.argsort(means)))
    chance = 1 / len(parts)
    allowed = 4 * (draws * chance * (1 - chance)) ** 0.5
    for place in range(len(parts)):
        assert abs(place_of_shortest[place] - draws * chance) < allowed, place
    assert len(orders) > 50


def test_without_shuffling_rows_stay_in_order(log):
    train = leave_one_out(log).train
    parts = list(batches(train, 7, shuffle=False))
    assert torch.equal(torch.cat([part.users for part in parts]), train.users)


@pytest.mark.parametrize("max_len", [5, 50])
@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize("by", ["rows", "steps"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_each_target_is_trained_once_an_epoch(log, by, windows, max_len, shuffle):
    """With windows all of a user's training steps, without them the newest ``max_len``."""
    split = leave_one_out(log, max_len, windows)
    want = Counter()
    for user in range(log.n_users):
        items = split.train_log.items[split.train_log.users == user]
        for before, item in list(zip(items[:-1], items[1:], strict=True))[0 if windows else -max_len :]:
            want[user, int(before), int(item)] += 1
    found = Counter()
    for part in batches(split.train, 8, torch.Generator().manual_seed(1), shuffle=shuffle, by=by):
        row, step = part.targets.nonzero(as_tuple=True)
        assert torch.equal(part.steps, row * part.targets.shape[1] + step)
        before, target = part.items[row, step], part.targets[row, step]
        found.update(zip(part.users[row].tolist(), before.tolist(), target.tolist(), strict=True))
    assert found == want
