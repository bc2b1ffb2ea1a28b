"""Build the wheel of this very source: its version names the commit, and so does whatever it reports.

``0.1.0+g1a2b3c4d5e6f`` was built from commit 1a2b3c4d5e6f with nothing changed since;
``0.1.0+local.9f8e7d6c5b4a`` from sources that no commit holds, named by their hash.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from book import ROOT, files_in, hash_of

# What a wheel is made of: the scripts of the views lie beside the book.
PARTS = ("seqrec_lib", "book/assets", "pyproject.toml", "README.md", "LICENSE")


def git(*words: str) -> str | None:
    """Return what git prints, or None where there is no git or no repository."""
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def commit() -> str | None:
    """Return the commit that the sources are, or None when they differ from every commit."""
    top = git("rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != ROOT or git("status", "--porcelain", "--", *PARTS, "book"):
        return None
    return git("rev-parse", "HEAD")


def version() -> str:
    """Return the version of a wheel built now."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    base = re.search(r'^version = "([^"]+)"', text, flags=re.M).group(1)
    head = commit()
    return f"{base}+g{head[:12]}" if head else f"{base}+local.{hash_of(files_in(*PARTS))[:12]}"


def build_wheel(folder: Path) -> Path:
    """Build the library's wheel into ``folder`` and return it; a wheel of the same version is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = version()
    target = folder / f"seqrec_lib-{wanted}-py3-none-any.whl"
    if target.is_file():
        return target
    for old in folder.glob("seqrec_lib-*.whl"):
        old.unlink()
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source"
        leave = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        for name in PARTS:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, source / name, ignore=leave)
            else:
                shutil.copy(ROOT / name, source / name)
        for name, pattern in (("pyproject.toml", "version"), ("seqrec_lib/__init__.py", "__version__")):
            path = source / name
            text, count = re.subn(
                rf'^{pattern} = "[^"]+"',
                f'{pattern} = "{wanted}"',
                path.read_text(encoding="utf-8"),
                flags=re.M,
            )
            assert count == 1, f"{name} should say its version once"
            path.write_text(text, encoding="utf-8")
        # The times inside are the commit's, so the same commit gives the same bytes.
        environment = {**os.environ, "SOURCE_DATE_EPOCH": git("log", "-1", "--format=%ct") or "1700000000"}
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        subprocess.run(
            [*command, "--wheel-dir", scratch, str(source)], check=True, env=environment, timeout=240
        )
        shutil.move(next(Path(scratch).glob("*.whl")), target)
    return target
