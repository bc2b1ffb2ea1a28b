"""What is special about Caser and NextItNet; the suites over the registry hold for them too."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_models import V, batch_of, close, model_of

from seqrec_lib.models import recipe_settings
from seqrec_lib.models.nextitnet import CausalConvolution


def caser_by_hand(model, vectors, t):
    """The state after step t from windows, filters and loops, in NumPy."""
    s = model.settings
    size, dim = s.window, vectors.shape[1]
    picture = np.zeros((size, dim))
    kept = vectors[max(0, t + 1 - size) : t + 1]
    picture[size - len(kept) :] = kept
    found = []
    for height, filters in enumerate(model.horizontal, 1):
        weight, bias = (part.detach().numpy() for part in (filters.weight, filters.bias))  # (n, D, h), (n,)
        runs = [picture[first : first + height] for first in range(size - height + 1)]
        for n in range(s.across):
            found.append(max(max(0.0, (run.T * weight[n]).sum() + bias[n]) for run in runs))
    weight, bias = (part.detach().numpy() for part in (model.vertical.weight, model.vertical.bias))
    along = [[(picture[:, d] * weight[n, 0]).sum() + bias[n] for n in range(s.along)] for d in range(dim)]
    found = np.array(found + [number for feature in along for number in feature])
    dense = model.dense
    return np.maximum(0, dense.weight.detach().numpy() @ found + dense.bias.detach().numpy())


def test_caser_is_what_its_equations_say():
    model, batch = model_of("caser", window=4, across=3, along=2), batch_of((6, 2), width=6)
    states = model.hidden(batch).detach()
    for row, length in ((0, 6), (1, 2)):
        vectors = model.embedding.weight[batch.items[row]].detach().numpy()
        for t in range(length):
            close(states[row, t], torch.from_numpy(caser_by_hand(model, vectors, t)), 1e-10)


def test_caser_forgets_what_lies_before_its_window():
    model, batch = model_of("caser", window=3), batch_of((6, 6))
    other = replace(batch, items=batch.items.clone())
    other.items[:, 1] = other.items[:, 1] % V + 1
    moved = (model.hidden(other) - model.hidden(batch)).abs().amax(-1) > 1e-9
    assert moved.tolist() == [[False, True, True, True, False, False]] * 2


@pytest.mark.parametrize("layers, cycle, kernel", [(1, 1, 2), (1, 2, 3), (2, 2, 2), (3, 3, 2), (3, 2, 2)])
def test_the_reach_of_nextitnet_is_exact(layers, cycle, kernel):
    """By gradient: the oldest item within reach counts, the one before it does not."""
    settings = recipe_settings("nextitnet", V, layers=layers, cycle=cycle, kernel=kernel, dim=8, max_len=60)
    torch.manual_seed(0)
    model = settings.build().double().eval()
    batch = batch_of((60, 60), width=60)
    vectors = torch.randn(2, 60, 8, dtype=torch.float64, requires_grad=True)
    states = vectors
    for block in model.blocks:
        states = block(states)
    (slope,) = torch.autograd.grad(states[:, -1].square().sum(), vectors)
    touched = (slope.abs().sum((0, 2)) > 0).nonzero()[:, 0]
    assert 60 - int(touched[0]) == settings.reach() <= 60
    assert batch.items.shape == (2, 60)


def test_dilations_begin_again_after_a_cycle():
    assert recipe_settings("nextitnet", V, layers=3, cycle=2).dilations() == [1, 2, 2, 4, 1, 2]
    assert recipe_settings("nextitnet", V).reach() == 37


def test_a_causal_convolution_is_a_sum_over_steps_behind():
    torch.manual_seed(0)
    layer, x = CausalConvolution(3, 2, 4).double(), torch.randn(2, 7, 3, dtype=torch.float64)
    weight, bias = layer.filters.weight, layer.filters.bias  # (D, D, 2), the newest last
    for t in range(7):
        behind = x[:, t - 4] if t >= 4 else torch.zeros(2, 3, dtype=torch.float64)
        close(layer(x)[:, t], behind @ weight[..., 0].T + x[:, t] @ weight[..., 1].T + bias)
