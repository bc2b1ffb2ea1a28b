"""Gradients by distance: against a Jacobian, one row and one step at a time."""

import pytest
import torch
from tiny_models import batch_of, close

from seqrec_lib.encoders import RECURRENT, RecurrentEncoder, gradient_by_distance

D, LENGTHS = 3, (6, 4)


def made(kind, layers=1):
    torch.manual_seed(0)
    encoder = RecurrentEncoder(kind, D, layers).double().eval()
    return encoder, torch.randn(2, 6, D, dtype=torch.float64), batch_of(LENGTHS, width=6)


@pytest.mark.parametrize("kind", RECURRENT)
def test_it_is_the_norm_of_the_jacobian_and_a_mean_over_rows(kind):
    encoder, vectors, batch = made(kind, layers=2)
    jacobian = torch.autograd.functional.jacobian(lambda v: batch.last(encoder(v, batch)[0]), vectors)
    want = torch.zeros(4, dtype=torch.float64)
    for b, length in enumerate(LENGTHS):
        for k in range(1, 5):
            want[k - 1] += jacobian[b, :, b, length - k].square().sum().sqrt() / 2  # (D, D)
    close(gradient_by_distance(encoder, vectors, batch), want)
    close(gradient_by_distance(encoder, vectors, batch, 2), want[:2])


def test_weights_get_no_gradient_and_it_works_where_gradients_are_off():
    encoder, vectors, batch = made("gru")
    with torch.no_grad():
        found = gradient_by_distance(encoder, vectors, batch)
    assert not found.requires_grad and (found > 0).all()
    assert all(weight.grad is None for weight in encoder.parameters()) and vectors.grad is None


@pytest.mark.parametrize("farthest", [0, 5])
def test_a_distance_that_some_row_does_not_have_raises(farthest):
    with pytest.raises(ValueError, match=f"farthest is {farthest}: the shortest row has 4"):
        gradient_by_distance(*made("rnn"), farthest)
