"""Encoders: from a sequence of item vectors to a sequence of hidden states.

Sizes: ``B`` batch, ``T`` time, ``D`` width. Every encoder here is causal: state t depends on items
0 to t only, so one pass trains every step.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from ..data.batch import Batch
from ..messages import InputError, unknown

RECURRENT = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class RecurrentEncoder(nn.Module):
    """RNN (Elman 1990), LSTM (Hochreiter & Schmidhuber 1997) or GRU (Cho et al. 2014).

    Args:
        kind: ``rnn``, ``lstm`` or ``gru``. dim: D, of inputs and states. layers: stacked layers.
        dropout: between stacked layers. packed: skip padding inside the recurrence. States at
            real steps are the same either way, because padding comes after them; packing saves
            work only where lengths in a batch differ much. forget_bias: where an LSTM's forget gate
            starts, see :func:`set_forget_bias`; None: near 0, as PyTorch draws it.

    Raises:
        InputError: unknown kind, layers below 1, or a forget bias for an encoder without that gate.
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
        super().__init__()
        if kind not in RECURRENT:
            raise InputError(unknown("encoder", kind, RECURRENT))
        if layers < 1:
            raise InputError(f"layers is {layers}: an encoder has at least 1")
        between = dropout if layers > 1 else 0.0  # PyTorch warns about dropout with nothing between
        self.cell = RECURRENT[kind](dim, dim, layers, batch_first=True, dropout=between)
        self.packed = packed
        if forget_bias is not None:
            set_forget_bias(self.cell, forget_bias)

    def forward(
        self, vectors: Tensor, batch: Batch, need_weights: bool = False
    ) -> tuple[Tensor, list[Tensor]]:
        """``vectors`` ``(B, T, D)`` -> states ``(B, T, D)``, and no weights, since nothing attends.

        The initial state is zero, on the vectors' own device. With packing, states at padding
        are 0; without, they are whatever the recurrence makes of padding, and no one reads them.
        """
        if not self.packed:
            return self.cell(vectors)[0], []
        steps, lengths = vectors.shape[1], batch.lengths.cpu()
        packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(self.cell(packed)[0], batch_first=True, total_length=steps)[0], []


def set_forget_bias(cell: nn.RNNBase, value: float) -> None:
    """Set the bias of the forget gate to ``value`` in every layer of an ``nn.LSTM``.

    PyTorch adds two biases. One gets the value and the other 0, so that their **sum** is ``value``. The
    gate's part is the second quarter: PyTorch's order is input, forget, candidate, output.

    Raises:
        InputError: ``cell`` is no LSTM.
    """
    if not isinstance(cell, nn.LSTM):
        raise InputError(f"{type(cell).__name__} has no forget gate: use an LSTM")
    width = cell.hidden_size
    with torch.no_grad():
        for layer in range(cell.num_layers):
            getattr(cell, f"bias_ih_l{layer}")[width : 2 * width] = value
            getattr(cell, f"bias_hh_l{layer}")[width : 2 * width] = 0.0
