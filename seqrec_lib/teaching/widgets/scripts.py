"""Where the scripts and styles of the views are: beside the book, or inside the installed wheel."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

# The folders that a wheel carries, as they are called in the repository below book/assets.
FOLDERS = ("toolkit", "views")


@lru_cache(maxsize=1)
def assets() -> Path:
    """The folder that holds ``toolkit/`` and ``views/``.

    Raises:
        FileNotFoundError: neither a repository nor a wheel that was built from one.
    """
    here = Path(__file__).resolve()
    for folder in (here.parent / "assets", here.parents[3] / "book" / "assets"):
        if all((folder / name).is_dir() for name in FOLDERS):
            return folder
    raise FileNotFoundError(
        "the scripts of the views are missing: install seqrec_lib from a wheel, or from a whole repository"
    )


def read(name: str) -> str:
    """The text of one file, named from the folder of :func:`assets`, such as ``toolkit/dom.js``."""
    return (assets() / name).read_text(encoding="utf-8")
