"""AUGRU: what attention 0 and 1 do under both gates, one candidate at a time, blind to padding."""

import pytest
import torch
from tiny_models import close

from seqrec_lib.encoders import AUGRU, augru_step
from seqrec_lib.encoders.written_out import Weights, gru_step

B, C, T, D = 3, 2, 5, 4
LENGTHS = torch.tensor([5, 3, 1])


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def layer(gate="paper"):
    torch.manual_seed(0)
    return AUGRU(D, gate).double()


def shares(seed=3):
    return drawn(B, C, T, seed=seed).sigmoid()


def test_attention_of_1_is_a_gru_and_of_0_keeps_the_state():
    made, v, h = layer(), drawn(B, D), drawn(B, D, seed=1)
    weights, all_, none = Weights.of(made.cell), torch.ones(B).double(), torch.zeros(B).double()
    close(augru_step(v, h, all_, weights), gru_step(v, h, weights)[0])
    close(augru_step(v, h, none, weights), h)


def test_in_the_published_code_0_is_a_gru_and_1_forgets():
    made, v, h = layer("code"), drawn(B, D), drawn(B, D, seed=1)
    weights, all_, none = Weights.of(made.cell), torch.ones(B).double(), torch.zeros(B).double()
    after, shown = gru_step(v, h, weights)
    close(augru_step(v, h, none, weights, "code"), after)
    close(augru_step(v, h, all_, weights, "code"), shown["candidate"])


def test_half_the_attention_renews_half_as_much():
    made, v, h = layer(), drawn(B, D), drawn(B, D, seed=1)
    weights = Weights.of(made.cell)
    half = augru_step(v, h, torch.full((B,), 0.5).double(), weights)
    close(half - h, (gru_step(v, h, weights)[0] - h) / 2)


def test_a_layer_with_attention_1_is_pytorchs_gru():
    made, v = layer(), drawn(B, T, D)
    states, _ = made.cell(v)
    last = states[torch.arange(B), LENGTHS - 1]
    close(made(v, torch.ones(B, C, T).double(), LENGTHS), last[:, None].expand(-1, C, -1))


@pytest.mark.parametrize("gate", ["paper", "code"])
def test_each_candidate_walks_alone(gate):
    made, v, a = layer(gate), drawn(B, T, D), shares()
    whole = made(v, a, LENGTHS)
    weights = Weights.of(made.cell)
    for b in range(B):
        for c in range(C):
            h = torch.zeros(D).double()
            for t in range(int(LENGTHS[b])):
                h = augru_step(v[b, t], h, a[b, c, t], weights, gate)
            close(whole[b, c], h)


@pytest.mark.parametrize("gate", ["paper", "code"])
def test_padding_changes_nothing(gate):
    made, v, a = layer(gate), drawn(B, T, D), shares()
    real = torch.arange(T) < LENGTHS[:, None]
    other = v.masked_fill(~real[..., None], 9.0)
    louder = a.masked_fill(~real[:, None], 1.0)
    close(made(v, a, LENGTHS), made(other, louder, LENGTHS))
    wider = torch.cat([v, drawn(B, 3, D, seed=4)], 1)
    close(made(v, a, LENGTHS), made(wider, torch.cat([a, shares()[..., :3]], -1), LENGTHS))


def test_candidates_may_see_histories_of_different_lengths():
    made, v, a = layer(), drawn(B, T, D), shares()
    seen = torch.tensor([[5, 2], [3, 1], [1, 0]])
    found = made(v, a, seen)
    for c in range(C):
        close(found[:, c], made(v, a[:, [c]], seen[:, c])[:, 0])
    assert (found[2, 1] == 0).all()


def test_an_unknown_gate_is_refused_and_both_hold_the_same_weights():
    with pytest.raises(ValueError, match="use one of paper, code"):
        AUGRU(D, "turned")
    assert layer().state_dict().keys() == layer("code").state_dict().keys()


def test_gradients_reach_the_attention():
    made, v, a = layer(), drawn(2, 3, D), drawn(2, 1, 3).sigmoid().requires_grad_()
    assert torch.autograd.gradcheck(lambda a: made(v, a, torch.tensor([3, 2])), [a])
