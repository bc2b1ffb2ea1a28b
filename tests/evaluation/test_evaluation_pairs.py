"""Settings two at a time: where one is tested alone, a fault in how two meet goes unseen."""

import numpy as np
import pytest
import torch

from seqrec_lib.data.batch import Batch, Cases
from seqrec_lib.evaluation import evaluate
from seqrec_lib.evaluation.resampling import bootstrap_means


class Fixed:
    """Gives every user the same scores: item 5 is best, then 4, 3, 2, 1."""

    n_items = 5

    def score(self, batch, candidates=None):
        return torch.arange(6.0).expand(len(batch), 6).clone()


def cases_of(histories, targets, repeats=False):
    """One case a history; the whole history is what the model reads."""
    flat = torch.tensor([item for history in histories for item in history])
    sizes = torch.tensor([len(history) for history in histories])
    stop = sizes.cumsum(0)
    width = int(sizes.max())
    items = torch.tensor([history + [0] * (width - len(history)) for history in histories])
    return Cases(Batch(items, sizes), torch.tensor(targets), flat, stop - sizes, stop, repeats)


def test_a_target_that_was_seen_before_stays_in_the_ranking():
    """A log that keeps duplicates and is not said to repeat: seen items leave, the target never does."""
    found = evaluate(Fixed(), cases_of([[5, 3, 4], [4, 2]], [3, 4]), ks=(1, 5))
    # Case 0: 4 and 5 are seen and leave, so 3 is first. Case 1: 5 stands above 4.
    assert found.values("MRR").tolist() == [1.0, 0.5]
    assert found["MRR"] == pytest.approx(0.75) and found["HR@1"] == pytest.approx(0.5)
    stay = evaluate(Fixed(), cases_of([[5, 3, 4], [4, 2]], [3, 4], repeats=True), ks=(1, 5))
    assert stay.values("MRR").tolist() == pytest.approx([1 / 3, 1 / 2])


def test_falling_cuts_give_what_rising_ones_give():
    cases = cases_of([[1], [2], [1, 2]], [4, 1, 3])
    rising, falling = (evaluate(Fixed(), cases, ks=ks).metrics for ks in ((1, 2, 4), (4, 2, 1)))
    assert falling == rising
    assert rising["coverage@4"] == 1.0 and rising["coverage@1"] == pytest.approx(1 / 5)


def test_a_bootstrap_mean_is_over_cases_not_over_users():
    """User 0 has three cases of value 1, user 1 has one of value 0."""
    means = bootstrap_means(np.array([1.0, 1.0, 1.0, 0.0]), np.array([0, 0, 0, 1]), samples=400, seed=0)
    assert set(means.round(6)) == {0.0, 0.75, 1.0}
    assert means.mean() == pytest.approx(0.25 + 0.5 * 0.75, abs=0.06)
