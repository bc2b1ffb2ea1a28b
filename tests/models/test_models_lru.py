"""LRURec: the scan is its loop, rates stay inside the circle, and the past fades."""

import pytest
import torch
from tiny_models import batch_of, close, model_of

from seqrec_lib.models.lru import LRU, linear_scan


def pair(steps, seed=0):
    generator = torch.Generator().manual_seed(seed)
    given = torch.randn(3, steps, 4, generator=generator, dtype=torch.complex128)
    rate = torch.polar(
        torch.rand(4, generator=generator, dtype=torch.float64),
        6 * torch.rand(4, generator=generator, dtype=torch.float64),
    )
    return rate, given


@pytest.mark.parametrize("steps", [1, 2, 3, 8, 13, 64, 100])
def test_the_scan_is_the_loop(steps):
    rate, given = pair(steps)
    state, found = torch.zeros_like(given[:, 0]), linear_scan(rate, given)
    for t in range(steps):
        state = rate * state + given[:, t]
        close(found[:, t], state)


def test_rates_start_in_their_ring_and_cannot_leave_the_circle():
    torch.manual_seed(0)
    unit = LRU(200)
    size = unit.rate().abs()
    assert 0.8 <= size.min() < 0.81 and 0.985 < size.max() <= 0.99
    turns = unit.rate().angle()
    assert turns.min() < -3 and turns.max() > 3  # all around
    with torch.no_grad():
        unit.decay.fill_(-30.0)
    assert (unit.rate().abs() <= 1).all()


def test_the_state_keeps_its_size_whatever_the_rate_is():
    """White noise in: the variance of a state is near that of what is given, after the ramp."""
    torch.manual_seed(1)
    unit = LRU(64)
    with torch.no_grad():
        raw = torch.randn(8, 800, 128, dtype=torch.complex64)
        rate = unit.rate()
        states = linear_scan(rate, raw * (1 - rate.abs() ** 2).sqrt())[:, 400:]
    size = states.abs().square().mean((0, 1))
    assert 0.8 < float(size.mean()) < 1.2 and float(size.min()) > 0.4


def test_an_event_far_back_still_moves_the_state_a_little():
    model = model_of("lru", max_len=400)
    batch = batch_of((400,), width=400)
    other = batch.items.clone()
    other[0, 0] = other[0, 0] % 11 + 1
    before = model.hidden(batch)[0]
    batch.items = other
    gap = (model.hidden(batch)[0] - before).norm(dim=1)
    assert gap[0] > gap[20] > gap[200] > 0


def test_it_works_in_half_precision():
    model, batch = model_of("lru").float(), batch_of()
    with torch.autocast("cpu", torch.bfloat16):
        scores = model.score(batch)
    assert torch.isfinite(scores[:, 1:]).all()
