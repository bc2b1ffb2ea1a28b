"""Lines of evaluation that could once be broken without a test noticing."""

import numpy as np

from seqrec_lib.evaluation.resampling import bootstrap_many, bootstrap_means


def test_the_usual_seed_of_the_bootstrap_is_0():
    values, users = np.random.default_rng(1).normal(size=(20, 2)), np.arange(20)
    usual = bootstrap_many(values, users, 10)
    np.testing.assert_array_equal(usual, bootstrap_many(values, users, 10, seed=0))
    np.testing.assert_allclose(usual[:, 0], bootstrap_means(values[:, 0], users, 10))
