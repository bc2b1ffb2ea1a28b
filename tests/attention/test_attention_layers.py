"""Self-attention over the states of a history: heads, mask, distance, the fast path."""

import math

import pytest
import torch
from tiny_models import close

from seqrec_lib.attention import KINDS, SelfAttention, causal_mask

B, T, D = 3, 6, 8
LENGTHS = torch.tensor([6, 2, 4])


def states_of(dtype=torch.float64, seed=0):
    return torch.randn(B, T, D, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def layer(kind="scaled", heads=2, dtype=torch.float64, **changes):
    torch.manual_seed(1)
    made = SelfAttention(D, heads, kind, **changes)
    if made.distance is not None:
        torch.nn.init.normal_(made.distance)
    return made.to(dtype)


FORMS = [
    (kind, values, distance)
    for kind in KINDS
    for values in (False, True)
    for distance in (0, T)
    if distance or kind != "distance"  # which has nothing else to learn
]


@pytest.mark.parametrize("kind, values, distance", FORMS)
def test_rows_sum_to_one_below_the_diagonal_and_padding_is_never_a_key(kind, values, distance):
    mask = causal_mask(LENGTHS, T)
    output, weights = layer(kind, project_values=values, distance=distance)(states_of(), mask)
    assert output.shape == (B, T, D) and weights.shape == (B, 2, T, T)
    close(weights.sum(-1), torch.ones(B, 2, T, dtype=torch.float64))
    closed = ~mask[:, None].expand_as(weights)
    assert (weights[closed] == 0).all()
    assert (weights[~closed] > 0).all()


@pytest.mark.parametrize("dtype, tolerance", [(torch.float64, 1e-6), (torch.float32, 1e-5)])
@pytest.mark.parametrize("kind, values, distance", FORMS)
def test_the_fast_path_equals_the_path_with_weights(kind, values, distance, dtype, tolerance):
    made = layer(kind, dtype=dtype, project_values=values, distance=distance)
    mask = causal_mask(LENGTHS, T)
    slow, weights = made(states_of(dtype), mask)
    fast, none = made(states_of(dtype), mask, need_weights=False)
    assert none is None and weights is not None
    close(fast, slow, tolerance)


@pytest.mark.parametrize("kind", KINDS)
def test_output_is_the_weighted_sum_of_the_states_themselves(kind):
    """Without projected values, head h mixes the h-th slice of the states."""
    states = states_of()
    output, weights = layer(kind, distance=T)(states, causal_mask(LENGTHS, T))
    for head in range(2):
        part = slice(head * 4, head * 4 + 4)
        close(output[..., part], weights[:, head] @ states[..., part])


def test_heads_by_hand():
    """Two heads, projections and all, against slices taken by hand."""
    made, states, mask = layer(project_values=True), states_of(), causal_mask(LENGTHS, T)
    query, key, value = made.query(states), made.key(states), made.value(states)
    parts = []
    for part in (slice(0, 4), slice(4, 8)):
        scores = query[..., part] @ key[..., part].mT / math.sqrt(4)
        parts.append(scores.masked_fill(~mask, -math.inf).softmax(-1) @ value[..., part])
    close(made(states, mask)[0], made.mix(torch.cat(parts, dim=-1)))


def test_mean_is_uniform_over_what_may_be_looked_at():
    weights = layer("mean")(states_of(), causal_mask(LENGTHS, T))[1]
    for row, length in enumerate(LENGTHS.tolist()):
        for t in range(T):
            seen = min(t + 1, length)
            want = torch.tensor([1 / seen] * seen + [0.0] * (T - seen), dtype=torch.float64)
            close(weights[row, 0, t], want)


def test_mean_learns_nothing():
    assert list(layer("mean", distance=T).parameters()) == []


def test_bare_learns_nothing_and_bilinear_one_matrix_a_head():
    assert list(layer("bare").parameters()) == []
    assert [tuple(p.shape) for p in layer("bilinear").parameters()] == [(2, 4, 4)]


def test_distance_adds_its_number_to_the_score():
    """Step t looks at step j with bias number t - j of its head."""
    made, states = layer(distance=T), states_of()
    mask = causal_mask(torch.full((B,), T), T)
    with_bias = made(states, mask)[1]
    numbers = made.distance.detach().clone()
    made.distance.data.zero_()
    plain = made(states, mask)[1]
    for head, t, j in [(0, 5, 0), (1, 5, 3), (0, 3, 3), (1, 4, 1)]:
        # The ratio of two weights of a row moves by exp of the difference of their numbers.
        moved = (with_bias[:, head, t, j] / with_bias[:, head, t, t]).log()
        was = (plain[:, head, t, j] / plain[:, head, t, t]).log()
        close(moved - was, (numbers[head, t - j] - numbers[head, 0]).expand(B), 1e-9)


def test_distance_reaches_the_fast_path():
    made, mask = layer(distance=T), causal_mask(LENGTHS, T)
    before = made(states_of(), mask, need_weights=False)[0]
    made.distance.data[:, 2] += 3.0
    after = made(states_of(), mask, need_weights=False)[0]
    assert (before[0, :2] == after[0, :2]).all()
    assert (before[0, 2:] != after[0, 2:]).any(-1).all()


@pytest.mark.parametrize("kind", ["dot", "additive", "bilinear", "bare"])
def test_every_kind_that_learns_uses_its_distance(kind):
    """A learned number that nothing reads would be a silent lie."""
    made, mask = layer(kind, distance=T), causal_mask(LENGTHS, T)
    before = made(states_of(), mask)[1]
    made.distance.data[:, 1] += 3.0
    assert not torch.equal(before, made(states_of(), mask)[1])


@pytest.mark.parametrize("kind", KINDS)
def test_later_states_change_nothing_earlier(kind):
    made, states, mask = layer(kind, distance=T), states_of(), causal_mask(torch.full((B,), T), T)
    changed = states.clone()
    changed[:, 4:] = states_of(seed=9)[:, 4:]
    close(made(changed, mask)[0][:, :4], made(states, mask)[0][:, :4])
    assert (made(changed, mask)[0][:, 4:] != made(states, mask)[0][:, 4:]).all()


@pytest.mark.parametrize("kind, values, distance", FORMS)
def test_gradients(kind, values, distance):
    made = layer(kind, project_values=values, distance=min(distance, 3))
    states = states_of()[:2, :3].clone().requires_grad_()
    mask = causal_mask(torch.tensor([3, 2]), 3)
    for need in (True, False):
        assert torch.autograd.gradcheck(lambda s, need=need: made(s, mask, need)[0], [states])
    output = made(states, mask)[0]
    output.square().sum().backward()
    for name, weight in made.named_parameters():
        # A key's bias moves all scores of a query alike, so it has no gradient with dot products.
        assert weight.grad is not None, name
        assert name == "key.bias" or weight.grad.abs().max() > 0, name


@pytest.mark.parametrize("heads", [3, 5, 0, -1])
def test_heads_that_do_not_divide_raise(heads):
    with pytest.raises(ValueError, match=f"{heads} heads do not divide dim 8"):
        SelfAttention(8, heads)


def test_unknown_kind_raises():
    with pytest.raises(
        ValueError, match="unknown attention 'scald': did you mean scaled.* use one of scaled, dot"
    ):
        SelfAttention(8, kind="scald")
