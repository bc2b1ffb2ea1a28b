"""Splits: what a model may learn from, what chooses it, what it is tested on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import torch

from .batch import Batch, Cases
from .errors import DataError
from .interactions import Interactions, Logged, log_of
from .report import Report
from .windows import cut_windows, ranking_cases, training_rows


@dataclass
class Split:
    """A log in three parts.

    Attributes:
        train: one row for each user with at least 2 training items, its newest ``max_len`` steps.
        validation, test: cases to rank.
        train_log: the training part of the log, all of it, with the whole log's ids.
        log: the whole log. protocol: the name that stands beside every figure.
        max_len: the longest history. report: what was read, dropped and why.
        clicks: False; a split of impressions has True (:class:`~seqrec_lib.data.click_splits.ClickSplit`).
    """

    train: Batch
    validation: Cases
    test: Cases
    train_log: Interactions
    log: Interactions
    protocol: str
    max_len: int
    report: Report

    clicks: ClassVar[bool] = False

    def to(self, device: torch.device | str) -> Split:
        """Return the split with every tensor on ``device``; the logs stay where they are."""
        moved = {name: getattr(self, name).to(device) for name in ("train", "validation", "test")}
        return replace(self, **moved)


def leave_one_out(log: Interactions | Logged, max_len: int = 50, windows: bool = False) -> Split:
    """Each user's last item is the test, the one before it validation, the rest training.

    ``log`` is a log or a world. The test's history includes the validation item. Users with fewer
    than 3 interactions are in training only, and the report counts them.

    Args:
        max_len: the longest history that a model sees.
        windows: how training uses what is older than a user's newest ``max_len`` items. False, as most
            published code: not at all. True: as further rows, so that every item is trained on.

    Raises:
        DataError: no user has 3 interactions, or ``max_len`` is below 1.
    """
    log = log_of(log)
    start, stop = log.offsets[:-1], log.offsets[1:]
    long = stop - start >= 3
    short = int(((stop - start >= 1) & ~long).sum())
    if not long.any():
        raise DataError(
            f"{log.name}: no user has 3 interactions, so nothing can be tested: bring longer histories"
        )
    held = np.where(long, 2, 0)
    report = log.report
    if short:
        report = report.note(f"{short:,} users with fewer than 3 interactions are in training only")
    report = with_older(report, start, stop - held, max_len, windows)
    protocol = "loo-full-repeats" if log.repeats else "loo-full-unseen"
    in_train = np.ones(len(log), dtype=bool)
    in_train[stop[long] - 1] = False
    in_train[stop[long] - 2] = False
    train_log = replace(log.take(in_train), report=report)
    return Split(
        train=training_part(log, start, stop - held, max_len, windows),
        validation=ranking_cases(log, start[long], stop[long] - 2, max_len, protocol),
        test=ranking_cases(log, start[long], stop[long] - 1, max_len, protocol),
        train_log=train_log,
        log=log,
        protocol=protocol,
        max_len=max_len,
        report=report,
    )


def with_older(report: Report, start: np.ndarray, stop: np.ndarray, max_len: int, windows: bool) -> Report:
    """``report`` with what becomes of training items that are older than one row of ``max_len`` holds."""
    older = int(np.maximum(stop - start - max_len - 1, 0).sum())
    if not older:
        return report
    if windows:
        return report.note(f"{older:,} older interactions are trained on too, in windows of {max_len}")
    return report.note(
        f"{older:,} interactions are older than their user's newest {max_len + 1}: no model is trained on "
        "them, but with windows"
    )


def training_part(
    log: Interactions, start: np.ndarray, stop: np.ndarray, max_len: int, windows: bool = False
) -> Batch:
    """Return the training rows; a DataError if there is none to learn from."""
    if not (stop - start >= 2).any():
        raise DataError(
            f"{log.name}: no user has 2 training interactions, so nothing can be learned: bring more data"
        )
    if windows and max_len >= 1:
        start, stop = cut_windows(start, stop, max_len)
    return training_rows(log, start, stop, max_len)
