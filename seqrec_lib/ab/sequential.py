"""Looking at a test while it runs: what a fixed test then promises, and a test that may be looked at.

Sizes: ``S`` tests beside each other, ``n`` users an arm in the order in which they came, ``L`` looks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..messages import InputError


@dataclass(frozen=True)
class Looks:
    """What is known at each look.

    Attributes:
        users: ``(L,)`` users an arm so far. difference: ``(S, L)`` new minus old. variance: ``(S, L)`` of the
            difference of one user of each arm; divided by ``users`` it is the difference's own.
    """

    users: np.ndarray
    difference: np.ndarray
    variance: np.ndarray


def look_at(old: np.ndarray, new: np.ndarray, users: np.ndarray) -> Looks:
    """Means and variances of the first ``users`` of both arms, for every look.

    Args:
        old, new: ``(S, n)`` or ``(n,)``, one number a user, in order of arrival. users: ``(L,)``, from 2 to
            ``n``.

    Raises:
        InputError: shapes that differ, or a look before the second user or after the last.
    """
    arms = [np.atleast_2d(np.asarray(arm, dtype=np.float64)) for arm in (old, new)]
    at = np.asarray(users, dtype=np.int64)
    if arms[0].shape != arms[1].shape:
        raise InputError("both arms must be (S, n), of one size")
    if not len(at) or at.min() < 2 or at.max() > arms[0].shape[1]:
        raise InputError(f"looks are after 2 to {arms[0].shape[1]} users of an arm")
    means, variances = [], []
    for arm in arms:
        total, squares = arm.cumsum(1)[:, at - 1], (arm**2).cumsum(1)[:, at - 1]  # (S, L)
        means.append(total / at)
        variances.append((squares - total**2 / at) / (at - 1))
    return Looks(at, means[1] - means[0], variances[0] + variances[1])


def fixed_p(looks: Looks) -> np.ndarray:
    """``(S, L)``: the two-sided p-value of a test that ends at this look and was to end there from the start.

    The smallest of a row is what somebody sees who may stop at any look, and it is no p-value.
    """
    z = np.divide(
        looks.difference,
        np.sqrt(looks.variance / looks.users),
        out=np.zeros_like(looks.difference),
        where=looks.variance > 0,
    )
    p: np.ndarray = torch.erfc(torch.from_numpy(np.abs(z)) / 2**0.5).numpy()  # two tails of the normal law
    return p


def always_valid(looks: Looks, scale: float) -> np.ndarray:
    """``(S, L)``: p-values of the mixture sequential probability ratio test (Johari et al. 2022).

    The likelihood ratio of "some difference", drawn from a normal law of standard deviation ``scale`` around
    0, against "no difference" is averaged over that law. If there is no difference, the largest ratio ever
    seen exceeds 1 / alpha with probability alpha at most, so one over it is a p-value at *any* look. That
    holds exactly for normal numbers of known variance; here the variance is estimated at each look.

    Args:
        scale: tau, the size of differences that are expected. A bad choice makes the test slow, not wrong.

    Raises:
        InputError: a scale that is not above 0.
    """
    if not scale > 0:
        raise InputError(f"scale is {scale}: say how large a difference you expect, above 0")
    n, v, tau2 = looks.users, np.maximum(looks.variance, 1e-12), scale**2
    wide = v + n * tau2
    ratio = 0.5 * np.log(v / wide) + n**2 * tau2 * looks.difference**2 / (2 * v * wide)  # its logarithm
    return np.minimum(1.0, np.exp(-np.maximum.accumulate(ratio, axis=1)))
