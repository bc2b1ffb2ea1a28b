"""A loss by its name and its settings, as the command line and stored settings write them.

``gbce:calibration=0.5`` is the loss ``gbce`` with one setting changed; more are parted by commas.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor

from ..data.splits import Split
from ..messages import InputError, unknown
from .full import cross_entropy
from .in_batch import in_batch_softmax, item_shares
from .on_sale import softmax_on_sale
from .sampled import bayesian_personalised_ranking, binary_cross_entropy, generalised_bce, sampled_softmax

LOSSES: dict[str, Callable[..., Tensor]] = {
    "ce": cross_entropy,
    "bce": binary_cross_entropy,
    "bpr": bayesian_personalised_ranking,
    "sampled": sampled_softmax,
    "in-batch": in_batch_softmax,
    "gbce": generalised_bce,
    "on-sale": softmax_on_sale,
}

# How many negatives a loss takes where nobody says: the papers' own choices.
NEGATIVES = {"bce": 1, "bpr": 1, "sampled": 3000, "gbce": 256, "on-sale": 3000}

# What the objective gives, or ``fit`` has a setting of its own for.
_GIVEN = ("generator", "negatives", "popularity", "asked", "rows")


def usual_negatives(name: str) -> int:
    """How many negatives the loss ``name`` takes where nobody says; 1 for one that asks for none."""
    return NEGATIVES.get(name.partition(":")[0], 1)


def loss_settings(name: str) -> dict[str, Any]:
    """The settings of the loss called ``name``, with their defaults."""
    found = inspect.signature(LOSSES[name]).parameters.values()
    return {
        each.name: each.default
        for each in found
        if each.default is not inspect.Parameter.empty and each.name not in _GIVEN
    }


def named_loss(text: str) -> Callable[..., Tensor]:
    """The loss that ``text`` names: ``NAME`` or ``NAME:SETTING=VALUE,SETTING=VALUE``.

    Raises:
        InputError: an unknown loss or setting (with the nearest), or a value of another kind.
    """
    name, colon, rest = text.partition(":")
    if name not in LOSSES:
        raise InputError(unknown("loss", name, LOSSES))
    if not colon:
        return LOSSES[name]
    known, chosen = loss_settings(name), {}
    for word in rest.split(","):
        key, sign, value = word.partition("=")
        if not sign:
            raise InputError(f"loss {text}: write NAME:SETTING=VALUE, for example gbce:calibration=0.5")
        if not known:
            raise InputError(f"loss {text}: {name} has no settings")
        if key not in known:
            raise InputError(unknown(f"setting of the loss {name}", key, known))
        if key in chosen:
            raise InputError(f"loss {text}: {key} is given twice")
        chosen[key] = _read(value, known[key], text)
    return partial(LOSSES[name], **chosen)


_KINDS = {bool: "true or false", int: "a whole number", float: "a number"}


def _read(value: str, default: object, text: str) -> object:
    kind: Any = type(default)
    if kind is bool and value in ("true", "false"):
        return value == "true"
    if kind is not bool:
        try:
            return kind(value)
        except ValueError:
            pass
    raise InputError(f"loss {text}: {value!r} must be {_KINDS[kind]}")


def parameters_of(loss: Callable[..., Tensor]) -> set[str]:
    """The names of the parameters of ``loss``; none where it does not tell them."""
    try:
        return set(inspect.signature(loss).parameters)
    except (TypeError, ValueError):  # some callables do not tell their parameters
        return set()


def with_popularity(loss: Callable[..., Tensor], split: Split) -> Callable[..., Tensor]:
    """``loss``; one with a parameter ``popularity`` is given each item's share of the training targets."""
    if "popularity" not in parameters_of(loss):
        return loss
    assert split.train.targets is not None  # training rows have them
    return partial(loss, popularity=item_shares(split.train.targets, split.log.n_items))
