"""Dropout from bytes: the promised share, the same mean, nothing outside training."""

import pytest
import torch
from torch import nn

from seqrec_lib.encoders import Dropout


@pytest.mark.parametrize("p", [0.1, 0.25, 0.5, 0.9])
def test_it_drops_its_share_and_keeps_the_mean(p):
    """Within 4 standard errors over a million numbers."""
    torch.manual_seed(0)
    layer, n = Dropout(p), 10**6
    out = layer(torch.ones(1000, 1000))
    assert abs(layer.share - p) <= 1 / 512
    assert (
        abs((out == 0).double().mean().item() - layer.share)
        < 4 * (layer.share * (1 - layer.share) / n) ** 0.5
    )
    kept = out[out != 0]
    assert (kept == kept[0]).all() and kept[0].item() == pytest.approx(1 / (1 - layer.share))
    assert abs(out.double().mean().item() - 1) < 4 * (layer.share / (1 - layer.share) / n) ** 0.5


def test_neighbours_are_dropped_independently():
    """Eight numbers share a random word: each pair of places falls together as often as chance says."""
    torch.manual_seed(0)
    gone = (Dropout(0.5)(torch.ones(125_000, 8)) == 0).double()
    together = torch.corrcoef(gone.T) - torch.eye(8)
    assert together.abs().max() < 4.5 / 125_000**0.5


def test_the_gradient_passes_where_the_number_passed():
    torch.manual_seed(0)
    x = torch.randn(5, 7, 3, requires_grad=True)
    out = Dropout(0.4)(x)
    out.sum().backward()
    assert torch.equal(x.grad == 0, out == 0) and 0 < (out == 0).sum() < x.numel()
    torch.testing.assert_close(x.grad * x, out)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_any_size_and_type(dtype):
    for shape in ((1,), (3, 5), (2, 3, 9), (0, 4)):
        out = Dropout(0.5)(torch.ones(shape, dtype=dtype))
        assert out.shape == shape and out.dtype == dtype


def test_nothing_happens_outside_training_or_at_zero():
    x = torch.randn(50)
    assert torch.equal(Dropout(0.5).eval()(x), x) and torch.equal(Dropout(0.0)(x), x)


def test_the_seed_decides():
    outs = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        outs.append(Dropout(0.5)(torch.ones(100)))
    assert torch.equal(outs[0], outs[1]) and not torch.equal(outs[0], outs[2])


@pytest.mark.parametrize("p", [-0.1, 1.0, 0.999])
def test_a_share_outside_its_range_raises(p):
    with pytest.raises(ValueError, match=f"dropout is {p}: it must be at least 0 and below 1"):
        Dropout(p)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_on_a_gpu_it_is_torchs_own():
    x = torch.ones(1000, device="cuda")
    torch.manual_seed(0)
    ours = Dropout(0.3)(x)
    torch.manual_seed(0)
    assert torch.equal(ours, nn.functional.dropout(x, 0.3))
