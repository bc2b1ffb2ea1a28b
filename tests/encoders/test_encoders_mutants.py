"""Lines of the encoders that could once be broken without a test noticing."""

import torch

from seqrec_lib.encoders.dropout import Dropout


def test_dropout_on_another_device_is_pytorchs_own():
    """The device ``meta`` computes shapes only, so that this runs without a GPU."""
    assert Dropout(0.5)(torch.ones(2, 3, device="meta")).shape == (2, 3)
