"""Files that are either the old one or the new one, never half of each."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}


def replace_file(path: Path | str, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then put it in the place of ``path``.

    The bytes reach the disk before the name changes, so a process or a machine that dies leaves
    the old file whole. When writing fails, the temporary file is removed. A link stays a link: the file
    that it names is replaced. What is no file, such as a pipe or ``/dev/null``, cannot be replaced and is
    written to.

    Raises:
        OSError: the disk is full (the message says that the old file is kept), or any other failure.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        write(path)
        return
    temporary = path.with_name(f".{path.name}.part{path.suffix}")
    try:
        write(temporary)
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in _FULL:
            kept = "the file from before is kept" if path.exists() else "nothing was written"
            raise OSError(f"{path}: the disk is full; {kept}. Free some space and go on") from error
        raise
    _sync_folder(path.parent)


def write_bytes(path: Path | str, data: bytes) -> None:
    """Write ``data`` to ``path`` through :func:`replace_file`."""
    replace_file(path, lambda temporary: temporary.write_bytes(data))


def write_json(path: Path | str, value: object) -> None:
    """Write ``value`` as JSON; a NaN or an infinite number is an error, since JSON has none."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    write_bytes(path, (text + "\n").encode())


def _sync_folder(folder: Path) -> None:
    """Make the new name itself last; Windows has no way to do so, nor any need."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
