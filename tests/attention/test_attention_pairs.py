"""Settings of self-attention together: each mixture by a loop, and every path to it the same."""

import math
from itertools import product

import pytest
import torch
from tiny_models import close

from seqrec_lib.attention import KINDS, SelfAttention, causal_mask

B, T, D = 3, 5, 8
FORMS = [
    (kind, heads, values, distance)
    for kind, heads, values, distance in product(KINDS, (1, 2, 4), (False, True), (0, 3, T))
    if distance or kind != "distance"  # which has nothing else to learn
]  # a distance of 3: the rest share the last


def numbers(seed=0):
    return torch.randn(B, T, D, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def layer(kind, heads, values, distance):
    torch.manual_seed(1)
    made = SelfAttention(D, heads, kind, values, distance)
    if made.distance is not None:
        torch.nn.init.normal_(made.distance)
    return made.double()


def by_a_loop(made, states, keys):
    """One query, one head, one key at a time."""
    part, output = D // made.heads, torch.zeros(B, T, D, dtype=torch.float64)
    query, key = (states, keys) if made.query is None else (made.query(states), made.key(keys))
    value = keys if made.value is None else made.value(keys)
    for b, h, t in product(range(B), range(made.heads), range(T)):
        own = slice(h * part, (h + 1) * part)
        scores = []
        for j in range(t + 1):
            q, k = query[b, t, own], key[b, j, own]
            score = {
                "scaled": lambda q, k: q @ k / math.sqrt(part),
                "dot": lambda q, k: q @ k,
                "bare": lambda q, k: q @ k,
                "bilinear": lambda q, k, form=None if made.matrix is None else made.matrix[h]: q @ (form @ k),
                "additive": lambda q, k: torch.tanh(q + k) @ made.v,
                "distance": lambda q, k: torch.zeros(()),
                "mean": lambda q, k: torch.zeros(()),
            }[made.kind](q, k)
            away = 0.0 if made.distance is None else made.distance[h, min(t - j, made.distance.shape[1] - 1)]
            scores.append(float(score + away))
        weights = torch.tensor(scores, dtype=torch.float64).softmax(0)
        output[b, t, own] = weights @ value[b, : t + 1, own]
    return output if made.mix is None else made.mix(output)


@pytest.mark.parametrize("kind, heads, values, distance", FORMS)
@torch.no_grad()
def test_every_mixture_by_a_loop_on_every_path(kind, heads, values, distance):
    """Without a mask and with the causal one, with weights and on the fused path, own keys or not."""
    made, states = layer(kind, heads, values, distance), numbers()
    whole = causal_mask(torch.full((B,), T), T)
    for keys in (None, numbers(1)):
        want = by_a_loop(made, states, states if keys is None else keys)
        for mask, need in product((None, whole), (True, False)):
            output, weights = made(states, mask, need, keys)
            close(output, want, 1e-10)
            assert (weights is not None) == need


@pytest.mark.parametrize("kind, heads, values, distance", FORMS)
@torch.no_grad()
def test_padding_at_the_end_needs_no_mask(kind, heads, values, distance):
    made, states, lengths = layer(kind, heads, values, distance), numbers(), torch.tensor([5, 1, 3])
    real = torch.arange(T) < lengths[:, None]
    masked = made(states, causal_mask(lengths, T), True)[0]
    for need in (True, False):
        close(made(states, None, need)[0][real], masked[real], 1e-10)
