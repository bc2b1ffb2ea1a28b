"""Heads: the MLP and the dot product with item vectors."""

import torch
from tiny_models import V, close

from seqrec_lib.heads.mlp import MLP
from seqrec_lib.heads.tied import dot_scores


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_dot_scores_by_hand():
    states, matrix = drawn(3, 4), drawn(V + 1, 4, seed=1)
    scores = dot_scores(states, matrix)
    assert scores.shape == (3, V + 1)
    assert torch.isneginf(scores[:, 0]).all()
    for row in range(3):
        for item in range(1, V + 1):
            close(scores[row, item], sum(a * b for a, b in zip(states[row], matrix[item], strict=True)))


def test_candidates_are_those_columns():
    states, matrix = drawn(3, 4), drawn(V + 1, 4, seed=1)
    candidates = torch.tensor([[1, 5, 5], [11, 2, 7], [3, 4, 1]])
    close(dot_scores(states, matrix, candidates), dot_scores(states, matrix).gather(1, candidates))


def test_scoring_leaves_its_inputs_alone_and_passes_gradients():
    states, matrix = drawn(3, 4).requires_grad_(), drawn(V + 1, 4, seed=1).requires_grad_()
    before = matrix.detach().clone()
    dot_scores(states, matrix)[:, 1:].sum().backward()
    assert torch.equal(matrix.detach(), before)
    close(states.grad, before[1:].sum(0).expand(3, 4))
    assert (matrix.grad[0] == 0).all()


def test_mlp_by_hand():
    torch.manual_seed(0)
    mlp, x = MLP(4, 6).double(), drawn(2, 3, 4)
    inner = (x @ mlp.inner.weight.T + mlp.inner.bias).clamp(min=0)
    close(mlp(x), inner @ mlp.outer.weight.T + mlp.outer.bias)
    assert mlp(x).shape == x.shape and mlp.inner.out_features == 6


def test_mlp_drops_in_training_only():
    torch.manual_seed(0)
    mlp, x = MLP(4, 32, dropout=0.5).double(), drawn(5, 4)
    assert not torch.equal(mlp.train()(x), mlp(x))
    close(mlp.eval()(x), mlp(x))


def test_mlp_gradients():
    torch.manual_seed(0)
    mlp = MLP(3, 5).double()
    assert torch.autograd.gradcheck(mlp, [drawn(2, 3).requires_grad_()])
