"""Experiments on live users, and what a log says of a policy that never ran.

``arms`` compares two groups of users, ``sequential`` does so while users come in, ``cuped`` takes out what
was known beforehand, ``interleaving`` lets two rankings share one list, and ``off_policy`` weighs a log of
slates.
"""

from .arms import Lift, compare_arms, power, users_per_arm
from .cuped import Adjusted, adjust, fit_cuped
from .interleaving import credit, team_draft
from .off_policy import doubly_robust, per_place, place_chances, slate_chance, whole_slate
from .sequential import Looks, always_valid, fixed_p, look_at

__all__ = [
    "Adjusted",
    "Lift",
    "Looks",
    "adjust",
    "always_valid",
    "compare_arms",
    "credit",
    "doubly_robust",
    "fit_cuped",
    "fixed_p",
    "look_at",
    "per_place",
    "place_chances",
    "power",
    "slate_chance",
    "team_draft",
    "users_per_arm",
    "whole_slate",
]
