"""Execute and render the book into _build/html; do nothing when nothing changed.

    python book/make/book.py            # from the repository's root

The pages know no repository, so no button on them is dead; book/make/publish.py adds the buttons.
Jupyter Book keeps the outputs of notebooks, but does not notice that the library they import was edited.
So the folder of that cache carries a hash of the library in its name.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import yaml
from payloads import move_payloads_out
from polish import polish
from scripts import bring_scripts

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "_build"
STATE = BUILD / "book.json"
# What lies beside this program and takes no part in the rendering.
APART = {"published", "publish.py", "library_wheel.py", "classroom.py", "use_classroom.sh", "offline.py"}
APART |= {"environments.py", "execute.py", "everything.py", "all_report.py", "mutants.py"}


def files_in(*names: str) -> list[Path]:
    """Return the files under ``names`` that matter, sorted; compiled and temporary ones are left out."""
    found = []
    for name in names:
        path = ROOT / name
        found += [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sorted(p for p in found if not {"__pycache__", ".ipynb_checkpoints"} & set(p.parts))


def hash_of(paths: Iterable[Path], *extra: str) -> str:
    """Return a short hash of the names and bytes of ``paths`` and of ``extra``."""
    digest = hashlib.sha256("\0".join(extra).encode())
    for path in paths:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def write_config(cache: Path, static: Path | None) -> Path:
    """Write _config.yml with this build's own settings added; return the new file."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config["execute"]["cache"] = str(cache)
    sphinx = config["sphinx"]["config"]
    if static is not None:
        sphinx["html_static_path"] = [*sphinx["html_static_path"], str(static.relative_to(ROOT))]
        sphinx["mathjax_path"] = "mathjax/tex-mml-chtml.js"
    here = str(Path(__file__).parent)
    config["sphinx"]["local_extensions"] = {"chapter_numbers": here, "page_names": here}
    path = BUILD / "config.yml"
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return path


def render(cache: Path, static: Path | None) -> int:
    """Run Jupyter Book with warnings as errors; return its exit status."""
    program = shutil.which("jupyter-book", path=str(Path(sys.executable).parent)) or "jupyter-book"
    command = [program, "build", ".", "--warningiserror", "--keep-going"]
    command += ["--config", str(write_config(cache, static)), "--path-output", "."]
    # A progress bar is for a live kernel: in a static page it would be a frozen line.
    # A view is for readers without a kernel: no widget, which would ask a CDN for its scripts.
    # One thread: the models are small, and on a busy machine two threads wait for each other most of it.
    environment = {
        "OMP_NUM_THREADS": "1",
        **os.environ,
        "TQDM_DISABLE": "1",
        "SEQREC_STATIC_PAGE": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    return subprocess.run(command, cwd=ROOT, env=environment).returncode


def main() -> int:
    # What the notebooks run, and the scripts that their outputs carry.
    views = ("book/assets/toolkit", "book/assets/views")
    library = hash_of(files_in("seqrec_lib", "requirements.txt", *views), sys.version)
    makers = [path for path in files_in("book/make") if not APART & set(path.relative_to(ROOT).parts)]
    inputs = hash_of([*files_in("book", "_config.yml", "_toc.yml"), *makers], library)
    page = BUILD / "html" / "index.html"
    state = json.loads(STATE.read_text(encoding="utf-8")) if STATE.is_file() else {}
    if state.get("inputs") != inputs or not page.is_file() or not (BUILD / "names.json").is_file():
        STATE.unlink(missing_ok=True)
        cache = BUILD / "cache" / library
        for old in (BUILD / "cache").glob("*"):
            if old != cache:
                shutil.rmtree(old)
        cache.mkdir(parents=True, exist_ok=True)
        static = bring_scripts(BUILD)
        # Sphinx would not warn a second time about a page that it has parsed, and would keep the page of a
        # chapter that was removed. The outputs of the notebooks are kept apart, so little is done again.
        for old in (".doctrees", "html"):
            shutil.rmtree(BUILD / old, ignore_errors=True)
        status = render(cache, static)
        if status:
            print("the book was not built: see the warnings above")
            return status
        move_payloads_out(BUILD / "html")
        polish(BUILD / "html")
        STATE.write_text(json.dumps({"inputs": inputs, "mathjax": static is not None}), encoding="utf-8")
    print(f"The book is at {page}")
    print("Open that file in a browser, or run `make serve` and go to the address it prints.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
