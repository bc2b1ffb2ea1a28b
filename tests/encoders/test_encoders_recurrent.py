"""Recurrent encoders, fast and written out: causal, equal to torch's own cells, and the fast one packs."""

import warnings

import pytest
import torch
from tiny_models import close

from seqrec_lib.data import Batch
from seqrec_lib.encoders import RECURRENT, RecurrentEncoder, WrittenOut, set_forget_bias

B, T, D = 4, 6, 5
LENGTHS = torch.tensor([6, 1, 3, 5])


EITHER = pytest.mark.parametrize("family", [RecurrentEncoder, WrittenOut])


def encoder(kind, family=RecurrentEncoder, **changes):
    torch.manual_seed(0)
    return family(kind, D, **changes).double().eval()


def states(made, vectors, lengths=LENGTHS):
    """What comes out, from a batch of the given lengths; nothing attends, so no weights come with it."""
    found, weights = made(vectors, Batch(torch.ones(vectors.shape[:2], dtype=torch.int64), lengths))
    assert weights == []
    return found


def vectors_of(seed=0):
    return torch.randn(B, T, D, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kind", RECURRENT)
def test_packed_equals_unpacked_at_real_steps(kind, layers):
    plain, packed = (states(encoder(kind, layers=layers, packed=p), vectors_of()) for p in (False, True))
    assert plain.shape == packed.shape == (B, T, D)
    real = torch.arange(T) < LENGTHS[:, None]
    close(packed[real], plain[real])
    assert (packed[~real] == 0).all()


@pytest.mark.parametrize("kind", RECURRENT)
def test_packing_keeps_the_width_when_every_row_is_short(kind):
    short = torch.tensor([2, 1, 2, 2])
    assert states(encoder(kind, packed=True), vectors_of(), short).shape == (B, T, D)


@pytest.mark.parametrize(
    "family, packed", [(RecurrentEncoder, False), (RecurrentEncoder, True), (WrittenOut, False)]
)
@pytest.mark.parametrize("kind", RECURRENT)
def test_a_state_does_not_look_ahead_and_does_look_back(kind, family, packed):
    made, full = encoder(kind, family, packed=packed, layers=2), torch.full((B,), T)
    vectors, changed = vectors_of(), vectors_of()
    changed[:, 3] += 1.0
    before, after = states(made, vectors, full), states(made, changed, full)
    close(after[:, :3], before[:, :3])
    assert ((after[:, 3:] - before[:, 3:]).abs().amax(-1) > 1e-9).all()


CELLS = {"rnn": torch.nn.RNNCell, "lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}


@EITHER
@pytest.mark.parametrize("kind", RECURRENT)
def test_steps_by_hand(kind, family):
    """One cell at a time from a state of zeros."""
    made, vectors = encoder(kind, family), vectors_of()
    cell = CELLS[kind](D, D).double()
    cell.load_state_dict({name.removesuffix("_l0"): w for name, w in made.cell.state_dict().items()})
    state, outputs = None, []
    for t in range(T):
        state = cell(vectors[:, t], state)
        outputs.append(state[0] if kind == "lstm" else state)
    close(states(made, vectors), torch.stack(outputs, dim=1))


@EITHER
@pytest.mark.parametrize("kind", RECURRENT)
def test_layers_are_stacked(kind, family):
    assert encoder(kind, family, layers=3).cell.num_layers == 3
    assert len(list(encoder(kind, layers=3).parameters())) == 3 * len(list(encoder(kind).parameters()))


@EITHER
def test_dropout_works_between_layers_and_only_in_training(family):
    made = encoder("gru", family, layers=2, dropout=0.5)
    close(states(made, vectors_of()), states(made, vectors_of()))
    made.train()
    assert not torch.equal(states(made, vectors_of()), states(made, vectors_of()))


@EITHER
def test_one_layer_with_dropout_is_quiet_and_drops_nothing(family):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = encoder("lstm", family, dropout=0.5)
    made.train()
    close(states(made, vectors_of()), states(made, vectors_of()))


@EITHER
@pytest.mark.parametrize("kind", RECURRENT)
def test_gradients(kind, family):
    made = encoder(kind, family)
    vectors = vectors_of()[:2, :3].clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda v: states(made, v, LENGTHS[:2]), [vectors])


@EITHER
def test_bad_settings_raise(family):
    with pytest.raises(ValueError, match="unknown encoder 'lstn': did you mean lstm"):
        family("lstn", D)
    with pytest.raises(ValueError, match="layers is 0"):
        family("gru", D, layers=0)
    with pytest.raises(ValueError, match="GRU has no forget gate"):
        family("gru", D, forget_bias=1.0)


@EITHER
@pytest.mark.parametrize("bias", [0.0, 1.0, -2.5])
def test_the_forget_bias_is_the_sum_of_two_and_moves_no_other_number(family, bias):
    plain, made = (encoder("lstm", family, layers=2, **more) for more in ({}, {"forget_bias": bias}))
    for layer in (0, 1):
        both = [getattr(made.cell, f"{name}_l{layer}") for name in ("bias_ih", "bias_hh")]
        close(sum(both)[D : 2 * D], torch.full((D,), bias, dtype=torch.float64))
        rest = [n for n in range(4 * D) if not D <= n < 2 * D]
        for name, now in zip(("bias_ih", "bias_hh"), both, strict=True):
            close(now[rest], getattr(plain.cell, f"{name}_l{layer}")[rest])
        for name in ("weight_ih", "weight_hh"):
            close(getattr(made.cell, f"{name}_l{layer}"), getattr(plain.cell, f"{name}_l{layer}"))


def test_a_forget_bias_of_a_cell_without_that_gate_raises():
    with pytest.raises(ValueError, match="RNN has no forget gate: use an LSTM"):
        set_forget_bias(torch.nn.RNN(2, 2), 1.0)
