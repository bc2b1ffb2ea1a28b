"""Normalisation is fitted on the training part alone and leaves padding alone."""

import numpy as np
import pandas as pd
import pytest
import torch
from tiny_logs import random_log

from seqrec_lib.data import (
    DataError,
    FeatureNormalisation,
    LengthNormalisation,
    batches,
    leave_one_out,
    read_interactions,
)


def priced(last_price=5.0):
    """Two users; the price of the last (test) interactions can be changed."""
    frame = pd.DataFrame({"user": [1] * 6 + [2] * 5, "item": range(11)})
    frame["price"] = [1.0, 2, 3, np.nan, 7, last_price, 4, 4, 6, 8, last_price]
    frame["same"] = 3.0
    frame["word"] = "x"
    return leave_one_out(read_interactions(frame))


def test_features_have_mean_0_and_deviation_1_over_training():
    split = priced()
    step = FeatureNormalisation.fit(split.train_log)
    known = np.array([1, 2, 3, 4, 4, 6])
    assert step.mean["price"] == pytest.approx(known.mean())
    assert step.deviation["price"] == pytest.approx(known.std())
    out = step.apply(split.test.batch).features["price"]
    expected = (np.array([1, 2, 3, known.mean(), 7]) - known.mean()) / known.std()
    np.testing.assert_allclose(out[0].numpy(), expected, atol=1e-6)
    assert out[1, 4:].tolist() == [0]  # padding


def test_small_differences_of_large_numbers_stay():
    """Moments in seconds, half a minute apart: in float32 they would be one and the same."""
    frame = pd.DataFrame({"user": [1] * 8, "item": range(8)})
    frame["moment"] = 1.6e9 + 30.0 * np.arange(8)
    split = leave_one_out(read_interactions(frame))
    out = FeatureNormalisation.fit(split.train_log).apply(split.test.batch).features["moment"]
    known = frame["moment"][:6]
    expected = (frame["moment"][:7] - known.mean()) / known.std(ddof=0)
    assert out.dtype == torch.float32
    np.testing.assert_allclose(out[0].numpy(), expected, atol=1e-5)


def test_a_value_too_large_for_float32_counts_as_missing():
    split = priced()
    step = FeatureNormalisation.fit(split.train_log)
    split.train.features["price"][0, 0] = 1e300
    assert step.apply(split.train).features["price"][0, 0] == 0


def test_test_data_do_not_reach_the_fit():
    assert FeatureNormalisation.fit(priced(5.0).train_log) == FeatureNormalisation.fit(priced(1e9).train_log)


def test_a_constant_and_words_do_no_harm():
    split = priced()
    step = FeatureNormalisation.fit(split.train_log)
    assert step.deviation["same"] == 1.0 and "word" not in step.mean
    assert (step.apply(split.train).features["same"] == 0).all()
    assert FeatureNormalisation(**step.as_dict()) == step


def test_an_unknown_feature_is_refused():
    with pytest.raises(DataError, match="feature 'price' was not in the training log"):
        FeatureNormalisation({}, {}).apply(priced().train)


def test_length_is_chosen_on_training_and_keeps_the_newest():
    split = leave_one_out(random_log(rows=500), max_len=50)
    step = LengthNormalisation.fit(split.train_log, share=0.5)
    lengths = np.diff(split.train_log.offsets)
    assert (lengths <= step.max_len).mean() >= 0.5
    assert (lengths <= step.max_len - 1).mean() < 0.5
    for batch, same in ((split.train, "train"), (split.test.batch, "test")):
        short = step.apply(batch)
        again = leave_one_out(split.log, max_len=step.max_len)
        expected = again.train if same == "train" else again.test.batch
        assert torch.equal(short.items, expected.items)
        assert torch.equal(short.times, expected.times)
        assert torch.equal(short.lengths, expected.lengths)
        assert torch.equal(short.query_time, batch.query_time)
    assert torch.equal(step.apply(split.train).targets, leave_one_out(split.log, step.max_len).train.targets)


def test_cut_columns_take_the_places_of_targets_along():
    split = leave_one_out(random_log(rows=500), max_len=50)
    batch = next(batches(split.train, 16, torch.Generator().manual_seed(0)))
    assert batch.steps is not None and LengthNormalisation(3).apply(batch).steps is None


def test_length_weights_give_every_row_the_same_say():
    split = leave_one_out(random_log())
    weights = LengthNormalisation.weights(split.train)
    torch.testing.assert_close(weights.sum(1), torch.ones(len(split.train)))
    assert (weights[~split.train.mask()] == 0).all()


@pytest.mark.parametrize("share", [0, 1.5])
def test_a_share_is_a_share(share):
    with pytest.raises(ValueError, match="use a number above 0 and at most 1"):
        LengthNormalisation.fit(random_log(), share=share)


@pytest.mark.parametrize("share", [0.05, 0.25, 0.5, 0.6, 0.75, 0.9, 0.99, 1.0])
@pytest.mark.parametrize("lengths", [(1, 10), (3, 4, 8, 20), (2, 2, 2, 9), (5,), tuple(range(1, 30, 3))])
def test_the_length_is_the_shortest_that_keeps_the_share_of_users_whole(lengths, share):
    """A length that some user has, never one between two of them."""
    frame = pd.DataFrame({"user": np.repeat(np.arange(len(lengths)), lengths)})
    frame["item"] = frame.groupby("user").cumcount()
    log = read_interactions(frame)
    enough = [cut for cut in sorted(lengths) if np.mean(np.array(lengths) <= cut) >= share - 1e-12]
    assert LengthNormalisation.fit(log, share).max_len == enough[0]
