"""The forget bias that leaves a wanted share of the cell after a number of steps."""

from __future__ import annotations

import math

from ..exercise import Exercise, Mutant, Probe


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def bias_for_distance(k: int, share: float) -> float:
    """k: int, share: float, between 0 and 1. Returns the bias."""
    return _logit(share ** (1 / k))


def share_itself(k, share):
    return _logit(share)


def times_k(k, share):
    return k * _logit(share)


def divided(k, share):
    return _logit(share) / k


def the_gate(k, share):
    return share ** (1 / k)


def wrong_way(k, share):
    return _logit(share**k)


def sign(k, share):
    return -bias_for_distance(k, share)


def log_only(k, share):
    return math.log(share) / k


def one_step_more(k, share):
    return _logit(share ** (1 / (k + 1)))


def lost(k, share):
    return _logit((1 - share) ** (1 / k))


def half(k, share):
    return bias_for_distance(k, share) / 2


def base_two(k, share):
    return bias_for_distance(k, share) / math.log(2)


EXERCISE = Exercise(
    name="bias-for-distance",
    reference=bias_for_distance,
    probes=lambda: [
        Probe("a quarter after two steps", (2, 0.25)),
        Probe("a tenth after 14 steps", (14, 0.1)),
        Probe("nine tenths after 40 steps", (40, 0.9)),
        Probe("a third after one step", (1, 1 / 3)),
    ],
    mutants=(
        Mutant("share-itself", "This gate leaves the share after one step. There are k.", share_itself),
        Mutant(
            "times-k", "A gate acts k times as a power. The bias does not grow with k in proportion.", times_k
        ),
        Mutant("divided", "The bias is divided by k. First find the gate of one step.", divided),
        Mutant("gate", "This is the gate itself. Which bias gives it?", the_gate),
        Mutant("power", "This raises the share to the power k: it goes the wrong way.", wrong_way),
        Mutant("sign", "The sign is turned round: a gate near 1 needs a bias above 0.", sign),
        Mutant(
            "log-only", "This is the logarithm of the gate. The inverse of σ has a second part.", log_only
        ),
        Mutant("one-step-more", "This counts a step too many.", one_step_more),
        Mutant("lost", "This leaves 1 − share: what was to be lost is kept.", lost),
        Mutant(
            "half",
            "This is half of it, as for one of two biases. Return what acts, which is the sum.",
            half,
        ),
        Mutant("base-two", "The logarithm has base 2. σ is made of e.", base_two),
    ),
    hints=(
        "First find the gate: which number, multiplied k times with itself, gives the share?",
        "Then turn σ round: from g = 1 / (1 + e^(−b)) find b.",
    ),
)
