"""Figures of two stages: where a target stands, and differences paired over users."""

import numpy as np
import pytest
import torch
from two_stages_large import apart, places

from seqrec_lib.data.batch import Batch, Cases


def cases():
    """Two users; the first has met item 2, the second items 1 and 3."""
    batch = Batch(torch.tensor([[2, 0], [3, 1]]), torch.tensor([1, 2]))
    start, stop = torch.tensor([0, 1]), torch.tensor([1, 3])
    return Cases(batch, torch.tensor([4, 2]), torch.tensor([2, 3, 1]), start, stop)


def test_a_place_leaves_out_padding_and_what_was_seen():
    scores = torch.tensor([[9.0, 3.0, 8.0, -1.0, 2.0], [9.0, 7.0, -2.0, 7.0, -5.0]])
    assert places(scores, cases()).tolist() == [2, 1]


def test_equals_share_the_middle():
    scores = torch.tensor([[0.0, 2.0, 5.0, 2.0, 2.0], [0.0, 0.0, -3.0, 0.0, -3.0]])
    assert places(scores, cases()).tolist() == [2.0, 1.5]


def test_a_difference_is_paired_and_leaves_out_who_does_not_count():
    one = {"x": np.array([1.0, 0.0, np.nan, 1.0]), "head share": np.ones(4), "alone": np.ones(4)}
    other = {"x": np.array([0.0, 0.0, np.nan, 0.0]), "head share": np.zeros(4)}
    found = apart(one, other)
    assert list(found) == ["x"]
    mean, low, high = found["x"]
    error = 1.96 * np.std([1.0, 0.0, 1.0], ddof=1) / 3**0.5
    assert (mean, low, high) == pytest.approx((2 / 3, 2 / 3 - error, 2 / 3 + error))
