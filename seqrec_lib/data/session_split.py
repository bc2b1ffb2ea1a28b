"""Whole sessions in three parts: a policy learns from sessions to their end, and others are held back.

Leave-one-out would cut the end off each session that is trained on. For a model of the next item that is a
target less; for one that learns what an item leads to, it is the part that matters.
"""

from __future__ import annotations

import numpy as np

from .errors import DataError
from .interactions import Interactions, Logged, log_of
from .splits import Split, training_part
from .windows import ranking_cases

PARTS = (0.8, 0.9)  # where validation begins and where the test does, of sessions in random order


def split_sessions(log: Interactions | Logged, max_len: int = 50) -> Split:
    """Sessions in a random order: 80% are trained on whole, 10% are validation, 10% test.

    Each user of ``log`` is a session. The last item of a held-back session is ranked, given those before it.
    Which session falls where is decided by how many there are, never by training's seed.

    Raises:
        DataError: too few sessions of 2 items: each part needs one.
    """
    log = log_of(log)
    start, stop = log.offsets[:-1], log.offsets[1:]
    order = np.random.default_rng(log.n_users).permutation(log.n_users)
    first, second = (int(share * log.n_users) for share in PARTS)
    train, *held = (np.sort(part) for part in np.split(order, [first, second]))
    long = [part[stop[part] - start[part] >= 2] for part in held]
    if not all(len(part) for part in long):
        raise DataError(f"{log.name}: too few sessions of 2 items for three parts: bring more sessions")
    protocol = "last-of-session-repeats" if log.repeats else "last-of-session-unseen"
    validation, test = (ranking_cases(log, start[part], stop[part] - 1, max_len, protocol) for part in long)
    return Split(
        train=training_part(log, start[train], stop[train], max_len),
        validation=validation,
        test=test,
        train_log=log.take(np.isin(log.users, train)),
        log=log,
        protocol=protocol,
        max_len=max_len,
        report=log.report.note("sessions are split whole: 80% train, 10% validation, 10% test"),
    )
