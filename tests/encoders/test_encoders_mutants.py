"""Lines of the encoders that could once be broken without a test noticing."""

import torch

from seqrec_lib.data.batch import Batch
from seqrec_lib.encoders import TransformerEncoder
from seqrec_lib.encoders.dropout import Dropout


def test_dropout_on_another_device_is_pytorchs_own():
    """The device ``meta`` computes shapes only, so that this runs without a GPU."""
    assert Dropout(0.5)(torch.ones(2, 3, device="meta")).shape == (2, 3)


def test_no_weights_are_made_unless_they_are_asked_for():
    batch = Batch(torch.tensor([[1, 2, 3]]), torch.tensor([3]))
    encoder = TransformerEncoder(4, 1, 1, 4, 5, 0.0)
    assert encoder(torch.randn(1, 3, 4), batch)[1] == []
