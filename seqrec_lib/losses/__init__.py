"""Losses for the next item, by the name that ``fit`` and the command line use.

Every loss is called ``loss(hidden (N, D), targets (N,), item_matrix (V+1, D), generator=,
negatives=)`` and returns a mean over steps. None needs a full table of scores.
"""

from .drawing import Asked, draw_negatives, draw_shared, draw_unseen
from .full import cross_entropy, plain_cross_entropy
from .in_batch import in_batch_softmax, item_shares
from .named import LOSSES, NEGATIVES, loss_settings, named_loss, usual_negatives
from .sampled import (
    bayesian_personalised_ranking,
    binary_cross_entropy,
    generalised_bce,
    sampled_softmax,
)

__all__ = [
    "LOSSES",
    "NEGATIVES",
    "Asked",
    "bayesian_personalised_ranking",
    "binary_cross_entropy",
    "cross_entropy",
    "draw_negatives",
    "draw_shared",
    "draw_unseen",
    "generalised_bce",
    "in_batch_softmax",
    "item_shares",
    "loss_settings",
    "named_loss",
    "plain_cross_entropy",
    "sampled_softmax",
    "usual_negatives",
]
