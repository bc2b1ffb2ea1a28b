"""Where a target stands once seen items are out of the ranking: all of them, the newest ones, or none."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _counts(
    scores, history, target, newest, *, gone=None, padding=False, keep=True, itself=True, level=False
):
    """``gone(history, newest)``: the items that leave. The other options are the usual slips."""
    gone = gone or (lambda items, n: items if n is None else items[len(items) - min(n, len(items)) :])
    allowed = torch.ones(len(scores), dtype=torch.bool)
    allowed[0] = padding
    allowed[gone(history, newest)] = False
    if keep:
        allowed[target] = True
    better = int((allowed & (scores > scores[target])).sum())
    equal = int((allowed & (scores == scores[target])).sum())
    return better + equal - 1 if level else better, equal if itself else equal - 1


def stand_after_filter(scores: Tensor, history: Tensor, target: int, newest: int | None) -> tuple[int, int]:
    """scores: (V+1,), history: (n,), target: int, newest: int or None. Returns (better, equal)."""
    return _counts(scores, history, target, newest)


def _known(**changes):
    return lambda scores, history, target, newest: _counts(scores, history, target, newest, **changes)


def _probes() -> list[Probe]:
    draw = torch.Generator().manual_seed(120)

    def case(
        about: str, n_items: int, length: int, newest: int | None, level: int = 0, again=False, place: int = 0
    ) -> Probe:
        scores = torch.randn(n_items + 1, generator=draw)
        if level:  # whole numbers tie
            scores = (scores * level).round()
        history = torch.randperm(n_items, generator=draw)[:length] + 1
        target = int(history[0]) if again else int(torch.randint(1, n_items + 1, (1,), generator=draw))
        # what a model says of padding means nothing: it may stand above the target, level with it or below
        scores[0] = {0: scores.max() + 1, 1: scores[target], 2: scores.min() - 1}[place]
        return Probe(about, (scores, history, target, newest))

    return [
        case("nine items, three of them seen", 9, 3, None),
        case("only the newest two leave", 12, 6, 2),
        case("none leaves", 10, 5, 0),
        case("a history shorter than the window", 15, 4, 9),
        case("scores that tie", 30, 10, None, level=1, place=1),
        case("ties, and the newest three leave", 40, 20, 3, level=2),
        case("the target was seen before, and comes again", 12, 5, None, level=1, again=True),
        case("a long history, no window", 60, 45, None, place=2),
    ]


EXERCISE = Exercise(
    name="seen-filter",
    reference=stand_after_filter,
    probes=_probes,
    mutants=(
        Mutant(
            "oldest-leave",
            "The window takes the oldest items out. The history's first item is its oldest.",
            _known(gone=lambda items, n: items if n is None else items[:n]),
        ),
        Mutant(
            "window-forgotten",
            "The whole history leaves, whatever the window.",
            _known(gone=lambda items, n: items),
        ),
        Mutant(
            "zero-takes-all",
            "With a window of 0 the whole history leaves: `items[-0:]` is everything.",
            _known(gone=lambda items, n: items if n is None else items[-n:]),
        ),
        Mutant(
            "none-leaves",
            "No seen item leaves the ranking, so all of them may stand above the target.",
            _known(gone=lambda items, n: items[:0]),
        ),
        Mutant(
            "target-leaves",
            "The target leaves the ranking when the history holds it. It always takes part.",
            _known(keep=False),
        ),
        Mutant("padding-ranked", "Padding takes part in the ranking. It is no item.", _known(padding=True)),
        Mutant(
            "itself-not-counted",
            "`equal` should count the target too: alone it is level with 1 item, itself.",
            _known(itself=False),
        ),
        Mutant(
            "rank-not-count",
            "This is the target's rank. Asked for is how many items stand above it, one less.",
            lambda *case: (lambda better, equal: (better + 1, equal))(*_counts(*case)),
        ),
        Mutant(
            "turned-round",
            "The two numbers change places: first the better ones, then those that are level.",
            lambda *case: _counts(*case)[::-1],
        ),
        Mutant(
            "level-is-better",
            "Items level with the target are counted as better ones too.",
            _known(level=True),
        ),
    ),
    hints=(
        "Begin with a mask over all items, and take out padding first and then what the filter takes.",
        "In which order must two lines stand so that the target takes part whatever the filter took?",
    ),
)
