"""More changes of the encoders that no other test of this room noticed."""

import pytest
import torch
from tiny_models import batch_of
from torch import nn

from seqrec_lib.encoders import RecurrentEncoder, WrittenOut, gradient_by_distance
from seqrec_lib.encoders.transformer import norm_epsilon


@pytest.mark.parametrize("norm", ["pre", "post", "query"])
def test_norms_add_what_torch_adds(norm):
    assert norm_epsilon(norm) == nn.LayerNorm(4).eps


def test_one_distance_may_be_asked_for():
    batch = batch_of((6, 6))
    vectors = torch.randn(2, 6, 4, generator=torch.Generator().manual_seed(0))
    encoder = RecurrentEncoder("gru", 4)
    sizes = gradient_by_distance(encoder, vectors, batch, 1)
    torch.testing.assert_close(sizes, gradient_by_distance(encoder, vectors, batch)[:1])


def test_the_written_out_network_drops_nothing_unless_told():
    vectors = torch.randn(2, 6, 4, generator=torch.Generator().manual_seed(0))
    two = WrittenOut("gru", 4, layers=2)
    torch.testing.assert_close(two.train().walk(vectors)[0], two.eval().walk(vectors)[0])
