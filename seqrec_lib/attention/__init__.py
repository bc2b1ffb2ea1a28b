"""Attention: functions that weigh keys by a query, and the layers that learn what to ask."""

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

__all__ = [
    "KINDS",
    "SelfAttention",
    "additive",
    "bilinear",
    "causal_mask",
    "dot_product",
    "entropy",
    "masked_softmax",
    "scaled_dot_product",
]
