"""Losses against torch and against NumPy, their negatives, their gradients."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tiny_models import V, close

from seqrec_lib import losses
from seqrec_lib.losses import LOSSES, binary_cross_entropy, cross_entropy


def drawn(n=6, dim=4, v=V):
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(n, dim, generator=generator, dtype=torch.float64)
    matrix = torch.randn(v + 1, dim, generator=generator, dtype=torch.float64)
    return hidden, torch.randint(1, v + 1, (n,), generator=generator), matrix


@pytest.fixture
def negatives(monkeypatch):
    """Every set of negatives that a loss looks up in the item matrix, in the order of its calls."""
    seen = []

    class Spy(torch.Tensor):
        def __getitem__(self, index):
            if isinstance(index, torch.Tensor) and index.dim() == 2:
                seen.append(index.clone())
            return super().__getitem__(index)

    return seen, lambda matrix: matrix.as_subclass(Spy)


def test_cross_entropy_by_hand():
    hidden, targets, matrix = drawn()
    scores = hidden.numpy() @ matrix.numpy().T
    wanted = [
        -scores[n, t] + np.log(sum(np.exp(scores[n, i]) for i in range(1, V + 1)))
        for n, t in enumerate(targets.tolist())
    ]
    close(cross_entropy(hidden, targets, matrix), torch.tensor(np.mean(wanted)))


def test_cross_entropy_is_torchs_with_padding_left_out():
    hidden, targets, matrix = drawn()
    scores = hidden @ matrix.T
    scores[:, 0] = -torch.inf
    close(cross_entropy(hidden, targets, matrix), F.cross_entropy(scores, targets))


def test_padding_is_no_class():
    hidden, targets, matrix = drawn()
    other = matrix.clone()
    other[0] += 100.0
    for name, loss in LOSSES.items():
        both = [loss(hidden, targets, m, torch.Generator().manual_seed(0), 2) for m in (matrix, other)]
        assert both[0] == both[1], name


@pytest.mark.parametrize("count", [1, 5])
def test_bce_by_hand(count, negatives):
    hidden, targets, matrix = drawn()
    seen, spy = negatives
    loss = binary_cross_entropy(hidden, targets, spy(matrix), torch.Generator().manual_seed(3), count)
    wanted = []
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    for n, target in enumerate(targets.tolist()):
        own = np.log(sigmoid(float(hidden[n] @ matrix[target])))
        others = [np.log(1 - sigmoid(float(hidden[n] @ matrix[i]))) for i in seen[0][n].tolist()]
        assert len(others) == count
        wanted.append(-own - np.mean(others))
    close(loss.as_subclass(torch.Tensor), torch.tensor(np.mean(wanted)))


def test_bce_is_torchs_with_logits(negatives):
    hidden, targets, matrix = drawn()
    seen, spy = negatives
    loss = binary_cross_entropy(hidden, targets, spy(matrix), torch.Generator().manual_seed(3))
    logits = torch.stack([(hidden * matrix[i]).sum(-1) for i in (targets, seen[0][:, 0])])
    labels = torch.tensor([[1.0], [0.0]], dtype=torch.float64).expand(2, 6)
    close(loss.as_subclass(torch.Tensor), 2 * F.binary_cross_entropy_with_logits(logits, labels))


@pytest.mark.parametrize("target", [1, 4, V])
def test_negatives_are_uniform_over_the_other_items(target, negatives):
    """Chi-square over 110,000 draws at level 0.001, seeds fixed; the target never comes."""
    seen, spy = negatives
    hidden, _, matrix = drawn(n=1000)
    targets = torch.full((1000,), target)
    binary_cross_entropy(hidden, targets, spy(matrix), torch.Generator().manual_seed(5), 110)
    counts = torch.bincount(seen[0].flatten(), minlength=V + 1).double()
    assert counts.sum() == 110_000 and counts[0] == 0 and counts[target] == 0
    others = counts[[i for i in range(1, V + 1) if i != target]]
    expected = 110_000 / (V - 1)
    half = torch.tensor([(V - 2) / 2, float(((others - expected) ** 2 / expected).sum() / 2)])
    assert torch.special.gammaincc(half[0], half[1]) > 1e-3


def test_negatives_come_from_the_generator_alone(negatives):
    seen, spy = negatives
    hidden, targets, matrix = drawn()
    torch.manual_seed(0)
    before = torch.get_rng_state()
    for seed in (1, 1, 2):
        binary_cross_entropy(hidden, targets, spy(matrix), torch.Generator().manual_seed(seed), 3)
    assert torch.equal(seen[0], seen[1]) and not torch.equal(seen[0], seen[2])
    assert torch.equal(before, torch.get_rng_state())


def test_two_items_leave_one_negative(negatives):
    seen, spy = negatives
    hidden, _, matrix = drawn(v=2)
    binary_cross_entropy(hidden, torch.tensor([1, 2, 1, 2, 2, 1]), spy(matrix))
    assert seen[0].flatten().tolist() == [2, 1, 2, 1, 1, 2]


@pytest.mark.parametrize("name", LOSSES)
def test_gradients(name):
    hidden, targets, matrix = drawn()
    ask = lambda h, m: LOSSES[name](h, targets, m, torch.Generator().manual_seed(4), 2)  # noqa: E731
    assert torch.autograd.gradcheck(ask, [hidden.requires_grad_(), matrix.requires_grad_()])
    ask(hidden, matrix).backward()
    assert (matrix.grad[0] == 0).all()


@pytest.mark.parametrize("name", LOSSES)
def test_large_scores_stay_finite(name):
    hidden, targets, matrix = drawn()
    loss = LOSSES[name](1e3 * hidden.float(), targets, matrix.float(), torch.Generator().manual_seed(0))
    assert torch.isfinite(loss) and loss >= 0


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_a_mean_over_steps(name):
    """Twice the same steps, the same loss; and it falls when the target's score rises."""
    hidden, targets, matrix = drawn(v=2)  # one possible negative, so nothing is left to chance
    once = LOSSES[name](hidden, targets, matrix)
    close(LOSSES[name](hidden.repeat(2, 1), targets.repeat(2), matrix), once)
    towards = hidden + 0.1 * (matrix[targets] - matrix[3 - targets])
    assert LOSSES[name](towards, targets, matrix) < once


def test_losses_are_those_of_the_command_line():
    assert LOSSES["ce"] is losses.cross_entropy and LOSSES["bce"] is losses.binary_cross_entropy


def test_bce_without_a_negative_raises():
    hidden, targets, matrix = drawn()
    with pytest.raises(ValueError, match="0 negatives from 11 items"):
        binary_cross_entropy(hidden, targets, matrix, negatives=0)
    with pytest.raises(ValueError, match="1 negatives from 1 items"):
        binary_cross_entropy(hidden, torch.ones_like(targets), matrix[:2])
