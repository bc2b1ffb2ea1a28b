"""Opening a file that a person named, and saying plainly why it cannot be opened."""

from __future__ import annotations

import codecs
import difflib
import gzip
import mmap
import zlib
from pathlib import Path

from ..errors import ADVICE, DataError

_MAGIC = {
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "a gzip file",
    b"PAR1": "a Parquet file",
    b"\x89PNG": "a PNG picture",
    b"%PDF": "a PDF",
    b"\xff\xfe\x00\x00": "UTF-32 text",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}


def home(path: str | Path) -> Path:
    """Return ``path`` with ``~`` or ``~someone`` replaced by that person's folder.

    Raises:
        DataError: nobody of that name is known here.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise DataError(f"{path}: nobody here has that home folder: write the whole path") from None


def existing(path: str | Path) -> Path:
    """Return ``path`` if something is there.

    Raises:
        DataError: nothing is there; the message names files nearby with like names.
    """
    path = home(path)
    try:
        if path.exists():
            return path
        near = []
        if path.parent.is_dir():
            near = difflib.get_close_matches(path.name, [entry.name for entry in path.parent.iterdir()], 3)
    except PermissionError:
        raise DataError(f"{path}: no permission to look there: check the rights of the folder") from None
    hint = f"did you mean {' or '.join(repr(name) for name in near)}?" if near else "check the path"
    raise DataError(f"{path}: no such file: {hint}")


def read_bytes(path: Path) -> memoryview:
    """Return the bytes of ``path``, mapped from disk; a ``.gz`` file is unpacked in memory.

    Raises:
        DataError: a folder, no permission, an empty file, a broken or cut-off gzip file.
    """
    if path.is_dir():
        raise DataError(f"{path}: is a folder, not a file: name the file inside it")
    try:
        with open(path, "rb") as stream:
            start = stream.read(4)
            if not start:
                raise DataError(f"{path}: the file is empty: it needs a header and at least one row")
            if path.suffix == ".gz":
                return memoryview(_unpack(path, start))
            return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    except PermissionError:
        raise DataError(f"{path}: no permission to read it: check the rights of the file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error


def _unpack(path: Path, start: bytes) -> bytes:
    if start[:2] != b"\x1f\x8b":
        raise DataError(f"{path}: the name ends in .gz but the file is not gzip: rename it or compress it")
    try:
        text = gzip.decompress(path.read_bytes())
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: the gzip file is cut off or broken ({error}): fetch it again") from error
    if not text:
        raise DataError(f"{path}: the file inside is empty: it needs at least one row")
    return text


def in_utf8(name: str, text: bytes | memoryview, encoding: str) -> tuple[bytes | memoryview, str]:
    """``(text, encoding)``, where letters of two or four bytes, or a mark at the start, became UTF-8.

    Everything that looks for signs and line ends in bytes is then right.

    Raises:
        DataError: the text is not in that encoding.
    """
    plain = codecs.lookup(encoding).name
    if not plain.startswith(("utf-16", "utf-32", "utf-8-sig")):
        return text, encoding
    try:
        return bytes(text).decode(encoding).lstrip("\ufeff").encode(), "utf-8"
    except UnicodeError as error:
        raise DataError(
            f"{name}: cannot be read as {encoding} ({error}): {ADVICE}", "encoding", "utf-8"
        ) from None


def refuse_binary(name: str, text: bytes | memoryview, encoding: str) -> None:
    """Raise DataError if ``text`` is not text: a known binary format, or zero bytes near the start."""
    start = bytes(text[:4096])
    for magic, kind in _MAGIC.items():
        if start.startswith(magic):
            if "text" in kind:
                raise DataError(
                    f"{name}: this is {kind}, not a UTF-8 text file with columns: save it as UTF-8, "
                    f"or {ADVICE}",
                    "encoding",
                    kind.split()[0].lower(),
                )
            advice = "give the file its true name, or export it as text"
            raise DataError(f"{name}: this is {kind}, not a UTF-8 text file with columns: {advice}")
    if b"\x00" in start:
        raise DataError(f"{name}: this is a binary file, not text with columns: export it as CSV or Parquet")
