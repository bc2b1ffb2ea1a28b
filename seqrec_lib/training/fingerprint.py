"""Which data a run was trained on, and whether these are the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

from ..data.batch import Batch, Cases
from ..data.interactions import Interactions
from ..losses.objectives import AnySplit
from ..messages import InputError
from .run_folder import plain_ids

# What is compared, and what it is called when it differs.
WORDS = {
    "fingerprint": "other data",
    "protocol": "another split",
    "max_len": "another max_len",
    "training_rows": "another number of training rows",
    "split_fingerprint": "the same log, cut at another moment or with other clicks",
}


def fingerprint(log: Interactions) -> str:
    """A hash of a log: its users, items and times row by row, and the items' own ids."""
    digest = hashlib.sha256()
    for column in (log.users, log.items, log.times):
        digest.update(b"none" if column is None else np.ascontiguousarray(column).tobytes())
    digest.update(json.dumps(plain_ids(log.item_ids), ensure_ascii=False, default=str).encode())
    return digest.hexdigest()[:32]


def split_fingerprint(split: AnySplit) -> str:
    """A hash of what the split trains on and asks for: two moments of a temporal split differ here."""
    digest = hashlib.sha256(fingerprint(split.train_log).encode())
    for part in (
        (split.train, split.validation, split.test) if split.clicks else (split.validation, split.test)
    ):
        for tensor in _asked(part):
            digest.update(np.ascontiguousarray(tensor.cpu().numpy()).tobytes())
    return digest.hexdigest()[:32]


def _asked(part: Batch | Cases) -> tuple[Tensor, ...]:
    """What a part asks for: where its cases begin and end, and their targets; or who saw and did what."""
    if isinstance(part, Cases):
        return part.start, part.stop, part.target
    assert part.candidates is not None and part.labels is not None and part.users is not None  # slates
    asked = (part.users, part.candidates, part.labels)
    return asked if part.bought is None else (*asked, part.bought)


def describe_data(split: AnySplit) -> dict[str, object]:
    """What must be the same for a run to go on: the log, the protocol, the longest history, the split."""
    return {
        "fingerprint": fingerprint(split.log),
        "split_fingerprint": split_fingerprint(split),
        "protocol": split.protocol,
        "max_len": split.max_len,
        "training_rows": len(split.train),
        "repeats": bool(split.log.repeats),
        **split.log.describe(),
    }


def check_same_run(
    found: Mapping[str, Any],
    wanted: Mapping[str, Any],
    where: object,
    defaults: Mapping[str, Mapping[str, object]],
) -> None:
    """Compare the descriptions of a saved run and of the run that was asked for.

    Args:
        defaults: by part, ``model`` and ``training``: the value of a setting that a description does not
            name. A setting that came later thus never makes an older run refuse itself.

    Raises:
        InputError: other data, or other settings; the message names each that changed.
    """
    was, now = found["data"], wanted["data"]
    for name, what in WORDS.items():
        if name in was and was[name] != now[name]:
            sizes = "{name} with {users} users, {items} items, {interactions} interactions"
            of = {"fingerprint": sizes, "split_fingerprint": "{training_rows} training rows"}
            detail = of.get(name, f"{{{name}}}")
            raise InputError(
                f"{where} was trained on {what}: {detail.format(**was)}, now {detail.format(**now)}. "
                "Resume with the same data, or start afresh"
            )
    changes = []
    for part in ("model", "training"):
        for name in sorted({*found[part], *wanted[part]}):
            old, new = ({**defaults[part], **each[part]}.get(name) for each in (found, wanted))
            if old != new:
                changes.append(f"{name} was {old!r}, now {new!r}")
    if changes:
        raise InputError(
            f"{where} has other settings: {'; '.join(changes)}. Resume with the same, or start afresh"
        )
