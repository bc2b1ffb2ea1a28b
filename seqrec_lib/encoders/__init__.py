"""Encoders: from a sequence of item vectors to a sequence of hidden states."""

from .dropout import Dropout
from .encoder import Encoder
from .recurrent import RECURRENT, RecurrentEncoder, set_forget_bias
from .transformer import NORMS, POSITIONS, Block, TransformerEncoder

__all__ = [
    "NORMS",
    "POSITIONS",
    "RECURRENT",
    "Block",
    "Dropout",
    "Encoder",
    "RecurrentEncoder",
    "TransformerEncoder",
    "set_forget_bias",
]
