"""Answers to the exercises of page 15b in unusual styles and with usual mistakes, and what is said of each.

They were written by the author of the exercises: a trial by somebody else is still to come.
"""

import numpy as np
import pytest
import torch
from blind_trial import Trial, verdict_as_judged

trial = Trial()
right, wrong, wrongs = trial.right, trial.wrong, trial.wrongs


@right("mix-by-history")
def one_row_at_a_time(chances, counts, lengths, kappa):
    share = np.asarray(counts, dtype=float) / float(sum(counts.tolist()))
    rows = []
    for row, n in zip(np.asarray(chances), lengths.tolist(), strict=True):
        rows.append((row - share) * n / (n + kappa) + share)
    return np.array(rows)


@wrong("mix-by-history")
def popularity_for_the_old_hands(chances, counts, lengths, kappa):
    trust = kappa / (lengths + kappa)
    return trust[:, None] * chances + (1 - trust)[:, None] * counts / counts.sum()


@wrong("mix-by-history")
def counts_as_they_are(chances, counts, lengths, kappa):
    n = lengths[:, None]
    return (n * chances + kappa * counts) / (n + kappa)


@wrong("mix-by-history")
def one_trust(chances, counts, lengths, kappa):
    n = lengths.double().mean()
    return (n * chances + kappa * counts / counts.sum()) / (n + kappa)


@wrong("mix-by-history")
def not_divided(chances, counts, lengths, kappa):
    return lengths[:, None] * chances + kappa * counts / counts.sum()


@right("places-for-the-new")
def with_two_iterators(old, new, every, k):
    first, second = iter(old), iter(new)
    found = []
    for place in range(1, k + 1):
        order = (second, first) if place % every == 0 else (first, second)
        item = next(order[0], None)
        item = next(order[1], None) if item is None else item
        if item is not None:
            found.append(item)
    return torch.tensor(found)


@wrong("places-for-the-new")
def counted_from_zero(old, new, every, k):
    old, new, found = list(old), list(new), []
    for place in range(k):
        lists = (new, old) if place % every == 0 else (old, new)
        found += [(lists[0] or lists[1]).pop(0)] if old or new else []
    return found


@wrong("places-for-the-new")
def put_over_the_old(old, new, every, k):
    found, fresh, rest = [], list(new), list(old)
    for place in range(1, k + 1):
        if place % every == 0 and fresh:
            found.append(fresh.pop(0))
            rest = rest[1:]
        elif rest:
            found.append(rest.pop(0))
        elif fresh:
            found.append(fresh.pop(0))
    return found


@wrong("places-for-the-new")
def always_the_best(old, new, every, k):
    rest, found = list(old), []
    for place in range(1, k + 1):
        found.append(new[0] if place % every == 0 or not rest else rest.pop(0))
    return found


@wrong("places-for-the-new")
def old_ones_first(old, new, every, k):
    return [*old, *new][:k]


@right("ids-to-hide")
def item_by_item(known, draws, share, training):
    rows = [list(row) for row in known.tolist()]
    for row, draw in zip(rows, draws.tolist(), strict=True):
        if training and draw < share and any(row[1:]):
            row[0] = False
    return np.array(rows)


@wrong("ids-to-hide")
def as_it_stands(known, draws, share, training):
    left = known.clone()
    left[:, 0] = draws >= share
    return left if training else known


@wrong("ids-to-hide")
def nothing_is_kept(known, draws, share, training):
    left = known.clone()
    left[:, 0] &= draws >= share
    return left if training else known


@wrong("ids-to-hide")
def always_hidden(known, draws, share, training):
    left = known.clone()
    left[:, 0] &= (draws >= share) | ~known[:, 1:].any(1)
    return left


@wrong("ids-to-hide")
def the_other_share(known, draws, share, training):
    left = known.clone()
    left[:, 0] &= (draws < share) | ~known[:, 1:].any(1)
    return left if training else known


@right("what-newcomers-need")
def a_tuple():
    return ("yes", "open", "yes", "no")


@wrong("what-newcomers-need")
def hiding_costs_for_sure():
    return ["yes", "no", "yes", "no"]


@wrong("what-newcomers-need")
def popularity_first():
    return ["yes", "open", "no", "no"]


@wrong("what-newcomers-need")
def places_cost_nothing():
    return ["yes", "open", "yes", "open"]


SAID = {
    "mix-by-history": "passes turned-round counts-not-shares one-weight-for-all value",
    "places-for-the-new": "passes first-place-kept old-one-lost value value",
    "ids-to-hide": "passes value left-with-nothing hidden-when-asked share-turned-round",
    "what-newcomers-need": "passes sentence-2-no sentence-3-no sentence-4-open",
}


@pytest.mark.parametrize(("name", "answer", "passes", "word"), trial.cases(SAID))
def test_an_answer_gets_the_verdict_that_was_judged_fair(name, answer, passes, word):
    verdict_as_judged(name, answer, passes, word)
