"""Encoders: from a sequence of item vectors to a sequence of hidden states."""

from .recurrent import RECURRENT, RecurrentEncoder
from .transformer import NORMS, Block, TransformerEncoder

__all__ = ["NORMS", "RECURRENT", "Block", "RecurrentEncoder", "TransformerEncoder"]
