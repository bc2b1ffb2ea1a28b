"""A split at one global moment: before it is known, from then on is tested."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..messages import InputError, unknown
from .errors import DataError
from .interactions import Interactions, Logged, log_of
from .moments import Moment, to_seconds, written
from .splits import Split, training_part, with_older
from .windows import ranking_cases

TARGETS = ("successive", "first", "last", "random")


def temporal_split(
    log: Interactions | Logged, at: Moment | None = None, target: str = "successive", max_len: int = 50,
    validation_at: Moment | None = None, seed: int = 0, windows: bool = False,
) -> Split:  # fmt: skip
    """One global moment: what happened before ``at`` is known, what happened from then on is tested.

    Validation is what happened from ``validation_at`` until ``at``; training is all before. A case's
    history is the user's true prefix, test events included; the model stays frozen.

    Args:
        at, validation_at: seconds, or a date such as ``"2003-02-28"``. None: nine tenths of the
            interactions lie before ``at``, and nine tenths of those before ``validation_at``.
        target: ``successive`` (each of a user's interactions), ``first``, ``last`` or ``random`` (one).
        seed: for ``random``. windows: see :func:`leave_one_out`.

    Raises:
        DataError: an untimed log, a moment that leaves a part empty.
        InputError: an unknown target.
    """
    log = log_of(log)
    if target not in TARGETS:
        raise InputError(unknown("target", target, TARGETS))
    if log.times is None:
        raise DataError(
            f"{log.name}: no times, so no moment can divide it: use leave_one_out, or add a time column"
        )
    at = _moment(log.times, at)
    validation_at = _moment(log.times[log.times < at], validation_at)
    if not validation_at < at:
        raise DataError(
            f"{log.name}: validation_at {validation_at:.0f} is not before at {at:.0f}: choose an earlier one"
        )
    protocol = f"temporal-{target}-full-{'repeats' if log.repeats else 'unseen'}"
    in_train, in_test = log.times < validation_at, log.times >= at
    parts = {"training": in_train, "validation": ~in_train & ~in_test, "test": in_test}
    report = log.report.note(f"validation from {written(validation_at)}, test from {written(at)} (UTC)")
    cases = {}
    for name, rows in parts.items():
        if not rows.any():
            raise DataError(
                f"{log.name}: the {name} part is empty; times run from {log.times.min():.0f} to "
                f"{log.times.max():.0f}: choose another moment"
            )
        if name != "training":
            chosen, cold = _targets(log, rows, target, seed)
            if not len(chosen):
                raise DataError(
                    f"{log.name}: no {name} target has a history before it: choose another moment"
                )
            cases[name] = ranking_cases(log, log.offsets[log.users[chosen]], chosen, max_len, protocol)
            if cold:
                report = report.note(
                    f"{cold:,} {name} interactions are their user's first, so no case: no history"
                )
    start = log.offsets[:-1]
    counts = np.bincount(log.users[in_train], minlength=log.n_users)
    report = with_older(report, start, start + counts, max_len, windows)
    return Split(
        train=training_part(log, start, start + counts, max_len, windows),
        validation=cases["validation"],
        test=cases["test"],
        train_log=replace(log.take(in_train), report=report),
        log=log,
        protocol=protocol,
        max_len=max_len,
        report=report,
    )


def _moment(times: np.ndarray, moment: Moment | None) -> float:
    if moment is None:
        return float(np.quantile(times, 0.9)) if len(times) else float("nan")
    return to_seconds(moment)


def _targets(log: Interactions, rows: np.ndarray, target: str, seed: int) -> tuple[np.ndarray, int]:
    """Return the rows to predict and how many of ``rows`` have no history."""
    places = np.flatnonzero(rows)
    known = places > log.offsets[log.users[places]]
    cold, places = int((~known).sum()), places[known]
    users = log.users[places]
    first = np.flatnonzero(np.append(True, users[1:] != users[:-1])[: len(users)])  # each user's first place
    counts = np.diff(np.append(first, len(places)))
    if target == "first":
        places = places[first]
    elif target == "last":
        places = places[first + counts - 1]
    elif target == "random":
        places = places[first + np.random.default_rng(seed).integers(counts)]
    return places, cold
