"""Label smoothing without a table of scores equals PyTorch's own."""

import pytest
import torch
import torch.nn.functional as F

from seqrec_lib.losses import cross_entropy, named_loss


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("rows", [None, 2])
def test_as_pytorch(smoothing, rows):
    torch.manual_seed(0)
    hidden = torch.randn(7, 4, dtype=torch.float64, requires_grad=True)
    items = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
    targets = torch.tensor([1, 5, 2, 2, 3, 4, 1])
    got = cross_entropy(hidden, targets, items, rows=rows, smoothing=smoothing)
    want = F.cross_entropy(hidden @ items[1:].T, targets - 1, label_smoothing=smoothing)
    torch.testing.assert_close(got, want)
    for one, other in zip(
        torch.autograd.grad(got, (hidden, items)), torch.autograd.grad(want, (hidden, items)), strict=True
    ):
        torch.testing.assert_close(one, other)


def test_by_name_and_out_of_range():
    named = named_loss("ce:smoothing=0.2")
    hidden, items, targets = torch.randn(3, 4), torch.randn(6, 4), torch.tensor([1, 2, 5])
    assert named(hidden, targets, items) == cross_entropy(hidden, targets, items, smoothing=0.2)
    with pytest.raises(ValueError, match="smoothing"):
        cross_entropy(hidden, targets, items, smoothing=1.0)
