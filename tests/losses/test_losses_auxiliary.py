"""DIEN's auxiliary loss: by hand, and blind to padding."""

import math

import torch
from tiny_models import close

from seqrec_lib.losses.auxiliary import auxiliary_loss

B, T, D = 3, 5, 4
LENGTHS = torch.tensor([5, 2, 1])


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def parts():
    return drawn(B, T, D), drawn(B, T, D, seed=1), drawn(B, T, D, seed=2)


def test_by_hand():
    states, vectors, negatives = parts()
    costs = []
    for b in range(B):
        for t in range(int(LENGTHS[b]) - 1):
            fits, other = float(states[b, t] @ vectors[b, t + 1]), float(states[b, t] @ negatives[b, t + 1])
            costs.append(-math.log(1 / (1 + math.exp(-fits))) - math.log(1 - 1 / (1 + math.exp(-other))))
    assert len(costs) == 5
    close(auxiliary_loss(*parts(), LENGTHS), torch.tensor(sum(costs) / 5, dtype=torch.float64))


def test_padding_changes_nothing():
    real = torch.arange(T) < LENGTHS[:, None]
    loud = [part.masked_fill(~real[..., None], 7.0) for part in parts()]
    close(auxiliary_loss(*parts(), LENGTHS), auxiliary_loss(*loud, LENGTHS))
    wider = [torch.cat([part, drawn(B, 4, D, seed=5)], 1) for part in parts()]
    close(auxiliary_loss(*parts(), LENGTHS), auxiliary_loss(*wider, LENGTHS))


def test_a_batch_with_nothing_to_foretell_costs_nothing():
    states, vectors, negatives = (part.requires_grad_() for part in parts())
    ones = torch.ones(B, dtype=torch.int64)
    loss = auxiliary_loss(states, vectors, negatives, ones)
    loss.backward()
    assert float(loss) == 0 and (states.grad == 0).all()
    assert float(auxiliary_loss(states[:, :1], vectors[:, :1], negatives[:, :1], ones)) == 0


def test_large_products_stay_finite():
    states = 1000 * torch.ones(1, 2, 3)
    worst = auxiliary_loss(states, -states, states, torch.tensor([2]))
    assert worst.isfinite() and worst > 1e6
    assert float(auxiliary_loss(states, states, -states, torch.tensor([2]))) == 0


def test_gradients():
    inputs = [part.requires_grad_() for part in parts()]
    assert torch.autograd.gradcheck(lambda *p: auxiliary_loss(*p, LENGTHS), inputs)
