"""Impressions in three parts: what a model of clicks learns from, what chooses it, what it is tested on.

Sizes: ``M`` slates, ``C`` places, ``U`` users.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
import torch

from .batch import Batch
from .errors import DataError
from .interactions import Interactions, log_of
from .report import Report
from .slates import read_slates

if TYPE_CHECKING:
    from .worlds import World

PROTOCOL = "clicks-new-users"
PARTS = (0.8, 0.9)  # where validation begins and where the test does, of users in random order


@dataclass
class ClickSplit:
    """Slates in three parts. The protocol, ``clicks-new-users``: users are put in a random order; the first
    80% are trained on with all their slates, the next 10% choose the epoch, the last 10% are the test.

    So every figure is about people whose clicks the model has never seen; each keeps the history before their
    own slate. Which user falls where is decided by how many there are, never by training's seed.

    Attributes:
        train, validation, test: slates with ``candidates`` and ``labels``, a row a slate.
        train_log: the part of the log that belongs to users of ``train``. log: the whole log.
        protocol, max_len, report: as of a :class:`Split`.
    """

    train: Batch
    validation: Batch
    test: Batch
    train_log: Interactions
    log: Interactions
    max_len: int
    report: Report
    protocol: str = PROTOCOL

    clicks: ClassVar[bool] = True

    def to(self, device: torch.device | str) -> ClickSplit:
        """Return the split with every tensor on ``device``; the logs stay where they are."""
        moved = {name: getattr(self, name).to(device) for name in ("train", "validation", "test")}
        return replace(self, **moved)


def split_clicks(
    log: Interactions | World,
    shown: pd.DataFrame | str | Path | None = None,
    max_len: int = 50,
    purchases: bool = False,
) -> ClickSplit:
    """Impressions beside their log, split by users (see :class:`ClickSplit`).

    Args:
        log: a log; or a world, whose own impressions are taken where ``shown`` is None.
        shown: a table or a file of impressions, as for :func:`read_slates`.
        purchases: read which clicks led to a purchase too, for a model that learns both.

    Raises:
        DataError: the impressions cannot be read, a log without impressions, or too few users: each part
            needs a slate with a click and another item.
        InputError: a world that shows nothing.
    """
    whole = log_of(log)
    if shown is None:
        if isinstance(log, Interactions):
            raise DataError(f"{log.name}: a log says nothing of clicks: give impressions too")
        shown = log.impressions
    slates, report = read_slates(shown, whole, max_len, purchases)
    return split_slates(slates, whole, max_len, report)


def split_slates(
    slates: Batch, whole: Interactions, max_len: int, report: Report | None = None
) -> ClickSplit:
    """A batch of slates in three parts, by users; as :func:`split_clicks` for slates that are made already.

    Raises:
        DataError: a part without a slate that has a click and another item.
    """
    report = (
        Report("slates", 0 if slates.candidates is None else int((slates.candidates > 0).sum()))
        if report is None
        else report
    )
    parts = _parts(slates)
    for name, part in parts.items():
        if not _judges(part):
            raise DataError(
                f"{report.source}: the {name} part, {len(part):,} slates, has no slate with a clicked item "
                "and another one, so nothing can be judged: bring impressions of more users"
            )
    found = replace(whole.report, dropped=(*whole.report.dropped, *report.dropped), notes=whole.report.notes)
    users = {name: len(np.unique(_users(part))) for name, part in parts.items()}
    found = found.note(
        f"{report.rows_read:,} impressions read from {report.source}; users in train, validation and test: "
        + ", ".join(f"{count:,}" for count in users.values())
    )
    train_log = whole.take(np.isin(whole.users, _users(parts["train"])))
    return ClickSplit(
        train=parts["train"],
        validation=parts["validation"],
        test=parts["test"],
        train_log=train_log,
        log=whole,
        max_len=max_len,
        report=found,
    )


def thin_out(slates: Batch, kept: float, seed: int = 0) -> Batch:
    """The slates with every click, but only a share ``kept`` of the other items; the rest becomes padding.

    What is learned from them calls clicks too likely: ``undo_downsampling`` mends it.

    Raises:
        DataError: ``kept`` is no share above 0.
    """
    if not 0 < kept <= 1:
        raise DataError(f"kept is {kept}: a share above 0, at most 1")
    assert slates.candidates is not None and slates.labels is not None  # they are slates
    generator = torch.Generator().manual_seed(seed)
    chance = torch.rand(slates.labels.shape, generator=generator, dtype=torch.float64)
    stays = (slates.labels > 0) | (chance < kept)
    return replace(slates, candidates=slates.candidates * stays)


def _parts(slates: Batch) -> dict[str, Batch]:
    known, user = np.unique(_users(slates), return_inverse=True)
    rank = np.random.default_rng(0).permutation(len(known))[user] / len(known)  # (M,)
    which = torch.from_numpy(np.digitize(rank, PARTS))
    return {name: slates.rows(which == n) for n, name in enumerate(("train", "validation", "test"))}


def _users(slates: Batch) -> np.ndarray:
    assert slates.users is not None
    return slates.users.numpy()


def _judges(part: Batch) -> bool:
    """Whether some slate of ``part`` has both a click and an item without one."""
    if not len(part) or part.candidates is None or part.labels is None:
        return False
    shown = part.candidates > 0
    clicks = ((part.labels > 0) & shown).sum(1)
    return bool(((clicks > 0) & (clicks < shown.sum(1))).any())
