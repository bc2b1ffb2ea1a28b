"""The view of the winner's luck: the best of n is exact over all draws, and luck scales with the users."""

from itertools import combinations

import numpy as np
import pytest

from seqrec_lib.teaching.widgets import winners_luck
from seqrec_lib.teaching.widgets.winners_luck import best_of


def some_trials(number=6, seed=0):
    worth = np.random.default_rng(seed).normal(0.2, 0.01, number)
    luck = np.random.default_rng(seed + 1).normal(0, 0.02, number)
    return list(zip((worth + luck).tolist(), worth.tolist(), strict=True))


def test_the_best_of_n_is_the_mean_over_all_draws():
    trials = np.array(some_trials())
    found = best_of(trials)
    for n in range(1, len(trials) + 1):
        winners = [max(draw, key=lambda t: trials[t, 0]) for draw in combinations(range(len(trials)), n)]
        np.testing.assert_allclose(found[:, n - 1], trials[winners].mean(0))


def test_with_four_times_the_users_a_trial_has_half_the_luck():
    data = winners_luck([some_trials()], 200).data
    gap = {
        users: np.subtract(by["chosen"], by["worth"])[0]
        for users, by in zip(data["users"], data["searches"][0]["by"], strict=True)
    }
    assert data["users"][data["start"]] == 200
    assert gap[800] == pytest.approx(gap[200] / 2, abs=2e-5) and gap[50] == pytest.approx(
        2 * gap[200], abs=2e-5
    )


def test_several_searches_have_their_mean_first():
    first, *each = winners_luck([some_trials(), some_trials(seed=5)], 200).data["searches"]
    assert len(each) == 2
    mean = np.mean([one["by"][2]["worth"] for one in each], axis=0)
    np.testing.assert_allclose(first["by"][2]["worth"], mean, atol=2e-5)


@pytest.mark.parametrize("searches", [[], [[]], [some_trials(3), some_trials(4)]])
def test_what_cannot_be_shown_is_refused(searches):
    with pytest.raises(ValueError, match="as many trials"):
        winners_luck(searches, 200)
