"""A loss in pieces is the plain sum: value and gradients, however the rows are cut."""

import pytest
import torch
from tiny_models import close

from seqrec_lib.losses import generalised_bce, pieces, sampled, sampled_softmax
from seqrec_lib.losses.pieces import in_pieces, rows_a_piece


def part(shared, states, number):
    return ((states @ shared.T).exp() * number[:, None]).sum()


@pytest.mark.parametrize("rows", [1, 3, 7, 100])
def test_the_cut_changes_nothing(rows, monkeypatch):
    torch.manual_seed(0)
    shared, states = torch.randn(5, 4).double().requires_grad_(), torch.randn(7, 4).double().requires_grad_()
    number = torch.arange(7)  # no floats, so no gradient
    monkeypatch.setattr(pieces, "rows_a_piece", lambda columns, kind: rows)
    cut, whole = in_pieces(part, shared, states, number, columns=5), part(shared, states, number)
    close(cut, whole)
    wanted = torch.autograd.grad(3 * whole, [shared, states])
    for mine, plain in zip(torch.autograd.grad(3 * cut, [shared, states]), wanted, strict=True):
        close(mine, plain)


def test_a_piece_fits_the_cache_but_is_never_thin():
    assert rows_a_piece(3_000, "cpu") * 3_000 * 4 <= pieces.CHUNK_BYTES["cpu"]
    assert rows_a_piece(10**6, "cpu") == 128 < rows_a_piece(3_000, "cpu") < rows_a_piece(3_000, "cuda")


def gradients(loss, negatives, v=40, n=300):
    torch.manual_seed(1)
    hidden, items = torch.randn(n, 6).double().requires_grad_(), torch.randn(v + 1, 6).double()
    items.requires_grad_()
    targets = torch.randint(1, v + 1, (n,))
    value = loss(hidden, targets, items, torch.Generator().manual_seed(2), negatives)
    return value.detach(), *torch.autograd.grad(value, [hidden, items])


def test_gbce_by_product_and_by_gathering_are_one_loss(monkeypatch):
    found = []
    for gathered in (0, 10**6):  # never the product, always the product
        monkeypatch.setattr(sampled, "GATHERED", gathered)
        found.append(gradients(generalised_bce, 8))
    for one, other in zip(*found, strict=True):
        close(one, other)


def test_sampled_softmax_has_the_gradients_of_its_formula():
    def plain(hidden, targets, items, generator, negatives):
        draw = 1 + torch.randperm(len(items) - 1, generator=generator)[:negatives]
        scores = (hidden @ items[draw].T).masked_fill(draw == targets[:, None], -torch.inf)
        own = (hidden * items[targets]).sum(1, keepdim=True)
        return (torch.cat([own, scores], 1).logsumexp(1) - own[:, 0]).mean()

    for one, other in zip(gradients(sampled_softmax, 25), gradients(plain, 25), strict=True):
        close(one, other)
