"""Attention: functions that weigh keys by a query, and the layers that learn what to ask."""

from typing import TYPE_CHECKING

from ..on_demand import on_demand
from .functions import (
    additive,
    bilinear,
    causal_mask,
    dot_product,
    entropy,
    masked_softmax,
    scaled_dot_product,
)
from .layers import KINDS, SelfAttention

if TYPE_CHECKING:
    from .bi import BiAttention, bi_attention, similarity
    from .intervals import (
        TIME_BUCKETS,
        UNITS,
        TimeAttention,
        elapsed,
        interval_numbers,
        smallest_gap,
        time_bucket,
    )
    from .levels import TwoLevels, session_ends, session_numbers, session_shares, session_vectors, two_level
    from .pointwise import pointwise_attention
    from .relative import RELATIVE, RelativeAttention, alibi_bias, alibi_slopes, bucket, rotate
    from .target import TargetAttention, pair_features, pool

__all__ = [
    "KINDS",
    "RELATIVE",
    "TIME_BUCKETS",
    "UNITS",
    "BiAttention",
    "RelativeAttention",
    "SelfAttention",
    "TargetAttention",
    "TimeAttention",
    "TwoLevels",
    "additive",
    "alibi_bias",
    "alibi_slopes",
    "bi_attention",
    "bucket",
    "bilinear",
    "causal_mask",
    "dot_product",
    "elapsed",
    "entropy",
    "interval_numbers",
    "masked_softmax",
    "pair_features",
    "pointwise_attention",
    "pool",
    "rotate",
    "scaled_dot_product",
    "session_ends",
    "session_numbers",
    "session_shares",
    "session_vectors",
    "similarity",
    "smallest_gap",
    "time_bucket",
    "two_level",
]

__getattr__ = on_demand(
    __name__,
    {
        "bi": ("BiAttention", "bi_attention", "similarity"),
        "intervals": (
            "TIME_BUCKETS",
            "UNITS",
            "TimeAttention",
            "elapsed",
            "interval_numbers",
            "smallest_gap",
            "time_bucket",
        ),
        "levels": (
            "TwoLevels",
            "session_ends",
            "session_numbers",
            "session_shares",
            "session_vectors",
            "two_level",
        ),
        "pointwise": ("pointwise_attention",),
        "relative": ("RELATIVE", "RelativeAttention", "alibi_bias", "alibi_slopes", "bucket", "rotate"),
        "target": ("TargetAttention", "pair_features", "pool"),
    },
)
