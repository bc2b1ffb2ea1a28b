"""Changes of the attention layers that no other test of this room noticed."""

import pytest
import torch

from seqrec_lib.attention import SelfAttention, additive, causal_mask

X = torch.randn(2, 6, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_the_additive_kind_scores_as_its_function():
    torch.manual_seed(0)
    layer = SelfAttention(8, 1, "additive").double()
    mask = causal_mask(torch.tensor([6, 4]), 6)
    output, weights = layer(X, mask)
    expected = additive(layer.query(X), layer.key(X), X, layer.v, mask)
    torch.testing.assert_close(output, expected[0])
    torch.testing.assert_close(weights[:, 0], expected[1])


@pytest.mark.parametrize("distance", [0, 6])
def test_without_a_mask_the_fast_path_knows_the_distances_too(distance):
    torch.manual_seed(0)
    layer = SelfAttention(8, 2, "scaled", project_values=True, distance=distance).double()
    if distance:
        layer.distance.data.normal_()
    torch.testing.assert_close(layer(X, None, need_weights=False)[0], layer(X, None)[0])
