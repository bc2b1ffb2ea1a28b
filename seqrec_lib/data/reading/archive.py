"""Reading a zip that a stranger may have made: nothing is written, nothing may climb or swell.

Members are read into memory one by one, so a zip can never write outside a folder. A zip with an
entry that would is refused all the same: whoever unpacks it by hand is warned.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath, PureWindowsPath

from ..errors import DataError

SIZE_LIMIT = 1 << 30  # bytes after unpacking: MovieLens-1M needs 25 MB


def check_members(path: Path, limit: int = SIZE_LIMIT) -> list[str]:
    """Return the names of the files in the zip at ``path``.

    Raises:
        DataError: not a zip, an absolute name, a name with ``..``, a link, or more than ``limit`` bytes.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except PermissionError:
        raise DataError(f"{path}: no permission to read it: check the rights of the file") from None
    except (zipfile.BadZipFile, OSError) as error:
        raise DataError(f"{path}: not a zip, or a damaged one ({error}): fetch it again") from error
    for entry in entries:
        parts = PurePosixPath(entry.filename.replace("\\", "/"))
        climbs = parts.is_absolute() or ".." in parts.parts or PureWindowsPath(entry.filename).drive
        if climbs:
            raise DataError(
                f"{path}: entry {entry.filename!r} climbs out of the folder: do not trust this zip"
            )
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise DataError(f"{path}: entry {entry.filename!r} is a link: do not trust this zip")
    total = sum(entry.file_size for entry in entries)
    if total > limit:
        raise DataError(
            f"{path}: {total:,} bytes when unpacked, the limit is {limit:,}: do not trust this zip"
        )
    return [entry.filename for entry in entries if not entry.is_dir()]


def only_table(path: Path, names: list[str], endings: Iterable[str]) -> str:
    """The one file among ``names`` whose ending says that it is a table.

    Raises:
        DataError: there is none, or there are several.
    """
    shown = [name for name in names if not name.startswith("__MACOSX/")]  # what macOS adds
    found = [name for name in shown if PurePosixPath(name).suffix.lower() in set(endings) - {".zip"}]
    if len(found) == 1:
        return found[0]
    held = ", ".join(shown[:5]) or "nothing"
    problem = "holds several tables" if found else "holds no table and is not MovieLens"
    raise DataError(f"{path}: the zip {problem} ({held}): unpack it and name the file inside")


def read_member(path: Path, member: str, limit: int = SIZE_LIMIT) -> bytes:
    """Return the bytes of one file in the zip.

    Raises:
        DataError: the member is damaged, needs a password or is longer than ``limit``.
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
            text = stream.read(limit + 1)  # the size that the zip declares may be a lie
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise DataError(f"{path}: {member} inside cannot be read ({error}): fetch the zip again") from error
    if len(text) > limit:
        raise DataError(f"{path}: {member} is longer than {limit:,} bytes: do not trust this zip")
    return text
