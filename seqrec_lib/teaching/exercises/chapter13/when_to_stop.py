"""Early stopping: which epoch is kept, and after how many training ends."""

from __future__ import annotations

from collections.abc import Sequence

from ..exercise import Exercise, Mutant, Probe

Stop = tuple[int, int]


def _stop(values: Sequence[float], patience: int, *, spent=None, better=None) -> Stop:
    better = better or (lambda value, best: value > best)
    spent = spent or (lambda waited: waited >= patience)
    best, kept, waited, last = float("-inf"), 0, 0, 0
    for epoch, value in enumerate(values, 1):
        last = epoch
        if better(value, best):
            best, kept, waited = value, epoch, 0
        else:
            waited += 1
            if spent(waited):
                break
    return kept, last


def when_to_stop(values: Sequence[float], patience: int) -> Stop:
    """values: list of float, patience: int. Returns (epoch kept, epochs trained)."""
    return _stop(values, patience)


def _never_reset(values, patience):
    best, kept, waited, last = float("-inf"), 0, 0, 0
    for epoch, value in enumerate(values, 1):
        last = epoch
        if value > best:
            best, kept = value, epoch
        else:
            waited += 1
            if waited >= patience:
                break
    return kept, last


def _against_the_last(values, patience):
    kept, waited, last, before = 0, 0, 0, float("-inf")
    for epoch, value in enumerate(values, 1):
        last = epoch
        waited = 0 if value > before else waited + 1
        if waited == 0:
            kept = epoch
        before = value
        if waited >= patience:
            break
    return kept, last


def _all_epochs(values, patience):
    top = max(values)
    return list(values).index(top) + 1, len(values)


def _last_weights(values, patience):
    _, last = when_to_stop(values, patience)
    return last, last


def _from_zero(values, patience):
    kept, last = when_to_stop(values, patience)
    return kept - 1, last


def _kept_twice(values, patience):
    kept, _ = when_to_stop(values, patience)
    return kept, kept


def _best_of_all(values, patience):
    return _all_epochs(values, patience)[0], when_to_stop(values, patience)[1]


def _probes() -> list[Probe]:
    return [
        Probe("it rises and falls", ([0.1, 0.2, 0.3, 0.25, 0.2, 0.1, 0.05], 2)),
        Probe("a second peak that is never seen", ([0.2, 0.3, 0.1, 0.1, 0.1, 0.9, 0.2], 3)),
        Probe("pauses between gains", ([0.1, 0.05, 0.2, 0.15, 0.3, 0.25, 0.28, 0.4, 0.1, 0.1], 3)),
        Probe("still rising at the end", ([0.1, 0.2, 0.3, 0.4], 2)),
        Probe("two epochs alike", ([0.1, 0.3, 0.3, 0.3, 0.3, 0.2], 2)),
        Probe("the first epoch is the best", ([-0.2, -0.3, -0.4, -0.25, -0.5], 1)),
        Probe("it falls and recovers a little", ([0.5, 0.1, 0.2, 0.3, 0.1, 0.05], 3)),
    ]


EXERCISE = Exercise(
    name="when-to-stop",
    reference=when_to_stop,
    probes=_probes,
    mutants=(
        Mutant(
            "last-weights",
            "The epoch at which training ended is kept. Which epoch had the best value?",
            _last_weights,
        ),
        Mutant(
            "best-of-all",
            "The kept epoch lies after training has stopped. Nobody has seen that value.",
            _best_of_all,
        ),
        Mutant("never-stops", "Training never stops here. What does patience do?", _all_epochs),
        Mutant(
            "one-late",
            "Training ends one epoch too late: it ends with the epoch in which patience is used up.",
            lambda values, patience: _stop(values, patience, spent=lambda waited: waited > patience),
        ),
        Mutant(
            "never-reset",
            "Patience counts all epochs without a gain. A gain sets the count back to 0.",
            _never_reset,
        ),
        Mutant(
            "against-the-last",
            "Each value is compared with the one before it. Compare it with the best so far.",
            _against_the_last,
        ),
        Mutant(
            "ties-count",
            "A value that only equals the best counts as a gain here. Then the wait begins anew for nothing.",
            lambda values, patience: _stop(values, patience, better=lambda value, best: value >= best),
        ),
        Mutant("from-zero", "Epochs are counted from 1 here.", _from_zero),
        Mutant(
            "kept-twice",
            "Training goes on for a while after the best epoch. Until when?",
            _kept_twice,
        ),
    ),
    hints=(
        "Keep three things while you go: the best value, its epoch, and how long it has been the best.",
        "Go through the list once, and leave the loop where patience ends. What stands after that is unseen.",
    ),
)
