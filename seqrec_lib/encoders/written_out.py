"""Elman, LSTM and GRU written out gate by gate, for reading. ``torch.nn`` computes the same numbers faster.

Sizes: ``B`` rows, ``T`` steps, ``D`` width, ``G`` parts: 1, 4 or 3. A layer of ``torch.nn`` keeps the weights
of its parts in one tensor, one below the other. LSTM: input gate, forget gate, candidate, output gate. GRU:
reset gate, update gate, candidate.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..data.batch import Batch
from ..messages import InputError
from .recurrent import RecurrentEncoder

# What a step can show of itself: the gates, between 0 and 1, and the candidate, between -1 and 1.
SHOWN = {
    "rnn": (),
    "lstm": ("input", "forget", "candidate", "output"),
    "gru": ("reset", "update", "candidate"),
}


class Weights(NamedTuple):
    """What one layer has learned, named as in ``torch.nn``: its candidate and gates, one below the other.

    Attributes:
        w: ``(G D, D)``, for the vector that comes in. u: ``(G D, D)``, for the state before.
        b_ih: ``(G D,)``, beside ``w``. b_hh: ``(G D,)``, beside ``u``.
    """

    w: Tensor
    u: Tensor
    b_ih: Tensor
    b_hh: Tensor

    @classmethod
    def of(cls, cell: nn.RNNBase, layer: int = 0) -> Weights:
        """The weights of one layer of an ``nn.RNN``, ``nn.LSTM`` or ``nn.GRU``, counted from 0."""
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        return cls(*(getattr(cell, f"{name}_l{layer}") for name in names))


def elman_step(v: Tensor, h: Tensor, weights: Weights) -> Tensor:
    """h_t = tanh(W v_t + U h_{t-1} + b) (Elman 1990). ``v``, ``h``: ``(B, D)`` -> ``(B, D)``."""
    return (v @ weights.w.T + weights.b_ih + h @ weights.u.T + weights.b_hh).tanh()


def lstm_step(
    v: Tensor, h: Tensor, cell: Tensor, weights: Weights
) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """One step of an LSTM with a forget gate (Gers et al. 2000); the two biases only ever act as their sum.

    Args:
        v: ``(B, D)``, what comes in. h, cell: ``(B, D)``, state and cell before.

    Returns:
        ``(h, cell, shown)``, each ``(B, D)``: ``shown`` by name, see ``SHOWN``.
    """
    mixed = v @ weights.w.T + h @ weights.u.T + (weights.b_ih + weights.b_hh)  # (B, 4D)
    i, f, g, o = mixed.chunk(4, dim=-1)  # (B, D) each
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    cell = f * cell + i * g
    return o * cell.tanh(), cell, {"input": i, "forget": f, "candidate": g, "output": o}


def gru_step(
    v: Tensor, h: Tensor, weights: Weights, reset_after: bool = True
) -> tuple[Tensor, dict[str, Tensor]]:
    """One step of a GRU. ``v``, ``h``: ``(B, D)`` -> ``(h, shown)``, each ``(B, D)``.

    ``reset_after``: the reset gate acts after the product with U, as in PyTorch and cuDNN, and so on the
    bias beside U too; False: on the state, before that product (the final version of Cho et al. 2014).
    """
    w, u, b, c = (part.chunk(3) for part in weights)  # of reset, update and candidate
    r = (v @ w[0].T + b[0] + h @ u[0].T + c[0]).sigmoid()  # (B, D)
    z = (v @ w[1].T + b[1] + h @ u[1].T + c[1]).sigmoid()
    seen = r * (h @ u[2].T + c[2]) if reset_after else (r * h) @ u[2].T + c[2]
    n = (v @ w[2].T + b[2] + seen).tanh()
    return (1 - z) * n + z * h, {"reset": r, "update": z, "candidate": n}


class WrittenOut(RecurrentEncoder):
    """A :class:`RecurrentEncoder` that walks step by step in Python, and can show its gates.

    The arguments and the weights are the same, so either can load what the other has learned.

    Raises:
        InputError: as :class:`RecurrentEncoder`; or ``packed``, since a loop over steps packs nothing.
    """

    def __init__(
        self,
        kind: str,
        dim: int,
        layers: int = 1,
        dropout: float = 0.0,
        packed: bool = False,
        forget_bias: float | None = None,
    ) -> None:
        if packed:
            raise InputError(
                "packed is True: the written-out encoder walks over padding; use RecurrentEncoder"
            )
        super().__init__(kind, dim, layers, dropout, forget_bias=forget_bias)
        self.kind, self.between = kind, nn.Dropout(self.cell.dropout)

    def forward(
        self, vectors: Tensor, batch: Batch, need_weights: bool = False
    ) -> tuple[Tensor, list[Tensor]]:
        """``vectors`` ``(B, T, D)`` -> states ``(B, T, D)``, and no weights."""
        return self.walk(vectors)[0], []

    def walk(self, vectors: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """``(states (B, T, D), shown)``: what the last layer shows, by name, each ``(B, T, D)``."""
        gates: dict[str, Tensor] = {}
        for layer in range(self.cell.num_layers):
            states = vectors if layer == 0 else self.between(vectors)
            vectors, gates = self._one_layer(states, Weights.of(self.cell, layer))
        return vectors, gates

    def _one_layer(self, vectors: Tensor, weights: Weights) -> tuple[Tensor, dict[str, Tensor]]:
        h = cell = torch.zeros_like(vectors[:, 0])  # (B, D)
        states, gates = [], []
        for v in vectors.unbind(1):  # one step after the other: nothing here can run side by side
            found: dict[str, Tensor] = {}
            if self.kind == "rnn":
                h = elman_step(v, h, weights)
            elif self.kind == "lstm":
                h, cell, found = lstm_step(v, h, cell, weights)
            else:
                h, found = gru_step(v, h, weights)
            states.append(h)
            gates.append(found)
        named = {name: torch.stack([one[name] for one in gates], 1) for name in SHOWN[self.kind]}
        return torch.stack(states, 1), named
