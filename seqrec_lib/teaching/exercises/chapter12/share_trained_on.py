"""The share of training targets that a loader of each user's newest items keeps."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Mutant, Probe


def share_trained_on(lengths: np.ndarray, max_len: int) -> float:
    """lengths: (U,), interactions of each user, max_len: int. Returns the share."""
    targets = np.asarray(lengths) - 3  # two are held out, and the first item is nobody's target
    return float(np.minimum(targets, max_len).sum() / targets.sum())


def _share(lengths, max_len, gone=3, more=0, mean=False):
    targets = np.asarray(lengths) - gone
    kept = np.minimum(targets, max_len + more)
    return float((kept / targets).mean() if mean else kept.sum() / targets.sum())


EXERCISE = Exercise(
    name="share-trained-on",
    reference=share_trained_on,
    probes=lambda: [
        Probe("all histories fit", (np.array([5, 9, 12]), 50)),
        Probe("one long history", (np.array([20, 400, 33]), 50)),
        Probe("a window of one step", (np.array([4, 5, 10]), 1)),
        Probe("a user at the border", (np.array([53, 54, 55, 7]), 50)),
        Probe("many users", (20 + np.arange(300) ** 2 // 40, 200)),
    ],
    mutants=(
        Mutant(
            "held-out-counted",
            "The two held-out interactions of each user are counted as training. They are not.",
            lambda lengths, max_len: _share(lengths, max_len, gone=1),
        ),
        Mutant(
            "first-item-counted",
            "Each user's first item is counted as a target. Nothing comes before it.",
            lambda lengths, max_len: _share(lengths, max_len, gone=2),
        ),
        Mutant(
            "nothing-left-out",
            "Each interaction is counted as a training target. Two of each user are held out, and the first "
            "one is no target.",
            lambda lengths, max_len: _share(lengths, max_len, gone=0),
        ),
        Mutant(
            "one-more-kept",
            "The newest `max_len` + 1 items have `max_len` targets.",
            lambda lengths, max_len: _share(lengths, max_len, more=1),
        ),
        Mutant(
            "one-less-kept",
            "The loader keeps `max_len` + 1 items, so `max_len` of them are targets.",
            lambda lengths, max_len: _share(lengths, max_len, more=-1),
        ),
        Mutant(
            "mean-of-shares",
            "This is the mean of the users' shares. Asked for is the share of all targets, in which a long "
            "history weighs more.",
            lambda lengths, max_len: _share(lengths, max_len, mean=True),
        ),
        Mutant(
            "share-left-out",
            "This is the share that the loader leaves out.",
            lambda lengths, max_len: 1 - share_trained_on(lengths, max_len),
        ),
    ),
    hints=(
        "Take one user with ten interactions, and write down which of them are targets in training.",
        "First count the targets of all users, then those that are kept, and divide once.",
    ),
)
