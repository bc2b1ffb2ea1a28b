"""Full cross-entropy in chunks: the plain one's value and gradients, without its memory."""

import pytest
import torch
from test_losses import drawn

from seqrec_lib.losses import cross_entropy, plain_cross_entropy
from seqrec_lib.losses.full import SMALL, scores_are_small


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


@pytest.mark.parametrize(("longest", "small"), [(1.0, True), (59.0, True), (61.0, False), (500.0, False)])
@pytest.mark.parametrize("sign", [1, -1], ids=["up", "down"])
def test_with_and_without_the_shift_by_the_largest_score(longest, small, sign):
    """A score may lie as far up, or as far down, as the longest vectors allow."""
    hidden, targets, matrix = (x.float() if x.is_floating_point() else x for x in drawn(300, 16, 50))
    top = 1 + int(matrix[1:].norm(dim=1).argmax())
    hidden[0] = sign * matrix[top] * hidden.norm(dim=1).amax() / matrix[top].norm()
    hidden *= longest / (hidden.norm(dim=1).amax() * matrix[1:].norm(dim=1).amax())
    assert scores_are_small(hidden, matrix[1:]) == small
    found = []
    for loss, double in ((plain_cross_entropy, True), (cross_entropy, False)):
        h, m = ((x.double() if double else x).clone().requires_grad_() for x in (hidden, matrix))
        value = loss(h, targets, m)
        value.backward()
        found.append([each.float() for each in (value.detach(), h.grad, m.grad)])
    for exact, got in zip(*found, strict=True):
        torch.testing.assert_close(got, exact, rtol=1e-5, atol=1e-5 * exact.abs().max().item())


def test_float16_keeps_its_gradients_finite():
    """Its largest number is 65,504, which exp reaches at 11."""
    hidden, targets, matrix = (x.half() if x.is_floating_point() else x for x in drawn(50, 16, 20))
    hidden, matrix = (7 * x / x.norm(dim=1, keepdim=True).clamp(min=0.1) for x in (hidden, matrix))
    hidden[0] = matrix[5]
    assert hidden.norm(dim=1).amax() * matrix.norm(dim=1).amax() < SMALL
    h, m = hidden.clone().requires_grad_(), matrix.clone().requires_grad_()
    cross_entropy(h, targets, m).backward()
    assert h.grad.isfinite().all() and m.grad.isfinite().all() and h.grad.any()


def test_no_steps_have_no_mean():
    hidden, targets, matrix = drawn(5, 16, 20)
    assert cross_entropy(hidden[:0], targets[:0], matrix).isnan()


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


def test_on_another_device_no_score_is_looked_at():
    """A meta tensor has no values, so a look at one would raise."""
    hidden, items = (torch.empty(3, 4, device="meta") for _ in range(2))
    assert not scores_are_small(hidden, items)
