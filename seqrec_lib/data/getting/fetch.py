"""One file from the net: whole, checked and in place, or not there at all."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import BinaryIO

from tqdm.auto import tqdm

from ..errors import DataError

_BLOCK = 1 << 16


def fetch(
    url: str,
    target: Path,
    *,
    md5: str,
    limit: int,
    advice: str,
    progress: bool = True,
    timeout: float = 20.0,
    max_seconds: float = 600.0,
) -> Path:
    """Download ``url`` to ``target``. The file appears under its name only when it is whole and right.

    Args:
        md5: what the file must have. limit: the most bytes it may have.
        advice: what to do without the net; it ends every message.
        timeout: seconds without a byte. max_seconds: of the whole download.

    Raises:
        DataError: no connection, an HTTP error, too slow, cut off, too large, or the wrong checksum.
            Nothing is left behind.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    # Opened like any file, not by tempfile: others may then read it, as far as the umask lets them.
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with open(part, "xb") as stream:
            found = _stream(url, stream, limit, advice, progress, timeout, max_seconds)
        if found != md5:
            raise DataError(
                f"{url}: the file is not the published one (MD5 {found}, expected {md5}): {advice}"
            )
        os.replace(part, target)  # atomic: readers see the old file or the new one, never half
    finally:
        part.unlink(missing_ok=True)
    return target


def _stream(
    url: str,
    stream: BinaryIO,
    limit: int,
    advice: str,
    progress: bool,
    timeout: float,
    max_seconds: float,
) -> str:
    """Copy the answer to ``stream``; return its MD5."""
    digest, done, deadline = hashlib.md5(usedforsecurity=False), 0, time.monotonic() + max_seconds
    request = urllib.request.Request(url, headers={"User-Agent": "seqrec_lib"})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            length = answer.headers.get("Content-Length", "")
            total = int(length) if length.isdigit() else None
            if total is not None and total > limit:
                raise DataError(f"{url}: {total:,} bytes announced, the limit is {limit:,}: {advice}")
            bar = tqdm(total=total, unit="B", unit_scale=True, desc=target_name(url), disable=not progress)
            with bar:
                # read1 returns what has come, so that a server that drips is noticed.
                while block := answer.read1(_BLOCK):
                    done += len(block)
                    if done > limit:
                        raise DataError(f"{url}: more than {limit:,} bytes came: {advice}")
                    if time.monotonic() > deadline:
                        raise DataError(f"{url}: too slow, {done:,} bytes in {max_seconds:g} s: {advice}")
                    digest.update(block)
                    stream.write(block)
                    bar.update(len(block))
    except urllib.error.HTTPError as error:
        raise DataError(f"{url}: the server answers {error.code} {error.reason}: {advice}") from error
    except TimeoutError as error:
        raise DataError(f"{url}: nothing came for {timeout:g} s: {advice}") from error
    except (urllib.error.URLError, HTTPException, OSError) as error:
        reason = getattr(error, "reason", error)
        raise DataError(f"{url}: cannot be reached ({reason}): {advice}") from error
    if total is not None and done < total:
        raise DataError(f"{url}: cut off after {done:,} of {total:,} bytes: try again, or {advice}")
    return digest.hexdigest()


def target_name(url: str) -> str:
    """Return the last part of ``url``."""
    return url.rsplit("/", 1)[-1]
