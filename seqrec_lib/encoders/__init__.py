"""Encoders: from a sequence of item vectors to a sequence of hidden states."""

from typing import TYPE_CHECKING

from ..on_demand import on_demand
from .dropout import Dropout
from .encoder import Encoder
from .recurrent import RECURRENT, RecurrentEncoder, set_forget_bias

if TYPE_CHECKING:
    from .augru import AUGRU, augru_step
    from .both_ways import BothWays
    from .reach import gradient_by_distance
    from .transformer import BY_TIME, NORMS, POSITIONS, Block, TransformerEncoder, start_small
    from .written_out import WrittenOut

__all__ = [
    "AUGRU",
    "BY_TIME",
    "NORMS",
    "POSITIONS",
    "RECURRENT",
    "Block",
    "BothWays",
    "Dropout",
    "Encoder",
    "RecurrentEncoder",
    "TransformerEncoder",
    "WrittenOut",
    "augru_step",
    "gradient_by_distance",
    "set_forget_bias",
    "start_small",
]

__getattr__ = on_demand(
    __name__,
    {
        "augru": ("AUGRU", "augru_step"),
        "both_ways": ("BothWays",),
        "reach": ("gradient_by_distance",),
        "transformer": ("BY_TIME", "NORMS", "POSITIONS", "Block", "TransformerEncoder", "start_small"),
        "written_out": ("WrittenOut",),
    },
)
