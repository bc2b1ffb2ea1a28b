"""The length that keeps a share of the users whole is one that a user has, never one between two users."""

import numpy as np
import pytest

from seqrec_lib.data import Interactions, LengthNormalisation


@pytest.mark.parametrize("share, length", [(0.25, 2), (0.5, 2), (0.6, 9), (0.75, 9), (0.9, 20), (1.0, 20)])
def test_the_kept_length_is_the_shortest_that_keeps_the_share_whole(share, length):
    lengths = [2, 2, 9, 20]
    owner = np.repeat(np.arange(4), lengths)
    log = Interactions(
        users=owner,
        items=np.ones(len(owner), dtype=np.int64),
        times=None,
        user_ids=np.arange(4),
        item_ids=np.array([None, "a"], dtype=object),
        repeats=True,
        name="four users",
    )
    kept = LengthNormalisation.fit(log, share).max_len
    assert kept == length
    assert np.mean(np.array(lengths) <= kept) >= share
