"""The block of SASRec's published code, against a transcription in NumPy, one number after another."""

import numpy as np
import pytest
import torch
from tiny_models import close, model_of

from seqrec_lib.encoders import Block
from seqrec_lib.encoders.published import PublishedAttention

B, T, D, F, H = 2, 5, 6, 7, 3


def made():
    torch.manual_seed(0)
    block = Block(D, H, F, 0.0, "published").double()
    with torch.no_grad():
        for weight in block.parameters():
            weight.normal_(std=0.7)
    return block


def normalize(layer, row):
    """Mean 0, variance 1 with 1e-8 added to the variance, then gain and shift."""
    gain, shift = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    return (row - row.mean()) / (row.var() + 1e-8) ** 0.5 * gain + shift


def dense(layer, row):
    return layer.weight.detach().numpy() @ row + layer.bias.detach().numpy()


def published_block(block, rows):
    """``rows`` (T, D): queries normalised, keys and values not; no matrix after the heads."""
    first, second, attention = block.norm_attention, block.norm_ff, block.attention
    queries = [normalize(first, row) for row in rows]
    results = []
    for t, query in enumerate(queries):
        asked, heads = dense(attention.query, query), []
        for own in np.array_split(np.arange(D), H):
            keys = [dense(attention.key, row)[own] for row in rows[: t + 1]]
            values = [dense(attention.value, row)[own] for row in rows[: t + 1]]
            odds = np.exp([asked[own] @ key / len(own) ** 0.5 for key in keys])
            heads.append(sum(o / odds.sum() * value for o, value in zip(odds, values, strict=True)))
        normed = normalize(second, np.concatenate(heads) + query)
        results.append(dense(block.outer, np.maximum(dense(block.inner, normed), 0)) + normed)
    return np.stack(results)


@pytest.mark.parametrize("training", [False, True])
def test_the_published_block_by_hand(training):
    block = made().train(training)
    x = torch.randn(B, T, D, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    want = torch.from_numpy(np.stack([published_block(block, row) for row in x.numpy()]))
    for need in (True, False):
        close(block(x, None, need)[0].detach(), want, 1e-12)


def test_each_part_of_the_listing_matters():
    """With any other norm, or the usual 1e-5, the transcription does not hold."""
    block, x = made(), 0.05 * torch.randn(1, T, D, dtype=torch.float64)
    want = torch.from_numpy(published_block(block, x[0].numpy()))[None]
    close(block(x, None, False)[0].detach(), want, 1e-12)
    for name in ("pre", "post"):
        block.norm = name
        assert not torch.allclose(block(x, None, False)[0], want, atol=1e-4)
    block.norm = "published"
    block.norm_attention.eps = 1e-5
    assert not torch.allclose(block(x, None, False)[0], want, atol=1e-6)


def test_dropout_falls_on_the_weights_and_not_on_what_attention_brings():
    """With one head and equal values each result is the kept share of the weights: seldom all or nothing."""
    torch.manual_seed(0)
    layer = PublishedAttention(4, 1, 0.5).train()
    with torch.no_grad():
        layer.value.weight.zero_(), layer.value.bias.fill_(1.0)
    with torch.no_grad():
        output, weights = layer(torch.randn(50, 8, 4), None)
        undropped = layer.eval()(torch.randn(3, 8, 4), None)[0]
    torch.testing.assert_close(weights.sum(-1), torch.ones(50, 1, 8))  # those before dropout
    assert (output == output[..., :1]).all(), "one weight is dropped for all features at once"
    assert output.mean() == pytest.approx(1, abs=0.05)  # scaled, so that the mean stays
    assert len(output[:, -1, 0].unique()) > 25 and output.std() > 0.2
    torch.testing.assert_close(undropped, torch.ones(3, 8, 4))


def test_the_model_has_no_output_projection_and_small_epsilons():
    model = model_of("sasrec", norm="published")
    names = {name for name, _ in model.named_parameters()}
    assert not any(".mix." in name for name in names)
    assert any(".mix." in name for name, _ in model_of("sasrec", norm="query").named_parameters())
    norms = [m for m in model.modules() if isinstance(m, torch.nn.LayerNorm)]
    assert len(norms) == 5 and {m.eps for m in norms} == {1e-8}
