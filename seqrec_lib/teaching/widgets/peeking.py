"""Peeking at an A/B test: how many tests are called, by how often somebody looks and by which rule."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...ab import Looks, always_valid, fixed_p
from ...messages import message
from .view import View

ALPHA = 0.05


def peeking(tests: Mapping[str, Looks], scale: float) -> View:
    """A view of many tests that were looked at while they ran.

    Args:
        tests: name of a case ("no difference") to what is known of its tests at equally spaced looks, as
            many in each case. scale: of the always-valid test, see :func:`seqrec_lib.ab.always_valid`.

    Raises:
        ValueError: no case, or cases with different looks.
    """
    cases = list(tests.values())
    if not cases or any(not np.array_equal(case.users, cases[0].users) for case in cases):
        raise ValueError("give the tests of one case at least, all with the same looks")
    users = cases[0].users
    data = {
        "words": _words(),
        "users": users.tolist(),
        "counts": [n for n in range(1, len(users) + 1) if len(users) % n == 0],
        "cases": [{"name": name, "rules": _called(looks, scale)} for name, looks in tests.items()],
    }
    label = message("Choose how often somebody looks at a test: how many tests are called?")
    return View("peeking", label, data)


def _called(looks: Looks, scale: float) -> list[list[str]]:
    """For each rule and test, one letter a look: 1 where that look alone would call the test."""
    alone = [
        always_valid(Looks(looks.users[[k]], looks.difference[:, [k]], looks.variance[:, [k]]), scale)
        for k in range(len(looks.users))
    ]
    rules = (fixed_p(looks), np.concatenate(alone, axis=1))
    return [["".join("01"[int(p < ALPHA)] for p in test) for test in rule] for rule in rules]


def _words() -> dict[str, object]:
    """Every sentence of the view."""
    return {
        "title": message("How often may you look?"),
        "tryThis": message("Try this:"),
        "experiment": message("keep “no difference” and look more and more often. Then let there be one."),
        "choose": message("The tests"),
        "case": message("between the arms there is"),
        "looks": message("looks:"),
        "rules": [message("stops at p < 0.05"), message("stops when the always-valid p < 0.05")],
        "across": message("users of an arm"),
        "up": message("share of the tests called by then"),
        "told": message(
            "With {looks} equally spaced looks, {first} of {tests} tests are called by the first rule and "
            "{second} by the second."
        ),
        "alt": message(
            "Two rising lines over the users of an arm, to {users}. At the end the first rule has called "
            "{first} of the tests and the second {second}."
        ),
        "table": message("The data of this figure"),
    }
