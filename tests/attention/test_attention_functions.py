"""Attention functions and the self-attention module, against plain loops."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import close

from seqrec_lib.attention import (
    KINDS,
    SelfAttention,
    additive,
    bilinear,
    causal_mask,
    dot_product,
    entropy,
    masked_softmax,
    scaled_dot_product,
)

FORMS = {"dot": dot_product, "scaled": scaled_dot_product, "additive": additive, "bilinear": bilinear}


def inputs(dtype=torch.float64, steps=5, dim=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    draw = [torch.randn(2, steps, dim, generator=generator, dtype=torch.float64) for _ in range(3)]
    return [x.to(dtype) for x in draw], causal_mask(torch.tensor([steps, 2]), steps)


def of_its_own(name, d, dtype):
    """What a form takes besides query, key and value: a vector (d,), a matrix (d, d) or nothing."""
    v = torch.linspace(-1, 1, d, dtype=dtype)
    lopsided = torch.arange(d * d, dtype=dtype).view(d, d).sin()  # its two sides differ
    return {"additive": (v,), "bilinear": (lopsided,)}.get(name, ())


def call(name, query, key, value, mask):
    own = of_its_own(name, query.shape[-1], query.dtype)
    return FORMS[name](query, key, value, *own, mask)


def naive(name, query, key, value, mask):
    """One query at a time, one key at a time, with Python's own exp."""
    output, weights = torch.zeros_like(value), torch.zeros(mask.shape, dtype=value.dtype)
    own = [x.tolist() for x in of_its_own(name, query.shape[-1], query.dtype)]
    for b in range(query.shape[0]):
        for t in range(query.shape[1]):
            scores = {}
            for s in range(key.shape[1]):
                if mask[b, t, s]:
                    pairs = list(zip(query[b, t].tolist(), key[b, s].tolist(), strict=True))
                    score = sum(x * y for x, y in pairs)
                    if name == "scaled":
                        score /= math.sqrt(len(pairs))
                    if name == "additive":
                        score = sum(w * math.tanh(x + y) for w, (x, y) in zip(own[0], pairs, strict=True))
                    if name == "bilinear":
                        q, k = zip(*pairs, strict=True)
                        score = sum(
                            q[i] * w * k[j] for i, row in enumerate(own[0]) for j, w in enumerate(row)
                        )
                    scores[s] = math.exp(score)
            for s, e in scores.items():
                weights[b, t, s] = e / sum(scores.values())
                output[b, t] += weights[b, t, s] * value[b, s]
    return output, weights


@pytest.mark.parametrize("name", FORMS)
def test_equals_the_loop(name):
    tensors, mask = inputs()
    for got, want in zip(call(name, *tensors, mask), naive(name, *tensors, mask), strict=True):
        close(got, want)


@pytest.mark.parametrize("name", FORMS)
def test_no_mask_looks_everywhere(name):
    tensors, mask = inputs()
    open_mask = torch.ones_like(mask)
    for got, want in zip(call(name, *tensors, None), call(name, *tensors, open_mask), strict=True):
        close(got, want)


def test_bilinear_with_the_identity_is_the_dot_product_and_takes_unequal_widths():
    (query, key, value), mask = inputs()
    same = bilinear(query, key, value, torch.eye(4, dtype=torch.float64), mask)[1]
    close(same, dot_product(query, key, value, mask)[1])
    turn = torch.randn(4, 3, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    narrow = bilinear(query, key[..., :3], value, turn, mask)[1]
    close(narrow, dot_product(query @ turn, key[..., :3], value, mask)[1])


def test_scaled_is_dot_over_the_root_of_the_width():
    (query, key, value), mask = inputs(dim=16)
    close(scaled_dot_product(query, key, value, mask)[1], dot_product(query / 4.0, key, value, mask)[1])


def test_bias_is_added_to_the_scores_after_the_scale():
    (query, key, value), mask = inputs()
    bias = torch.randn(5, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    want = masked_softmax(query @ key.mT / 2.0 + bias, mask)
    close(scaled_dot_product(query, key, value, mask, bias)[1], want)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 7), min_size=1, max_size=4), st.integers(0, 99), st.sampled_from(sorted(FORMS))
)
def test_weights_sum_to_one_and_masked_keys_get_exactly_zero(lengths, seed, name):
    steps = max(lengths)
    generator = torch.Generator().manual_seed(seed)
    tensors = [3 * torch.randn(len(lengths), steps, 4, generator=generator) for _ in range(3)]
    mask = causal_mask(torch.tensor(lengths), steps)
    _, weights = call(name, *tensors, mask)
    close(weights.sum(-1), torch.ones(len(lengths), steps), 1e-5)
    assert (weights[~mask] == 0).all()
    assert (weights >= 0).all()


def test_causal_mask_by_hand():
    mask = causal_mask(torch.tensor([3, 1]), 3)
    assert mask[0].tolist() == [[True, False, False], [True, True, False], [True, True, True]]
    assert mask[1].tolist() == [[True, False, False]] * 3  # padding is never a key, not even its own


def test_half_precision_scores_are_softened_in_float32():
    scores = torch.randn(3, 40, generator=torch.Generator().manual_seed(0)).bfloat16()
    weights = masked_softmax(scores, None)
    assert weights.dtype == torch.float32
    close(weights.sum(-1), torch.ones(3), 1e-6)
    assert masked_softmax(scores.double(), None).dtype == torch.float64


def test_a_blind_query_gets_nan_and_no_score_is_lower_than_a_mask():
    """A large negative number in place of minus infinity would give uniform weights to both."""
    blind = masked_softmax(torch.zeros(2, 3), torch.tensor([[False] * 3, [True, False, False]]))
    assert torch.isnan(blind[0]).all() and blind[1].tolist() == [1, 0, 0]
    low = masked_softmax(torch.tensor([[-1e9, 0.0]]), torch.tensor([[True, False]]))
    assert low.tolist() == [[1, 0]]


def test_entropy_counts_what_is_looked_at():
    weights = torch.tensor([[0.25] * 4, [0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0], [0.7, 0.1, 0.1, 0.1]])
    by_hand = -0.7 * math.log(0.7) - 0.3 * math.log(0.1)
    close(entropy(weights), torch.tensor([math.log(4), math.log(2), 0.0, by_hand]), 1e-6)
    assert entropy(weights.view(2, 2, 4)).shape == (2, 2)


@pytest.mark.parametrize("name", FORMS)
def test_gradients(name):
    tensors, mask = inputs(steps=3, dim=2)
    tensors = [x.requires_grad_() for x in tensors]
    assert torch.autograd.gradcheck(lambda q, k, v: call(name, q, k, v, mask[:, :3, :3]), tensors)


def test_gradient_of_the_additive_vector():
    (query, key, value), mask = inputs(steps=3, dim=2)
    v = torch.tensor([0.3, -0.7], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda v: additive(query, key, value, v, mask[:, :3, :3]), [v])


def test_kinds_are_those_that_the_module_knows():
    assert set(FORMS) | {"bare", "distance", "mean"} == set(KINDS)
    for kind in KINDS:
        assert SelfAttention(4, kind=kind, distance=3).kind == kind
