"""What was done, as plain values: the part of a result that lets anybody make it again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..data.batch import Batch, Cases
from ..data.measures import lost_in, met_before, without_rivals
from ..data.splits import Split
from ..training import History
from .provenance import commit, versions

if TYPE_CHECKING:
    from ..data.click_splits import ClickSplit  # read where impressions are used, and nowhere else


def record(
    split: Split | ClickSplit,
    settings: Mapping[str, object],
    history: History,
    device: str,
    command: Sequence[str] = (),
) -> dict[str, object]:
    """Protocol, data, settings, device, seed, commit, versions, command and epochs of a run.

    Args:
        settings: of the model and of its training together. command: its words; none was typed in Python.
    """
    return {
        "protocol": split.protocol,
        "data": {
            **split.log.describe(),
            **split.report.as_dict(),
            "test_cases": len(split.test),
            "met_before": 0 if isinstance(split.test, Batch) else int(met_before(split.test).sum()),
            "without_rivals": 0
            if isinstance(split.test, Batch)
            else without_rivals(split.test, split.log.n_items),
            **(lost_in(split) if isinstance(split, Split) else {}),
            **_slates(split),
        },
        "settings": dict(settings),
        "device": device,
        "seed": settings.get("seed", 0),
        "commit": commit(),
        "versions": versions(),
        "command": shlex.join(command),
        "epochs": history.epochs,
        "best_epoch": history.best_epoch,
        "stopped": history.stopped,
    }


def _slates(split: Split | ClickSplit) -> dict[str, object]:
    """How many slates and impressions each part has; nothing where no clicks are learned."""
    if isinstance(split.test, Cases) or isinstance(split.validation, Cases):
        return {}
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    shown = {name: part.candidates for name, part in parts.items()}
    return {
        "slates": {name: len(part) for name, part in parts.items()},
        "impressions": {name: 0 if c is None else int((c > 0).sum()) for name, c in shown.items()},
    }
