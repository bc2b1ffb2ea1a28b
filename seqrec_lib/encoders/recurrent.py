"""Encoders: from a sequence of item vectors to a sequence of hidden states.

Sizes: ``B`` batch, ``T`` time, ``D`` width. Every encoder here is causal: state t depends on items
0 to t only, so one pass trains every step.
"""

from __future__ import annotations

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
            work only where lengths in a batch differ much.

    Raises:
        InputError: unknown kind, or layers below 1.
    """

    def __init__(
        self, kind: str, dim: int, layers: int = 1, dropout: float = 0.0, packed: bool = False
    ) -> None:
        super().__init__()
        if kind not in RECURRENT:
            raise InputError(unknown("encoder", kind, RECURRENT))
        if layers < 1:
            raise InputError(f"layers is {layers}: an encoder has at least 1")
        between = dropout if layers > 1 else 0.0  # PyTorch warns about dropout with nothing between
        self.cell = RECURRENT[kind](dim, dim, layers, batch_first=True, dropout=between)
        self.packed = packed

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
