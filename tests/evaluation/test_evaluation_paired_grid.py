"""The paired grid: the same users in every cell and model, and letters that follow the paired interval."""

import numpy as np
import pytest

from seqrec_lib.evaluation.paired_grid import PairedGrid, sign
from seqrec_lib.evaluation.resampling import bootstrap_many

DRAW = np.random.default_rng(0)
USERS = np.repeat(np.arange(40), 2)
COMMON = DRAW.normal(size=80)
# Model 1 is a little above model 0 for every case; model 2 is noise of its own around the same mean.
CELL = np.stack([COMMON, COMMON + 0.01, DRAW.normal(COMMON.mean(), 1, 80)], axis=1)  # (N, M)
VALUES = np.stack([CELL, 2 * CELL], axis=1)  # (N, K, M)
GRID = PairedGrid(VALUES, USERS, samples=300)


def test_a_figure_is_the_mean_with_the_ends_of_its_bootstrap():
    means = bootstrap_many(VALUES[:, 1, 2][:, None], USERS, 300)[:, 0]
    wanted = [VALUES[:, 1, 2].mean(), *np.quantile(means, [0.025, 0.975])]
    assert GRID.figures(2)[1] == [round(1e4 * float(x)) for x in wanted]
    assert np.shape(GRID.figures(0)) == (2, 3)


def test_what_two_models_have_in_common_drops_out():
    mean, low, high = GRID.paired(0, 1, 0)
    assert mean == low == high == pytest.approx(0.01)
    assert GRID.paired(1, 0, 1)[0] == pytest.approx(-0.02)
    unpaired = GRID.figures(0)[0]
    assert unpaired[2] - unpaired[1] > 1000  # far wider than the difference


def test_letters_stand_cell_after_cell_and_turn_with_the_pair():
    above = [GRID.above(model) for model in range(3)]
    assert [len(letters) for letters in above] == [6, 6, 6]
    assert above[1][0] == above[1][3] == "+" and above[0][1] == above[0][4] == "-"
    assert above[0][0] == above[2][2] == "0", "no model is above itself"


@pytest.mark.parametrize(
    ("low", "high", "letter"), [(0.1, 0.2, "+"), (-0.2, -0.1, "-"), (-0.1, 0.1, "0"), (0, 1, "0")]
)
def test_a_letter_needs_an_interval_that_leaves_out_zero(low, high, letter):
    assert sign([0.0, low, high]) == letter
