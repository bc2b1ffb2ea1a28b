"""MovieLens on this machine: a folder the reader names, else the cache, else GroupLens.

GroupLens does not let others pass its data on, so it is fetched from there, once. Nothing is unpacked
on disk: the zip is read in place.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path

from ...messages import InputError, unknown
from ..errors import DataError
from ..interactions import Interactions
from ..reading.opening import home
from ..reading.readers import read_interactions
from .fetch import fetch

BASE_URL = "https://files.grouplens.org/datasets/movielens"


@dataclass(frozen=True)
class DataSet:
    """A published zip: its MD5 as GroupLens gives it beside the file, and how large it may be."""

    md5: str
    limit: int  # bytes


CATALOGUE = {
    "ml-100k": DataSet("0e33842e24a9c977be4e0107933c0723", 16 << 20),
    "ml-1m": DataSet("c4d9eecfca2ab87c1945afe126590906", 32 << 20),
}


def movielens(
    name: str = "ml-100k",
    folder: str | Path | None = None,
    *,
    k_core: int | None = None,
    base_url: str = BASE_URL,
    progress: bool = True,
    timeout: float = 20.0,
    max_seconds: float = 600.0,
) -> Interactions:
    """Return MovieLens-100K or -1M as a log, with titles, genres and ratings.

    It is looked for in ``folder``, or else in the folder that the environment variable SEQREC_DATA
    names; then in the cache (SEQREC_CACHE, or ``~/.cache/seqrec_lib``); then it is downloaded into the
    cache. A zip in the reader's own folder is read even if its checksum is not GroupLens's: the report
    says so. One in the cache or from the net must match.

    Args:
        k_core: None keeps films and users with at least 5 ratings; 0 keeps all.
        base_url: where to download from. timeout: seconds without a byte before giving up.
        max_seconds: of the whole download.

    Raises:
        InputError: an unknown name. DataError: no data and no way to get it, with what to do.
    """
    if name not in CATALOGUE:
        raise InputError(unknown("data set", name, CATALOGUE))
    known = CATALOGUE[name]
    found = _in_folder(name, folder)
    if found is not None:
        log = read_interactions(found, k_core=k_core, name=name)
        if found.is_file() and md5_of(found) != known.md5:
            note = "this zip's checksum is not GroupLens's; it is read because it is in your own folder"
            log = replace(log, report=log.report.note(note))
        return log
    target = cache_folder() / f"{name}.zip"
    if not (target.is_file() and md5_of(target) == known.md5):
        advice = (
            f"get {name}.zip from https://grouplens.org/datasets/movielens/ on a machine with internet, "
            f"put it in a folder, and pass folder=, or set SEQREC_DATA to that folder"
        )
        fetch(
            f"{base_url}/{name}.zip",
            target,
            md5=known.md5,
            limit=known.limit,
            advice=advice,
            progress=progress,
            timeout=timeout,
            max_seconds=max_seconds,
        )
    return read_interactions(target, k_core=k_core, name=name)


def cache_folder() -> Path:
    """Return where downloads are kept: SEQREC_CACHE, or ``~/.cache/seqrec_lib``."""
    return home(os.environ.get("SEQREC_CACHE") or "~/.cache/seqrec_lib")


def md5_of(path: Path) -> str:
    """Return the MD5 of a file. It guards against damage, not against an enemy."""
    digest = hashlib.md5(usedforsecurity=False)
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def _in_folder(name: str, folder: str | Path | None) -> Path | None:
    """Return the zip or folder of data set ``name`` in the reader's folder; None if it is not there."""
    asked, source = folder, "folder"
    if asked is None:
        asked, source = os.environ.get("SEQREC_DATA"), "SEQREC_DATA"
    if not asked:
        return None
    place = home(asked)
    if not place.exists():
        raise DataError(f"{place}: {source} names a folder that does not exist: make it, or name another")
    if place.is_file():
        return place
    ratings = {"ml-100k": "u.data", "ml-1m": "ratings.dat"}[name]
    if (place / ratings).is_file():
        return place
    for candidate in (place / f"{name}.zip", place / name):
        if candidate.exists():
            return candidate
    return None
