"""Policies: what is shown next, learned from what happened, and what it is worth when it is used.

Worlds of sessions with exact values stand in :mod:`seqrec_lib.data.worlds`; what a batch is trained on in
:mod:`seqrec_lib.losses`.
"""

from .learning import Course, exact_gradient, gradient_of, learn_from_log, learn_online
from .serving import chooses, likes
from .simulators import Fitted, fit_simulator

__all__ = [
    "Course",
    "Fitted",
    "chooses",
    "exact_gradient",
    "fit_simulator",
    "gradient_of",
    "learn_from_log",
    "learn_online",
    "likes",
]
