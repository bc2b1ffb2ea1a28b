"""AUC and log-loss against scikit-learn and against every pair."""

import numpy as np
import pytest
from sklearn.metrics import log_loss as sk_log_loss
from sklearn.metrics import roc_auc_score

from seqrec_lib.evaluation.clicks import auc, grouped_auc, log_loss


def case(seed, n=200, levels=6):
    rng = np.random.default_rng(seed)
    scores = rng.integers(levels, size=n) / levels
    return (rng.random(n) < 0.1 + 0.6 * scores).astype(int), scores, rng.integers(12, size=n)


@pytest.mark.parametrize("levels", [1, 2, 6, 10_000])
@pytest.mark.parametrize("seed", range(3))
def test_auc_equals_scikit_learn_with_and_without_ties(seed, levels):
    labels, scores, _ = case(seed, levels=levels)
    assert auc(labels, scores) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)


def test_auc_is_the_share_of_pairs_won_with_half_for_a_tie():
    labels, scores, _ = case(9, n=40)
    wins = [(a > b) + (a == b) / 2 for a in scores[labels == 1] for b in scores[labels == 0]]
    assert auc(labels, scores) == pytest.approx(np.mean(wins))
    assert auc(labels, np.ones(40)) == 0.5
    assert auc(labels, -scores) == pytest.approx(1 - auc(labels, scores))


def test_log_loss_equals_scikit_learn():
    labels, scores, _ = case(4)
    p = 0.05 + 0.9 * scores
    assert log_loss(labels, p).mean() == pytest.approx(sk_log_loss(labels, p), abs=1e-12)
    assert np.isinf(log_loss(np.array([1, 0]), np.array([0.0, 0.0])))[0]
    assert log_loss(np.array([0]), np.array([0.0]))[0] == 0


def test_grouped_auc_weights_groups_by_impressions():
    labels, scores, groups = case(2)
    names = np.array([f"user {g}" for g in groups])
    parts = [groups == g for g in np.unique(groups) if 0 < labels[groups == g].mean() < 1]
    want = np.average([roc_auc_score(labels[p], scores[p]) for p in parts], weights=[p.sum() for p in parts])
    assert grouped_auc(labels, scores, groups) == pytest.approx(want)
    assert grouped_auc(labels, scores, names) == pytest.approx(want)
    shifted = scores + 10 * groups  # only order inside a group counts
    assert grouped_auc(labels, shifted, groups) == pytest.approx(want)
    assert auc(labels, shifted) != pytest.approx(auc(labels, scores), abs=0.01)


@pytest.mark.parametrize(
    ("labels", "values", "words"),
    [
        ([1, 1], [0.1, 0.2], "only one of the two"),
        ([1, 0, 1], [0.1, 0.2], "both must be"),
        ([1, 2], [0.1, 0.2], "0 or 1"),
        ([1, 0], [0.1, np.nan], "value 1 is NaN"),
    ],
)
def test_what_makes_no_sense_is_refused(labels, values, words):
    with pytest.raises(ValueError, match=words):
        auc(labels, values)


def test_log_loss_wants_probabilities_and_groups_need_both_labels():
    with pytest.raises(ValueError, match="outside 0 to 1"):
        log_loss([1, 0], [0.5, 1.5])
    with pytest.raises(ValueError, match="no group has both"):
        grouped_auc([1, 0], [0.5, 0.1], [1, 2])
    with pytest.raises(ValueError, match="differ in shape"):
        grouped_auc([1, 0], [0.5, 0.1], [1, 2, 3])
