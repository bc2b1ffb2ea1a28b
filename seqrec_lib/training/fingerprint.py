"""Which data a run was trained on, and whether these are the same."""

from __future__ import annotations

import hashlib
import json

import numpy as np

from .run_folder import plain_ids


def fingerprint(log) -> str:
    """A hash of a log: its users, items and times row by row, and the items' own ids."""
    digest = hashlib.sha256()
    for column in (log.users, log.items, log.times):
        digest.update(b"none" if column is None else np.ascontiguousarray(column).tobytes())
    digest.update(json.dumps(plain_ids(log.item_ids), ensure_ascii=False, default=str).encode())
    return digest.hexdigest()[:32]


def describe_data(split) -> dict:
    """What must be the same for a run to go on: the log's hash, the protocol, the longest history."""
    return {
        "fingerprint": fingerprint(split.log),
        "protocol": split.protocol,
        "max_len": split.max_len,
        "training_rows": len(split.train),
        "repeats": bool(split.log.repeats),
        **split.log.describe(),
    }


def check_same_run(found: dict, wanted: dict, where: object) -> None:
    """Compare the descriptions of a saved run and of the run that was asked for.

    Raises:
        ValueError: other data, or other settings; the message names each that changed.
    """
    for name in ("fingerprint", "protocol", "max_len", "training_rows"):
        if name in found["data"] and found["data"][name] != wanted["data"][name]:
            was, now = found["data"], wanted["data"]
            sizes = "{users} users, {items} items, {interactions} interactions"
            detail = (
                f"{was[name]}, now {now[name]}"
                if name != "fingerprint"
                else (
                    f"{was['name']} with {sizes.format(**was)}, now {now['name']} with {sizes.format(**now)}"
                )
            )
            what = (
                "other data"
                if name == "fingerprint"
                else f"another {name if name == 'max_len' else 'number of training rows'}"
            )
            raise ValueError(
                f"{where} was trained on {what}: {detail}. Resume with the same data, or start afresh"
            )
    changes = [
        f"{name} was {found[part].get(name)!r}, now {wanted[part].get(name)!r}"
        for part in ("model", "training")
        for name in sorted({*found[part], *wanted[part]})
        if found[part].get(name) != wanted[part].get(name)
    ]
    if changes:
        raise ValueError(
            f"{where} has other settings: {'; '.join(changes)}. Resume with the same, or start afresh"
        )
