"""Encoders: from a sequence of item vectors to a sequence of hidden states."""

from .dropout import Dropout
from .encoder import Encoder
from .reach import gradient_by_distance
from .recurrent import RECURRENT, RecurrentEncoder, set_forget_bias
from .transformer import NORMS, POSITIONS, Block, TransformerEncoder
from .written_out import WrittenOut

__all__ = [
    "NORMS",
    "POSITIONS",
    "RECURRENT",
    "Block",
    "Dropout",
    "Encoder",
    "RecurrentEncoder",
    "TransformerEncoder",
    "WrittenOut",
    "gradient_by_distance",
    "set_forget_bias",
]
