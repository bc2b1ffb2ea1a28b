"""The softmax among what was on sale: who is pushed down, and who is not."""

import pytest
import torch

from seqrec_lib.losses import named_loss
from seqrec_lib.losses.full import plain_cross_entropy
from seqrec_lib.losses.on_sale import softmax_on_sale

HIDDEN = torch.randn(7, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
ITEMS = torch.randn(9, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
TARGETS = torch.tensor([1, 2, 2, 5, 7, 1, 5])
SOLD = torch.tensor([0, 0.3, 0.3, 0, 0, 0.2, 0, 0.2, 0])


def test_all_on_sale_is_full_cross_entropy():
    expected = plain_cross_entropy(HIDDEN, TARGETS, ITEMS)
    torch.testing.assert_close(softmax_on_sale(HIDDEN, TARGETS, ITEMS), expected)


def test_items_that_are_not_on_sale_have_no_gradient():
    items = ITEMS.clone().requires_grad_(True)
    softmax_on_sale(HIDDEN, TARGETS, items, popularity=SOLD).backward()
    moved = items.grad.abs().sum(1) > 0
    assert moved.tolist() == (SOLD > 0).tolist()


def test_fewer_negatives_are_drawn_among_what_is_on_sale():
    drawn = set()
    for seed in range(40):
        items = ITEMS.clone().requires_grad_(True)
        generator = torch.Generator().manual_seed(seed)
        softmax_on_sale(HIDDEN[:1], TARGETS[:1], items, generator, 1, SOLD).backward()
        drawn |= set((items.grad.abs().sum(1) > 0).nonzero()[:, 0].tolist())
    assert drawn == {1, 2, 5, 7}


def test_it_is_known_by_name_and_refuses_what_it_cannot_do():
    assert named_loss("on-sale") is softmax_on_sale
    with pytest.raises(ValueError, match="at least 1"):
        softmax_on_sale(HIDDEN, TARGETS, ITEMS, negatives=0)
    with pytest.raises(ValueError, match="no item is on sale"):
        softmax_on_sale(HIDDEN, TARGETS, ITEMS, popularity=torch.zeros(9))
