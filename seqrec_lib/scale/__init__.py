"""Scale: what several machines share, what a table costs, and what a larger model is worth."""

from .costs import CostModel, Plan, Prices, plan, ring_bytes, softmax_flops, table_bytes
from .sharding import ShardedTable, owner_of, weighted_gradient
from .size_law import SizeLaw, fit_size_law

__all__ = [
    "CostModel",
    "Plan",
    "Prices",
    "ShardedTable",
    "SizeLaw",
    "fit_size_law",
    "owner_of",
    "plan",
    "ring_bytes",
    "softmax_flops",
    "table_bytes",
    "weighted_gradient",
]
