"""How much privacy a number of noisy steps has cost.

A step takes each user into its batch by a coin of its own, with chance ``rate``, and adds Gaussian noise
whose standard deviation is ``noise`` times the most that one user can change the sum. Its Rényi divergences
add up over steps; one of their sums is then turned into ε for a given δ.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from ..messages import InputError, unknown

ORDERS = tuple(range(2, 65)) + (80, 96, 128, 192, 256, 384, 512)
ACCOUNTANTS = ("rdp", "prv")


def renyi_of_step(noise: float, rate: float, order: int) -> float:
    """Rényi divergence of whole ``order`` that one step can cause, in nats.

    Mironov, Talwar & Zhang 2019, section 3.3: the moment is a sum over how many of ``order`` draws fall on
    the user in question. The sum is taken in logarithms, for its terms reach far beyond a float.

    Raises:
        InputError: noise that is not above 0, or a rate outside 0 to 1.
    """
    _check(noise, rate)
    if rate == 0:
        return 0.0
    if rate == 1:
        return order / (2 * noise**2)
    terms = [
        _log_choose(order, k)
        + k * math.log(rate)
        + (order - k) * math.log1p(-rate)
        + (k * k - k) / (2 * noise**2)
        for k in range(order + 1)
    ]
    top = max(terms)
    return (top + math.log(sum(math.exp(term - top) for term in terms))) / (order - 1)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def to_epsilon(renyi: float, order: int, delta: float) -> float:
    """ε at ``delta`` of a mechanism with this Rényi divergence (Balle et al. 2020, theorem 21)."""
    return max(0.0, renyi + math.log1p(-1 / order) - (math.log(delta) + math.log(order)) / (order - 1))


def epsilon(noise: float, rate: float, steps: int, delta: float, accountant: str = "rdp") -> float:
    """ε of ``steps`` steps at ``delta``: the least over the orders of :data:`ORDERS`.

    Args:
        accountant: ``rdp``, the sum of Rényi divergences, here; or ``prv``, Opacus's numerical composition of
            the privacy loss itself, which is a little tighter and needs Opacus.

    Raises:
        InputError: a value outside its range; for ``prv``: Opacus is not installed.
    """
    if accountant not in ACCOUNTANTS:
        raise InputError(unknown("accountant", accountant, ACCOUNTANTS))
    if not 0 < delta < 1:
        raise InputError(f"delta is {delta}: it must be above 0 and below 1")
    if steps < 0:
        raise InputError(f"steps is {steps}: it must be 0 or more")
    _check(noise, rate)
    if steps == 0 or rate == 0:
        return 0.0
    if accountant == "prv":
        return opacus_epsilon(noise, rate, steps, delta, "prv")
    return min(to_epsilon(steps * renyi_of_step(noise, rate, order), order, delta) for order in ORDERS)


def opacus_epsilon(noise: float, rate: float, steps: int, delta: float, kind: str = "rdp") -> float:
    """The same by the accountant ``kind`` of Opacus.

    Raises:
        InputError: Opacus is not installed.
    """
    made: Any = getattr(needed().accountants, {"rdp": "RDPAccountant", "prv": "PRVAccountant"}[kind])()
    made.history = [(noise, rate, steps)]
    with warnings.catch_warnings():  # it warns where another order would be a little better
        warnings.simplefilter("ignore")
        more = {"alphas": list(ORDERS)} if kind == "rdp" else {}
        return float(made.get_epsilon(delta=delta, **more))


def noise_for(target: float, rate: float, steps: int, delta: float, accountant: str = "rdp") -> float:
    """The least noise, to three digits, with which ``steps`` steps stay within ε = ``target``.

    Raises:
        InputError: a target that is not above 0, or one that would take more noise than a thousand.
    """
    if not 0 < target < math.inf:
        raise InputError(f"epsilon is {target}: it must be above 0")
    spent: Callable[[float], float] = lambda noise: epsilon(noise, rate, steps, delta, accountant)  # noqa: E731
    low, high = 0.1, 0.2
    while spent(high) > target:
        low, high = high, 2 * high
        if high > 1000:
            raise InputError(
                f"epsilon is {target:g}: noise of 1000 cannot hold {steps} steps there at delta {delta:g}: "
                "train for fewer epochs, in smaller batches, or allow a larger epsilon"
            )
    while high - low > 5e-4 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if spent(middle) > target else (low, middle)
    return float(np.ceil(high * 1000) / 1000)


def _check(noise: float, rate: float) -> None:
    if not noise > 0:
        raise InputError(f"noise is {noise}: it must be above 0, or nothing is private")
    if not 0 <= rate <= 1:
        raise InputError(f"rate is {rate}: it is a share of the users, 0 to 1")


def needed() -> Any:
    """Opacus. Raises InputError: it is not installed; the message says what to do."""
    try:
        import_module("opacus.accountants")
        return import_module("opacus")
    except ImportError as error:
        raise InputError(
            "Opacus is not installed: pip install 'seqrec_lib[practice]'; "
            "the accountant 'rdp' does without it"
        ) from error
