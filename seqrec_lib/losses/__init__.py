"""Losses for the next item, by the name that ``fit`` and the command line use.

Every loss is called ``loss(hidden (N, D), targets (N,), item_matrix (V+1, D), generator=,
negatives=)`` and returns a mean over steps. None needs a full table of scores.
"""

from .full import cross_entropy, plain_cross_entropy
from .sampled import (
    bayesian_personalised_ranking,
    binary_cross_entropy,
    generalised_bce,
    in_batch_softmax,
    item_shares,
    sampled_softmax,
)

LOSSES = {
    "ce": cross_entropy,
    "bce": binary_cross_entropy,
    "bpr": bayesian_personalised_ranking,
    "sampled": sampled_softmax,
    "in-batch": in_batch_softmax,
    "gbce": generalised_bce,
}

# How many negatives a loss takes where nobody says: the papers' own choices.
NEGATIVES = {"bce": 1, "bpr": 1, "sampled": 3000, "gbce": 256}

__all__ = [
    "NEGATIVES",
    "LOSSES",
    "bayesian_personalised_ranking",
    "binary_cross_entropy",
    "cross_entropy",
    "generalised_bce",
    "in_batch_softmax",
    "item_shares",
    "plain_cross_entropy",
    "sampled_softmax",
]
