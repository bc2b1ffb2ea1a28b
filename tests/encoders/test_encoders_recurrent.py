"""Recurrent encoders: causal, the same packed and unpacked, and equal to torch's own cells."""

import warnings

import pytest
import torch
from tiny_models import close

from seqrec_lib.data import Batch
from seqrec_lib.encoders import RECURRENT, RecurrentEncoder

B, T, D = 4, 6, 5
LENGTHS = torch.tensor([6, 1, 3, 5])


def encoder(kind, **changes):
    torch.manual_seed(0)
    return RecurrentEncoder(kind, D, **changes).double().eval()


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


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", RECURRENT)
def test_a_state_does_not_look_ahead_and_does_look_back(kind, packed):
    made, full = encoder(kind, packed=packed, layers=2), torch.full((B,), T)
    vectors, changed = vectors_of(), vectors_of()
    changed[:, 3] += 1.0
    before, after = states(made, vectors, full), states(made, changed, full)
    close(after[:, :3], before[:, :3])
    assert ((after[:, 3:] - before[:, 3:]).abs().amax(-1) > 1e-9).all()


CELLS = {"rnn": torch.nn.RNNCell, "lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}


@pytest.mark.parametrize("kind", RECURRENT)
def test_steps_by_hand(kind):
    """One cell at a time from a state of zeros."""
    made, vectors = encoder(kind), vectors_of()
    cell = CELLS[kind](D, D).double()
    cell.load_state_dict({name.removesuffix("_l0"): w for name, w in made.cell.state_dict().items()})
    state, outputs = None, []
    for t in range(T):
        state = cell(vectors[:, t], state)
        outputs.append(state[0] if kind == "lstm" else state)
    close(states(made, vectors), torch.stack(outputs, dim=1))


@pytest.mark.parametrize("kind", RECURRENT)
def test_layers_are_stacked(kind):
    assert encoder(kind, layers=3).cell.num_layers == 3
    assert len(list(encoder(kind, layers=3).parameters())) == 3 * len(list(encoder(kind).parameters()))


def test_dropout_works_between_layers_and_only_in_training():
    made = encoder("gru", layers=2, dropout=0.5)
    close(states(made, vectors_of()), states(made, vectors_of()))
    made.train()
    assert not torch.equal(states(made, vectors_of()), states(made, vectors_of()))


def test_one_layer_with_dropout_is_quiet_and_drops_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = encoder("lstm", dropout=0.5)
    made.train()
    close(states(made, vectors_of()), states(made, vectors_of()))


@pytest.mark.parametrize("kind", RECURRENT)
def test_gradients(kind):
    made = encoder(kind)
    vectors = vectors_of()[:2, :3].clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda v: states(made, v, LENGTHS[:2]), [vectors])


def test_bad_settings_raise():
    with pytest.raises(ValueError, match="unknown encoder 'lstn': did you mean lstm"):
        RecurrentEncoder("lstn", D)
    with pytest.raises(ValueError, match="layers is 0"):
        RecurrentEncoder("gru", D, layers=0)
