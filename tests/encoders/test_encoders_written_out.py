"""The written-out encoders: equal to torch.nn on the same random weights, and their gates are gates."""

import pytest
import torch
from tiny_models import batch_of, close

from seqrec_lib.encoders import RECURRENT, RecurrentEncoder, WrittenOut
from seqrec_lib.encoders.written_out import SHOWN, Weights, gru_step

B, T, D = 2, 7, 5


def pair(kind, **changes):
    """A fast and a written-out encoder with the same random weights, both biases far from 0."""
    torch.manual_seed(3)
    fast, slow = RecurrentEncoder(kind, D, **changes).double().eval(), WrittenOut(kind, D, **changes).double()
    with torch.no_grad():
        for weight in fast.parameters():
            weight.normal_(std=0.7)
    slow.load_state_dict(fast.state_dict())
    return fast, slow.eval()


def vectors_of():
    return torch.randn(B, T, D, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("kind", RECURRENT)
def test_states_and_gradients_equal_those_of_torch(kind, layers):
    batch, found = batch_of((T, T), width=T), []
    for encoder in pair(kind, layers=layers):
        vectors = vectors_of().requires_grad_()
        states = encoder(vectors, batch)[0]
        states.square().sum().backward()
        found.append((states, vectors.grad, *(weight.grad for weight in encoder.parameters())))
    for fast, slow in zip(*found, strict=True):
        close(slow, fast)


@pytest.mark.parametrize("kind", RECURRENT)
def test_gates_lie_between_0_and_1_and_belong_to_the_last_layer(kind):
    slow = pair(kind, layers=2)[1]
    states, gates = slow.walk(vectors_of())
    assert tuple(gates) == SHOWN[kind]
    for name, gate in gates.items():
        low = -1 if name == "candidate" else 0
        assert gate.shape == (B, T, D) and gate.min() > low and gate.max() < 1
    below = pair(kind, layers=1)[1]
    below.load_state_dict({name: w for name, w in slow.state_dict().items() if name.endswith("_l0")})
    above = pair(kind, layers=1)[1]
    above.load_state_dict(
        {name[:-1] + "0": w for name, w in slow.state_dict().items() if name.endswith("_l1")}
    )
    again, of_last = above.walk(below.walk(vectors_of())[0])
    close(again, states)
    for name, gate in gates.items():
        close(of_last[name], gate)


def test_the_states_follow_from_what_is_shown():
    """GRU: a mean of candidate and old state. LSTM: what is kept and what is let in."""
    slow = pair("gru")[1]
    states, gates = slow.walk(vectors_of())
    before = torch.cat([torch.zeros(B, 1, D, dtype=torch.float64), states[:, :-1]], 1)
    close((1 - gates["update"]) * gates["candidate"] + gates["update"] * before, states)
    slow = pair("lstm")[1]
    states, gates = slow.walk(vectors_of())
    cell = torch.zeros(B, D, dtype=torch.float64)
    for t in range(T):
        cell = gates["forget"][:, t] * cell + gates["input"][:, t] * gates["candidate"][:, t]
        close(gates["output"][:, t] * cell.tanh(), states[:, t])


def test_the_two_places_of_the_reset_gate_differ_and_agree_when_it_is_open():
    weights = Weights.of(pair("gru")[0].cell)
    v, h = vectors_of()[:, 0], vectors_of()[:, 1]
    after, before = (gru_step(v, h, weights, reset_after=place)[0] for place in (True, False))
    assert (after - before).abs().max() > 0.01
    for bias in (weights.b_ih, weights.b_hh):
        bias.data[:D] = 50.0  # r = 1
    close(*(gru_step(v, h, weights, reset_after=place)[0] for place in (True, False)))


def test_packing_is_refused():
    with pytest.raises(ValueError, match="packed is True"):
        WrittenOut("gru", D, packed=True)
