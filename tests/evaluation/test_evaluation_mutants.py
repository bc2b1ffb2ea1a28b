"""Lines of evaluation that could once be broken without a test noticing."""

import numpy as np

from seqrec_lib.evaluation.resampling import bootstrap_many, bootstrap_means


def test_the_usual_seed_of_the_bootstrap_is_0():
    values, users = np.random.default_rng(1).normal(size=(20, 2)), np.arange(20)
    usual = bootstrap_many(values, users, 10)
    np.testing.assert_array_equal(usual, bootstrap_many(values, users, 10, seed=0))
    np.testing.assert_allclose(usual[:, 0], bootstrap_means(values[:, 0], users, 10))


def test_the_p_value_counts_the_observed_draw_with_the_others():
    from seqrec_lib.evaluation.decisions import Compared
    from seqrec_lib.evaluation.resampling import Difference

    draws = np.array([-0.1, *np.linspace(0.1, 0.8, 8)])  # one of nine turns the sign round
    assert Compared(Difference("x", 0.3, -0.1, 0.8, 0.95), draws).p_value == 2 * (1 + 1) / (9 + 1)
