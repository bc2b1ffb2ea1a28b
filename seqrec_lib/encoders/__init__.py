"""Encoders: from a sequence of item vectors to a sequence of hidden states."""

from .dropout import Dropout
from .encoder import Encoder
from .recurrent import RECURRENT, RecurrentEncoder
from .transformer import NORMS, Block, TransformerEncoder

__all__ = ["NORMS", "RECURRENT", "Block", "Dropout", "Encoder", "RecurrentEncoder", "TransformerEncoder"]
