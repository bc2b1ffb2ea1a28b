"""A log that is learned in seconds and only from the right place: two walks in turn.

Every second item belongs to the same walk, which steps through the catalogue: the next item follows the last
but one. A model must know which place that was; how often items occur helps nobody.
"""

import numpy as np

from seqrec_lib.data.interactions import Interactions


def walks(users, n_items, low, high, seed=0, noise=0.05):
    """A log of ``users`` with ``low`` to ``high`` items each; a share ``noise`` of the items is random."""
    rng = np.random.default_rng(seed)
    owner, items = [], []
    for user in range(users):
        steps = int(rng.integers(low, high + 1))
        path = rng.integers(1, n_items + 1, 2).tolist()
        while len(path) < steps:
            stray = rng.random() < noise
            path.append(int(rng.integers(1, n_items + 1)) if stray else path[-2] % n_items + 1)
        owner += [user] * steps
        items += path
    return Interactions(
        users=np.array(owner),
        items=np.array(items),
        times=np.arange(len(owner)) * 1000.0,
        user_ids=np.arange(users),
        item_ids=np.arange(n_items + 1).astype(object),
        repeats=True,
        name="walks",
    )
