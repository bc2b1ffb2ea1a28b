"""What was done, as plain values: the part of a result that lets anybody make it again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from ..data.measures import met_before
from ..data.splits import Split
from ..training import History
from .provenance import commit, versions


def record(
    split: Split,
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
            "met_before": int(met_before(split.test).sum()),
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
