"""Full cross-entropy in chunks: the plain one's value and gradients, without its memory."""

import pytest
import torch
from test_models_losses import drawn

from seqrec_lib.losses import cross_entropy, plain_cross_entropy


def both(dtype, n=700, v=50, dim=16, **chunks):
    """``(value, gradient by hidden, gradient by items)`` of the plain loss and of the chunked one."""
    hidden, targets, matrix = drawn(n, dim, v)
    found = []
    for loss, more in ((plain_cross_entropy, {}), (cross_entropy, chunks)):
        h, m = (x.detach().to(dtype).requires_grad_() for x in (hidden, matrix))
        value = loss(h, targets, m, **more)
        (3 * value).backward()  # as if the loss were a part of a sum
        found.append((value.detach(), h.grad, m.grad))
    return found


@pytest.mark.parametrize("rows", [1, 7, 128, 700, 5000, None])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_chunks_change_nothing(rows, dtype, tolerance):
    for plain, chunked in zip(*both(dtype, rows=rows), strict=True):
        torch.testing.assert_close(chunked, plain, rtol=tolerance, atol=tolerance * plain.abs().max().item())


def test_scores_that_no_exponential_can_hold():
    hidden, targets, matrix = drawn()
    value = cross_entropy(200 * hidden.float(), targets, matrix.float())
    torch.testing.assert_close(value, plain_cross_entropy(200 * hidden.float(), targets, matrix.float()))
    assert value > 100 and torch.isfinite(value)


def test_autocast_multiplies_in_bf16_and_keeps_gradients_in_fp32():
    hidden, targets, matrix = drawn(300, 16, 50)
    h, m = (x.float().requires_grad_() for x in (hidden, matrix))
    with torch.autocast("cpu", torch.bfloat16):
        rough = cross_entropy(h, targets, m)
    rough.backward()
    assert rough.dtype == torch.float32 and h.grad.dtype == m.grad.dtype == torch.float32
    got = h.grad.clone(), m.grad.clone()
    h.grad = m.grad = None
    exact = plain_cross_entropy(h, targets, m)
    exact.backward()
    assert 0 < abs(rough - exact) < 0.02 * exact
    for gradient, true in zip(got, (h.grad, m.grad), strict=True):
        cosine = torch.cosine_similarity(gradient.flatten(), true.flatten(), 0)
        assert cosine > 0.999 and not torch.equal(gradient, true)


def test_never_more_scores_in_memory_than_a_chunk(monkeypatch):
    hidden, targets, matrix = drawn(700, 16, 50)
    largest, real = [], torch.Tensor.exp_
    monkeypatch.setattr(torch.Tensor, "exp_", lambda s: largest.append(s.numel()) or real(s))
    cross_entropy(hidden, targets, matrix, rows=64)
    assert len(largest) == 11 and max(largest) == 64 * 50


def test_a_million_items_take_few_rows_at_a_time(monkeypatch):
    asked = []
    import seqrec_lib.losses.full as full

    class Spy:
        @staticmethod
        def apply(hidden, targets, items, rows):
            asked.append(rows)

    monkeypatch.setattr(full, "_Chunked", Spy)
    for v in (100, 3416, 1_000_000):
        cross_entropy(torch.zeros(2, 1), torch.ones(2, dtype=torch.long), torch.zeros(v + 1, 1))
    assert asked == [3932, 128, 128]
