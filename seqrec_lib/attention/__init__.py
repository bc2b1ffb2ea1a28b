"""Attention: functions that weigh keys by a query, and the layers that learn what to ask."""

from .bi import BiAttention, bi_attention, similarity
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
from .levels import TwoLevels, session_ends, session_numbers, session_shares, session_vectors, two_level
from .relative import RELATIVE, RelativeAttention, alibi_bias, alibi_slopes, bucket, rotate
from .target import TargetAttention, pair_features, pool

__all__ = [
    "KINDS",
    "RELATIVE",
    "BiAttention",
    "RelativeAttention",
    "SelfAttention",
    "TargetAttention",
    "TwoLevels",
    "additive",
    "alibi_bias",
    "alibi_slopes",
    "bi_attention",
    "bucket",
    "bilinear",
    "causal_mask",
    "dot_product",
    "entropy",
    "masked_softmax",
    "pair_features",
    "pool",
    "rotate",
    "scaled_dot_product",
    "session_ends",
    "session_numbers",
    "session_shares",
    "session_vectors",
    "similarity",
    "two_level",
]
