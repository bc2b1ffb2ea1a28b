"""Dice: statistics of the batch in training, running ones at test, padding left out."""

import torch
from tiny_models import close

from seqrec_lib.heads.dice import Dice


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def dice_of(features, **changes):
    dice = Dice(features, **changes).double()
    with torch.no_grad():
        dice.alpha.copy_(torch.linspace(-0.5, 0.9, features))
    return dice


def by_hand(s, mean, variance, alpha):
    p = 1 / (1 + torch.exp(-(s - mean) / (variance + 1e-8) ** 0.5))
    return p * s + (1 - p) * alpha * s


def test_training_uses_the_batch():
    dice, s = dice_of(3), 5 + 2 * drawn(7, 3)
    mean = s.mean(0)
    close(dice(s), by_hand(s, mean, ((s - mean) ** 2).mean(0), dice.alpha))


def test_at_test_an_answer_does_not_depend_on_who_else_asks():
    dice, s = dice_of(3).eval(), drawn(7, 3)
    close(dice(s)[:1], dice(s[:1]))
    dice.train()
    assert not torch.allclose(dice(s)[:1], dice(s[:1]))


def test_leading_sizes_do_not_matter():
    s = drawn(2, 5, 4, 3)
    close(dice_of(3)(s).reshape(-1, 3), dice_of(3)(s.reshape(-1, 3)))


def test_training_and_test_agree_once_the_statistics_have_settled():
    dice, s = dice_of(3), 4 + 3 * drawn(50, 3)
    first = (dice.eval()(s) - dice.train()(s)).abs().max()
    for _ in range(300):
        trained = dice(s)
    assert first > 0.1
    close(dice.eval()(s), trained, 1e-9)


def test_running_numbers_move_by_their_momentum_and_pass_no_gradient():
    dice, s = dice_of(2, momentum=0.25), (3 + drawn(6, 2)).requires_grad_()
    dice(s)
    close(dice.mean, 0.25 * s.mean(0).detach())
    close(dice.variance, 0.75 + 0.25 * s.var(0, unbiased=False).detach())
    assert not dice.mean.requires_grad
    before = dice.mean.clone()
    dice.eval()(s)
    close(dice.mean, before)


def test_padding_counts_in_no_statistic():
    s, real = drawn(3, 4, 2), torch.arange(4) < torch.tensor([4, 2, 1])[:, None]
    filled = s.masked_fill(~real[..., None], 1000.0)
    close(dice_of(2)(s, real)[real], dice_of(2)(filled, real)[real])
    assert not torch.allclose(dice_of(2)(s)[real], dice_of(2)(filled)[real])


def test_one_row_and_no_row_give_numbers():
    dice, s = dice_of(2), drawn(1, 2)
    assert dice(s).isfinite().all() and dice(s[:0]).shape == (0, 2)
    assert dice(s, torch.zeros(1, dtype=torch.bool)).isfinite().all()
    assert dice.mean.isfinite().all()


def test_it_is_saved_with_its_running_numbers():
    assert set(Dice(2).state_dict()) == {"alpha", "mean", "variance"}


def test_gradients():
    assert torch.autograd.gradcheck(dice_of(3).eval(), [drawn(4, 3).requires_grad_()])
    assert torch.autograd.gradcheck(dice_of(3).train(), [drawn(4, 3).requires_grad_()])
