"""Attention by distance alone: what is left when the content of the states decides nothing."""

import pytest
import torch

from seqrec_lib.attention import SelfAttention, causal_mask

LENGTHS = torch.tensor([5, 3, 1])


@pytest.fixture
def layer():
    torch.manual_seed(0)
    made = SelfAttention(4, heads=2, kind="distance", distance=6).double()
    with torch.no_grad():
        made.distance.normal_()
    return made


def states_of(seed):
    return torch.randn(3, 5, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_weights_by_hand(layer):
    output, weights = layer(states_of(0), causal_mask(LENGTHS, 5))
    for head in range(2):
        for t in range(5):
            scores = torch.stack([layer.distance[head, t - j] for j in range(t + 1)])
            torch.testing.assert_close(weights[0, head, t, : t + 1], scores.softmax(0))
            mixed = scores.softmax(0) @ states_of(0)[0, : t + 1, 2 * head : 2 * head + 2]
            torch.testing.assert_close(output[0, t, 2 * head : 2 * head + 2], mixed)


def test_content_changes_no_weight(layer):
    one, two = (layer(states_of(seed), causal_mask(LENGTHS, 5))[1] for seed in (0, 1))
    assert torch.equal(one, two)
    assert (one[2, :, :, 1:] == 0).all()  # padding is no key


def test_without_weights_and_without_a_mask_it_is_the_same_at_real_steps(layer):
    slow, fast = layer(states_of(0), causal_mask(LENGTHS, 5))[0], layer(states_of(0), None, False)[0]
    real = torch.arange(5) < LENGTHS[:, None]
    torch.testing.assert_close(slow[real], fast[real])


def test_its_numbers_learn(layer):
    layer(states_of(0), None)[0].square().sum().backward()
    assert layer.distance.grad.abs().max() > 0 and layer.query is None and layer.key is None


def test_with_no_distance_to_learn_it_is_refused():
    with pytest.raises(ValueError, match="no distance to learn"):
        SelfAttention(4, kind="distance")
