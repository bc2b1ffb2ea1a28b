"""A block's parts two at a time: where the last norm stands, and what dropout reaches."""

import pytest
import torch
from tiny_models import batch_of

from seqrec_lib.encoders import Block, TransformerEncoder


@pytest.mark.parametrize("norm", ["pre", "query", "post"])
def test_states_leave_the_encoder_normed_whatever_the_norm(norm):
    torch.manual_seed(0)
    encoder = TransformerEncoder(8, 2, 2, 12, 9, 0.0, norm).double().eval()
    states, _ = encoder(5 + 3 * torch.randn(5, 6, 8, dtype=torch.float64), batch_of())
    torch.testing.assert_close(states.mean(-1), torch.zeros(5, 6, dtype=torch.float64), atol=1e-9, rtol=0)
    spread = states.var(-1, unbiased=False)
    torch.testing.assert_close(spread, torch.ones_like(spread), atol=0.2, rtol=0)
    # After post-norm blocks a further norm would be one too many.
    assert isinstance(encoder.last_norm, torch.nn.Identity) == (norm == "post")


@pytest.mark.parametrize("norm", ["pre", "post", "query"])
def test_dropout_reaches_the_inside_of_the_feed_forward_layer(norm):
    block, widths = Block(8, 2, 12, 0.5, norm), []
    block.dropout.register_forward_hook(lambda module, given, made: widths.append(made.shape[-1]))
    block(torch.randn(2, 3, 8), None, False)
    assert sorted(widths) == [8, 8, 12]  # attention's output, the layer's output, and its inside
