"""Calibration: bins, the error and what chance makes of it, downsampling undone, two repairs."""

import sys

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from seqrec_lib.evaluation.calibration import (
    calibration_error,
    error_by_chance,
    isotonic,
    platt,
    reliability,
    undo_downsampling,
)
from seqrec_lib.evaluation.clicks import auc, log_loss


def case(n=4000, seed=0):
    """True probabilities, mostly small, and clicks drawn from them."""
    rng = np.random.default_rng(seed)
    p = rng.beta(1.2, 12, n)
    return p, (rng.random(n) < p).astype(int)


def test_bins_are_means_of_equal_groups():
    p, labels = case(100)
    found = reliability(p, labels, 5)
    order = np.argsort(p)
    for number, rows in enumerate(np.split(order, 5)):
        assert found.said[number] == pytest.approx(p[rows].mean())
        assert found.true[number] == pytest.approx(labels[rows].mean())
    assert found.size.tolist() == [20] * 5


def test_bins_equal_scikit_learns():
    p, labels = case(1000)
    theirs, said = calibration_curve(labels, p, n_bins=8, strategy="quantile")
    found = reliability(p, labels, 8)
    np.testing.assert_allclose(found.said, said)
    np.testing.assert_allclose(found.true, theirs)


def test_equal_probabilities_stay_together():
    p = np.array([0.1] * 6 + [0.2, 0.3])
    found = reliability(p, np.array([1, 0, 0, 0, 0, 0, 0, 1]), 4)
    assert found.size.sum() == 8 and found.size[0] == 6
    assert reliability(np.full(5, 0.3), np.ones(5), 10).size.tolist() == [5]


def test_the_error_by_hand():
    p, labels = np.array([0.1, 0.1, 0.6, 0.6, 0.6, 0.6]), np.array([0, 0, 1, 1, 1, 0])
    # |.1 - 0| for 2 of 6, |.6 - .75| for 4 of 6
    assert calibration_error(p, labels, 2) == pytest.approx(0.1 * 2 / 6 + 0.15 * 4 / 6)


def test_a_perfect_model_has_an_error_against_labels_and_none_against_the_truth():
    p, labels = case()
    assert calibration_error(p, p) == 0
    error, chance = calibration_error(p, labels), error_by_chance(p)
    assert chance.min() > 0 and np.quantile(chance, 0.001) < error < np.quantile(chance, 0.999)
    assert chance.shape == (200,) and np.array_equal(chance, error_by_chance(p))


def test_more_bins_more_error_by_chance_and_more_data_less():
    p, _ = case()
    assert error_by_chance(p, 50).mean() > 1.5 * error_by_chance(p, 5).mean()
    assert error_by_chance(p[:400]).mean() > 2 * error_by_chance(p).mean()


def test_undoing_downsampling_gives_back_the_odds():
    p, _ = case()
    for kept in (0.05, 0.3, 1.0):
        seen = p / (p + (1 - p) * kept)  # the share of clicks among what was kept
        np.testing.assert_allclose(undo_downsampling(seen, kept), p)
        logit = np.log(seen / (1 - seen)) + np.log(kept)
        np.testing.assert_allclose(undo_downsampling(seen, kept), 1 / (1 + np.exp(-logit)))
    assert undo_downsampling(np.array([0.0, 1.0]), 0.1).tolist() == [0.0, 1.0]


def test_undoing_by_drawing():
    p, labels = case(200_000)
    kept = np.random.default_rng(1).random(len(p)) < np.where(labels == 1, 1.0, 0.1)
    share = labels[kept].mean()
    assert share > 4 * labels.mean()
    assert undo_downsampling(np.array([share]), 0.1)[0] == pytest.approx(labels.mean(), rel=0.02)


def test_platt_undoes_a_shift_and_a_slope_of_the_logit():
    p, labels = case(100_000)
    wrong = 1 / (1 + np.exp(-(0.5 * np.log(p / (1 - p)) + 1)))
    mended = platt(wrong[:50_000], labels[:50_000])(wrong[50_000:])
    assert np.abs(mended - p[50_000:]).max() < 0.05 and np.abs(mended - p[50_000:]).mean() < 0.004
    assert auc(labels[50_000:], mended) == pytest.approx(auc(labels[50_000:], wrong[50_000:]))


def test_platt_is_the_best_of_its_kind_on_what_it_was_fitted_to():
    p, labels = case(2000)
    found = platt(p, labels)
    best = log_loss(labels, found(p)).mean()
    logit = np.log(found(p) / (1 - found(p)))
    for slope, shift in ((1.02, 0), (0.98, 0), (1, 0.03), (1, -0.03)):
        assert log_loss(labels, 1 / (1 + np.exp(-(slope * logit + shift)))).mean() > best


def test_isotonic_never_turns_an_order_round_and_makes_zeros():
    p, labels = case(3000)
    wrong = p**2
    mended = isotonic(wrong, labels)(wrong)
    assert (np.diff(mended[np.argsort(wrong)]) >= 0).all()
    assert np.abs(mended - p).mean() < 0.5 * np.abs(wrong - p).mean()
    assert mended.min() == 0


@pytest.mark.parametrize("repair", [platt, isotonic])
def test_without_scikit_learn_a_sentence_says_what_to_do(repair, monkeypatch):
    for name in ("sklearn.linear_model", "sklearn.isotonic"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ValueError, match="pip install scikit-learn"):
        repair(*case(50))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda p, y: reliability(p, y[:-1]), "differ in shape"),
        (lambda p, y: reliability(p - 1, y), "outside 0 to 1"),
        (lambda p, y: reliability(np.full(50, np.nan), y), "outside 0 to 1"),
        (lambda p, y: reliability(p[:0], y[:0]), "at least 1"),
        (lambda p, y: reliability(p, y, 0), "bins is 0"),
        (lambda p, y: undo_downsampling(p, 0.0), "above 0"),
        (lambda p, y: undo_downsampling(p, 1.5), "at most 1"),
        (lambda p, y: platt(p, 0 * y), "some of each"),
        (lambda p, y: isotonic(p, y + 1), "some of each"),
    ],
)
def test_what_makes_no_sense_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(*case(50))
