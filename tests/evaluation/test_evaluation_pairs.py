"""Settings of ``evaluate`` two by two, against a ranking in plain Python; the bootstrap by hand."""

from math import log2

import numpy as np
import pandas as pd
import pytest
import torch

from seqrec_lib.data import leave_one_out, read_interactions
from seqrec_lib.evaluation import evaluate
from seqrec_lib.evaluation.resampling import bootstrap_many, bootstrap_means

V = 9
ORDERS = ((1, 3, 5), (5, 3, 1), (3, 5, 1), (5,))


class Fixed:
    """A 'model' that gives each user the scores of its row."""

    def __init__(self, scores):
        self.scores, self.n_items = scores, scores.shape[1] - 1

    def score(self, batch, candidates=None):
        return self.scores[batch.users]


def split_of(repeats=False, users=30):
    """Users who come back to items that they had: kept as read, so a target may be among the seen items."""
    rng = np.random.default_rng(3)
    rows = [(user, int(rng.integers(V)), when) for user in range(users) for when in range(4 + user % 5)]
    rows += [(users, item, item) for item in range(V)]  # every item occurs
    frame = pd.DataFrame(rows, columns=["user", "item", "time"])
    return leave_one_out(read_interactions(frame, duplicates="keep", repeats=repeats))


def scores_of(split, tied):
    generator = torch.Generator().manual_seed(0)
    shape = (len(split.test), V + 1)
    if tied:
        return torch.randint(3, shape, generator=generator).float()
    return torch.rand(shape, generator=generator)


def ranks(cases, scores, ties, repeats):
    """For each case the places that its target may have, each as likely as the others."""
    for n in range(len(cases)):
        target = int(cases.target[n])
        history = set() if repeats else set(cases.log_items[cases.start[n] : cases.stop[n]].tolist())
        rivals = [float(scores[n, i]) for i in range(1, V + 1) if i not in history and i != target]
        own = float(scores[n, target])
        better, equal = sum(each > own for each in rivals), sum(each == own for each in rivals)
        places = list(range(better + 1, better + equal + 2))
        yield {"expectation": places, "for": places[:1], "against": places[-1:]}[ties]


def mean_of(places_of_all, gain):
    return np.mean([np.mean([gain(place) for place in places]) for places in places_of_all])


@pytest.mark.parametrize("ks", ORDERS)
@pytest.mark.parametrize("ties", ["expectation", "for", "against"])
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("repeats", [False, True])
def test_metrics_are_those_of_a_ranking_written_out(repeats, tied, ties, ks):
    split = split_of(repeats)
    cases, scores = split.test, scores_of(split, tied)
    seen_again = [
        int(target) in cases.log_items[start:stop]
        for target, start, stop in zip(cases.target, cases.start, cases.stop, strict=True)
    ]
    assert 5 < sum(seen_again) < len(cases) - 5  # both kinds of target
    found = evaluate(Fixed(scores), cases, ks, ties=ties, batch_size=7)
    places = list(ranks(cases, scores, ties, repeats))
    assert found["MRR"] == pytest.approx(mean_of(places, lambda rank: 1 / rank))
    for k in ks:
        assert found[f"HR@{k}"] == pytest.approx(mean_of(places, lambda rank: rank <= k)), k  # noqa: B023
        gain = mean_of(places, lambda rank: (rank <= k) / log2(rank + 1))  # noqa: B023
        assert found[f"NDCG@{k}"] == pytest.approx(gain), k


@pytest.mark.parametrize("ks", ORDERS)
@pytest.mark.parametrize("repeats", [False, True])
def test_coverage_is_of_the_lists_that_are_shown(repeats, ks):
    split = split_of(repeats, users=3)
    cases, scores = split.test, scores_of(split, tied=False)
    lists = []
    for n in range(len(cases)):
        history = set() if repeats else set(cases.log_items[cases.start[n] : cases.stop[n]].tolist())
        shown = [i for i in range(1, V + 1) if i not in history or i == int(cases.target[n])]
        lists.append(sorted(shown, key=lambda item: -float(scores[n, item])))  # noqa: B023
    found = evaluate(Fixed(scores), cases, ks)
    for k in ks:
        assert found[f"coverage@{k}"] == pytest.approx(len({i for one in lists for i in one[:k]}) / V), k


def test_a_drawn_user_counts_with_all_cases_and_each_case_once():
    """One, two and five cases a user: the mean is over the cases that were drawn, not over the users."""
    users = np.array([7, 7, 2, 9, 9, 9, 9, 9, 4])
    values = np.array([0.0, 1.0, 5.0, 2.0, 2.0, 3.0, 3.0, 9.0, 4.0])
    names = np.unique(users)
    chance, want = np.random.default_rng(6), []
    for _ in range(200):
        drawn = names[chance.integers(len(names), size=len(names))]
        cases = np.concatenate([values[users == user] for user in drawn])
        want.append(cases.mean())
    np.testing.assert_allclose(bootstrap_means(values, users, 200, seed=6), want)
    both = bootstrap_many(np.stack([values, 1 - 2 * values], axis=1), users, 200, seed=6)
    np.testing.assert_allclose(both, np.stack([want, 1 - 2 * np.array(want)], axis=1))
