"""Which code made a figure: the commit and the versions."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def commit() -> str:
    """The git commit of the source tree, with ``-dirty`` when the library was changed since.

    Where the library does not lie in a git checkout that tracks it, its version: ``seqrec_lib 0.1.0``.
    """
    tracked = _git("ls-files", "--error-unmatch", "__init__.py")
    head = _git("rev-parse", "HEAD") if tracked is not None else None
    if head is None:
        return f"seqrec_lib {versions()['seqrec_lib']}"
    # Committed results are figures, not code: a benchmark that is adding rows does not change what runs.
    return head + ("-dirty" if _git("status", "--porcelain", "--", ".", ":(exclude)results") else "")


def _git(*words: str) -> str | None:
    try:
        found = subprocess.run(
            ["git", "-C", str(PACKAGE), *words], capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() if found.returncode == 0 else None


def versions() -> dict[str, str]:
    """Versions of Python, the library and what its figures depend on."""
    from seqrec_lib import __version__

    found = {"python": platform.python_version(), "seqrec_lib": __version__}
    for name in ("torch", "numpy", "pandas"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found
