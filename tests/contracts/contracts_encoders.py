"""Contracts of chapter 4: recurrent encoders, their gradients, and what a step costs.

Steps count from 1 in the book and from 0 here. The transcriptions are loops over NumPy numbers in double
precision, written from the equations.
"""

from __future__ import annotations

import numpy as np
import torch
from contracts_model import array, close, module, numbers, sigmoid
from equation_contracts import contract
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from seqrec_lib.data import Batch
from seqrec_lib.encoders import (
    RecurrentEncoder,
    TransformerEncoder,
    WrittenOut,
    gradient_by_distance,
    set_forget_bias,
)
from seqrec_lib.encoders.written_out import Weights, gru_step

B, T, D = 2, 5, 3
V = numbers(21, B, T, D)
WHOLE = Batch(torch.ones(B, T, dtype=torch.int64), torch.tensor([T, T]))


def parts_of(cell, layer: int = 0) -> list[dict[str, np.ndarray]]:
    """W, U and both biases of each part of a layer, in PyTorch's order."""
    found = []
    for number in range(len(getattr(cell, f"bias_ih_l{layer}")) // D):
        rows = slice(D * number, D * number + D)
        names = {"w": "weight_ih", "u": "weight_hh", "b": "bias_ih", "c": "bias_hh"}
        found.append({key: array(getattr(cell, f"{name}_l{layer}"))[rows] for key, name in names.items()})
    return found


def swapped(first: int, second: int):
    """The states of an encoder two of whose parts have changed places."""

    def run(encoder, vectors):
        state = encoder.state_dict()
        count = len(state["cell.bias_ih_l0"]) // D
        order = list(range(count))
        order[first], order[second] = order[second], order[first]
        other = module(lambda: RecurrentEncoder(KIND[type(encoder.cell)], D))
        other.load_state_dict(
            {name: torch.cat([w.chunk(count)[n] for n in order]) for name, w in state.items()}
        )
        return other(vectors, WHOLE)[0]

    return run


KIND = {nn.RNN: "rnn", nn.LSTM: "lstm", nn.GRU: "gru"}


def states(encoder, vectors):
    return encoder(vectors, WHOLE)[0]


def changed(name: str, change):
    """The states of an encoder one of whose tensors is changed."""

    def run(encoder, vectors):
        other = module(lambda: RecurrentEncoder(KIND[type(encoder.cell)], D))
        state = {key: value.clone() for key, value in encoder.state_dict().items()}
        state[f"cell.{name}_l0"] = change(state[f"cell.{name}_l0"])
        other.load_state_dict(state)
        return other(vectors, WHOLE)[0]

    return run


def both(kind: str, **changes):
    """The fast and the written-out encoder, with the same weights."""
    fast, slow = (module(lambda f=f: f(kind, D, **changes)) for f in (RecurrentEncoder, WrittenOut))
    return fast, slow


@contract(
    "eq-elman",
    kind="code",
    library=states,
    perturb={
        "one bias": changed("bias_hh", torch.zeros_like),
        "U transposed": changed("weight_hh", lambda u: u.T),
        "no state": changed("weight_hh", torch.zeros_like),
        "a step late": lambda e, v: states(e, v).roll(1, 1),
    },
)
def elman(library) -> None:
    """h_t = tanh(W v_t + U h_{t-1} + b), b the sum of two biases."""
    for encoder in both("rnn"):
        found = array(library(encoder, V))
        (part,) = parts_of(encoder.cell)
        for b in range(B):
            h = np.zeros(D)
            for t in range(T):
                h = np.tanh(part["w"] @ array(V)[b, t] + part["u"] @ h + part["b"] + part["c"])
                close(found[b, t], h)


def _of_output(encoder, vectors, k):
    """dh_T / dv_{T+1-k}, by autograd: (B, D, D)."""
    last = lambda v: states(encoder, v)[:, -1]  # noqa: E731
    whole = torch.autograd.functional.jacobian(last, vectors)  # (B, D, B, T, D)
    return torch.stack([whole[b, :, b, T - k] for b in range(B)])


@contract(
    "eq-elman-gradient",
    kind="identity",
    library=_of_output,
    perturb={
        "one step further back": lambda e, v, k: _of_output(e, v, min(k + 1, T)),
        "transposed": lambda e, v, k: _of_output(e, v, k).mT,
        "the slope of the last step left out": lambda e, v, k: (
            _of_output(e, v, k) / (1 - states(e, v)[:, -1, :, None] ** 2)
        ),
    },
)
def elman_gradient(library) -> None:
    """dh_t / dv_{t+1-k} = diag(1 - h_t^2) U ... diag(1 - h_{t+1-k}^2) W, with U k - 1 times."""
    for encoder in both("rnn"):
        (part,) = parts_of(encoder.cell)
        h = array(states(encoder, V))
        for k in range(1, T + 1):
            found = array(library(encoder, V, k))
            for b in range(B):
                product = np.eye(D)
                for back in range(k):
                    slope = np.diag(1 - h[b, T - 1 - back] ** 2)
                    product = product @ slope @ (part["u"] if back < k - 1 else part["w"])
                close(found[b], product)


def _summed_first(encoder, vectors, batch):
    given = vectors.clone().requires_grad_()
    batch.last(encoder(given, batch)[0]).sum().backward()
    size = given.grad.square().sum(-1).sqrt()
    return torch.stack([size[torch.arange(B), batch.lengths - k].mean() for k in range(1, 4)])


@contract(
    "eq-gradient-size",
    kind="code",
    library=gradient_by_distance,
    perturb={
        "numbers summed before the norm": _summed_first,
        "squares": lambda *a: gradient_by_distance(*a) ** 2,
        "oldest first": lambda *a: gradient_by_distance(*a).flip(0),
        "from the end of the padded row": lambda e, v, b: gradient_by_distance(e, v, WHOLE, 3),
        "the root of the mean square": lambda e, v, b: (
            sum(gradient_by_distance(e, v[n : n + 1], b.rows(slice(n, n + 1)), 3) ** 2 for n in range(B)) / B
        ).sqrt(),
    },
)
def gradient_size(library) -> None:
    """J_k = mean over rows of the Frobenius norm of dh_l / dv_{l+1-k}, l the row's length: differences."""
    batch, step = Batch(torch.ones(B, T, dtype=torch.int64), torch.tensor([5, 3])), 1e-6
    for encoder in both("lstm"):
        found = array(library(encoder, V, batch))
        for k in range(1, 4):
            norms = []
            for b, length in enumerate(batch.lengths.tolist()):
                squares = 0.0
                for feature in range(D):
                    ends = []
                    for sign in (1, -1):
                        moved = V.clone()
                        moved[b, length - k, feature] += sign * step
                        ends.append(array(encoder(moved, batch)[0])[b, length - 1])
                    squares += (((ends[0] - ends[1]) / (2 * step)) ** 2).sum()
                norms.append(squares**0.5)
            np.testing.assert_allclose(found[k - 1], np.mean(norms), rtol=1e-6)


def _lstm_by_hand(cell, row):
    """States, cells and gates of one row, a step at a time."""
    i, f, g, o = parts_of(cell)
    h, c, found = np.zeros(D), np.zeros(D), []
    for v in row:
        made = [p["w"] @ v + p["u"] @ h + p["b"] + p["c"] for p in (i, f, g, o)]
        gates = sigmoid(made[0]), sigmoid(made[1]), np.tanh(made[2]), sigmoid(made[3])
        c = gates[1] * c + gates[0] * gates[2]
        h = gates[3] * np.tanh(c)
        found.append((h, c, *gates))
    return found


@contract(
    "eq-lstm-gates",
    kind="code",
    library=states,
    perturb={
        "input and forget gate change places": swapped(0, 1),
        "candidate and output gate change places": swapped(2, 3),
        "one bias": changed("bias_ih", torch.zeros_like),
    },
)
def lstm_gates(library) -> None:
    """Gates are sigmoids; c_t = f c_{t-1} + i g; h_t = o tanh(c_t); the walk shows the same gates."""
    for encoder in both("lstm"):
        found = array(library(encoder, V))
        for b in range(B):
            for t, (h, *_) in enumerate(_lstm_by_hand(encoder.cell, array(V)[b])):
                close(found[b, t], h)
    gates = encoder.walk(V)[1]
    for b in range(B):
        for t, (_, _, i, f, _, o) in enumerate(_lstm_by_hand(encoder.cell, array(V)[b])):
            for name, gate in zip(("input", "forget", "output"), (i, f, o), strict=True):
                close(array(gates[name])[b, t], gate)


def _cells(encoder, vectors):
    """The last cell of each row, as PyTorch gives it."""
    return encoder.cell(vectors)[1][1][0]


@contract(
    "eq-lstm-unrolled",
    kind="identity",
    library=_cells,
    perturb={
        "the state in place of the cell": lambda e, v: e.cell(v)[1][0][0],
        "a step early": lambda e, v: _cells(e, v[:, :-1]),
        "the gates of a closed forget gate": lambda e, v: _cells(_with_forget(e, -50.0), v),
        "nothing is forgotten": lambda e, v: _cells(_with_forget(e, 50.0), v),
    },
)
def lstm_unrolled(library) -> None:
    """c_t = sum over j of (product of f_l for l after j) i_j g_j."""
    fast, _ = both("lstm")
    found = array(library(fast, V))
    for b in range(B):
        steps = _lstm_by_hand(fast.cell, array(V)[b])
        total = np.zeros(D)
        for j in range(T):
            kept = np.ones(D)
            for later in steps[j + 1 :]:
                kept = kept * later[3]
            total = total + kept * steps[j][2] * steps[j][4]
        close(found[b], total)


def _with_forget(encoder, value):
    other = module(lambda: RecurrentEncoder("lstm", D))
    other.load_state_dict(encoder.state_dict())
    set_forget_bias(other.cell, value)
    return other


def _left(bias, k):
    """Of a cell of ones, what is left after k steps in which nothing comes in and the state plays no part."""
    cell = nn.LSTM(D, D).double().requires_grad_(False)
    for weight in cell.parameters():
        weight.zero_()  # the candidate is tanh(0) = 0
    set_forget_bias(cell, bias)
    zeros, ones = torch.zeros(k, 1, D, dtype=torch.float64), torch.ones(1, 1, D, dtype=torch.float64)
    return cell(zeros, (0 * ones, ones))[1][1].flatten()


@contract(
    "eq-forget-left",
    kind="code",
    library=_left,
    perturb={
        "the bias set twice": lambda bias, k: _left(2 * bias, k),
        "a step more": lambda bias, k: _left(bias, k + 1),
        "what is lost": lambda bias, k: 1 - _left(bias, k),
    },
)
def forget_left(library) -> None:
    """After k steps sigma(b)^k of the cell is left."""
    for bias in (0.5, 1.0, -1.0, 4.0):
        for k in (1, 7):
            left = 1.0
            for _ in range(k):
                left *= sigmoid(bias)
            close(library(bias, k), [left] * D)


def _gru_by_hand(cell, row, after=True):
    r, z, n = parts_of(cell)
    h, found = np.zeros(D), []
    for v in row:
        reset = sigmoid(r["w"] @ v + r["u"] @ h + r["b"] + r["c"])
        update = sigmoid(z["w"] @ v + z["u"] @ h + z["b"] + z["c"])
        seen = reset * (n["u"] @ h + n["c"]) if after else n["u"] @ (reset * h) + n["c"]
        h = (1 - update) * np.tanh(n["w"] @ v + n["b"] + seen) + update * h
        found.append(h)
    return found


def _walk(reset_after: bool):
    """The states of a GRU with the reset gate in one of its two places."""

    def run(encoder, vectors):
        weights, h, found = Weights.of(encoder.cell), torch.zeros_like(vectors[:, 0]), []
        for v in vectors.unbind(1):
            h, _ = gru_step(v, h, weights, reset_after)
            found.append(h)
        return torch.stack(found, 1)

    return run


def _bias_moved(encoder, vectors):
    """b' of the candidate outside the reset gate."""
    other = module(lambda: RecurrentEncoder("gru", D))
    state = {key: value.clone() for key, value in encoder.state_dict().items()}
    state["cell.bias_ih_l0"][2 * D :] += state["cell.bias_hh_l0"][2 * D :]
    state["cell.bias_hh_l0"][2 * D :] = 0.0
    other.load_state_dict(state)
    return other(vectors, WHOLE)[0]


def _update_turned(encoder, vectors):
    other = module(lambda: RecurrentEncoder("gru", D))
    state = {key: value.clone() for key, value in encoder.state_dict().items()}
    for value in state.values():
        value[D : 2 * D] *= -1
    other.load_state_dict(state)
    return other(vectors, WHOLE)[0]


@contract(
    "eq-gru",
    kind="code",
    library=states,
    perturb={
        "the reset gate before the product": _walk(False),
        "the update gate turned round": _update_turned,
        "b' outside the reset gate": _bias_moved,
        "reset and update gate change places": swapped(0, 1),
    },
)
def gru(library) -> None:
    """r, u are sigmoids; n = tanh(W v + b + r (U h + b')); h_t = (1 - u) n + u h_{t-1}."""
    for encoder in both("gru"):
        found = array(library(encoder, V))
        for b in range(B):
            close(found[b], _gru_by_hand(encoder.cell, array(V)[b]))


@contract(
    "eq-gru-before",
    kind="code",
    library=_walk(False),
    perturb={"the reset gate after the product": _walk(True), "PyTorch's": states},
)
def gru_before(library) -> None:
    """n = tanh(W v + b + U (r h)): the reset gate before the product."""
    fast, _ = both("gru")
    found = array(library(fast, V))
    for b in range(B):
        close(found[b], _gru_by_hand(fast.cell, array(V)[b], after=False))


@contract(
    "eq-update-turned",
    kind="identity",
    library=_update_turned,
    perturb={
        "as it is": states,
        "the reset gate turned round": lambda e, v: _with_sign(e, 0, v),
        "the candidate turned round": lambda e, v: _with_sign(e, 2, v),
    },
)
def update_turned(library) -> None:
    """h_t = u n + (1 - u) h_{t-1}, the other meaning of u, is the same GRU with -a in place of a."""
    fast, _ = both("gru")
    found = array(library(fast, V))
    r, z, n = parts_of(fast.cell)
    for b in range(B):
        h = np.zeros(D)
        for t in range(T):
            v = array(V)[b, t]
            reset = sigmoid(r["w"] @ v + r["u"] @ h + r["b"] + r["c"])
            update = sigmoid(z["w"] @ v + z["u"] @ h + z["b"] + z["c"])
            new = np.tanh(n["w"] @ v + n["b"] + reset * (n["u"] @ h + n["c"]))
            h = update * new + (1 - update) * h
            close(found[b, t], h)


def _with_sign(encoder, part, vectors):
    other = module(lambda: RecurrentEncoder("gru", D))
    state = {key: value.clone() for key, value in encoder.state_dict().items()}
    for value in state.values():
        value[part * D : (part + 1) * D] *= -1
    other.load_state_dict(state)
    return other(vectors, WHOLE)[0]


@contract(
    "eq-stacked",
    kind="code",
    library=states,
    perturb={
        "one layer": lambda e, v: _layer_alone(e, 0, v),
        "the second layer reads the vectors": lambda e, v: _layer_alone(e, 1, v),
        "layers in the other order": lambda e, v: _layer_alone(e, 0, _layer_alone(e, 1, v)),
    },
)
def stacked(library) -> None:
    """h^(n)_t = GRU^(n)(h^(n-1)_t, h^(n)_{t-1}); layer 0 is the item vectors."""
    for encoder in both("gru", layers=2):
        found = array(library(encoder, V))
        for b in range(B):
            rows = array(V)[b]
            for layer in (0, 1):
                r, z, n = parts_of(encoder.cell, layer)
                h, above = np.zeros(D), []
                for v in rows:
                    reset = sigmoid(r["w"] @ v + r["u"] @ h + r["b"] + r["c"])
                    update = sigmoid(z["w"] @ v + z["u"] @ h + z["b"] + z["c"])
                    new = np.tanh(n["w"] @ v + n["b"] + reset * (n["u"] @ h + n["c"]))
                    h = (1 - update) * new + update * h
                    above.append(h)
                rows = above
            close(found[b], rows)


def _layer_alone(encoder, layer, vectors):
    other = module(lambda: RecurrentEncoder("gru", D))
    state = encoder.state_dict()
    other.load_state_dict({name[:-1] + "0": w for name, w in state.items() if name.endswith(str(layer))})
    return other(vectors, WHOLE)[0]


def _counted(kind, steps, dim, inner):
    """Multiply-adds of one history, counted by PyTorch while it runs."""
    batch = Batch(torch.ones(1, steps, dtype=torch.int64), torch.tensor([steps]))
    if kind == "block":
        made = TransformerEncoder(dim, 1, 1, inner, steps, 0.0).eval()
    else:
        made = WrittenOut(kind, dim)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        made(torch.randn(1, steps, dim), batch, True)
    return counter.get_total_flops() / 2


@contract(
    "eq-step-cost",
    kind="code",
    library=_counted,
    perturb={
        "twice the steps": lambda kind, t, d, f: _counted(kind, 2 * t, d, f),
        "twice the width": lambda kind, t, d, f: _counted(kind, t, 2 * d, f),
        "no square of the length": lambda kind, t, d, f: (
            _counted(kind, t, d, f) - 2 * t * t * d * (kind == "block")
        ),
        "one matrix less": lambda kind, t, d, f: _counted(kind, t, d, f) - t * d * d,
    },
)
def step_cost(library) -> None:
    """LSTM 8 T D^2, GRU 6 T D^2, Elman 2 T D^2; a block 4 T D^2 + 2 T D F + 2 T^2 D."""
    for steps, dim, inner in ((7, 4, 6), (12, 8, 8)):
        for kind, matrices in (("rnn", 2), ("gru", 6), ("lstm", 8)):
            assert library(kind, steps, dim, inner) == matrices * steps * dim**2
        wanted = 4 * steps * dim**2 + 2 * steps * dim * inner + 2 * steps**2 * dim
        assert library("block", steps, dim, inner) == wanted
