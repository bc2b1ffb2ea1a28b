"""Privacy: what a model gives away, how to train so that it gives away little, and how to forget a user."""

from .accounting import epsilon, noise_for, renyi_of_step, to_epsilon
from .attacks import auc, calibrated, likelihood_ratio, true_positives_at, user_losses
from .federated import Federation, at_random, average, by_group, items_touched
from .forgetting import Ensemble, Shards
from .gradients import clipped_sum, noisy_mean, per_user_gradients, poisson_rows
from .masks import masked, summed
from .private import PrivateObjective, private_objective

__all__ = [
    "Ensemble",
    "Federation",
    "PrivateObjective",
    "Shards",
    "at_random",
    "auc",
    "average",
    "by_group",
    "calibrated",
    "clipped_sum",
    "epsilon",
    "items_touched",
    "likelihood_ratio",
    "masked",
    "noise_for",
    "noisy_mean",
    "per_user_gradients",
    "poisson_rows",
    "private_objective",
    "renyi_of_step",
    "summed",
    "to_epsilon",
    "true_positives_at",
    "user_losses",
]
