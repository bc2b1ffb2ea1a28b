"""Execute and render the book into _build/html; do nothing when nothing changed.

    python book/make/book.py              # from the repository's root; JOBS=4 runs four notebooks at a time
    python book/make/book.py --notebooks  # only the notebooks, as tests; with --again those too that passed

The pages know no repository, so no button on them is dead; book/make/publish.py adds the buttons.
First nbval runs the notebooks that need it (outputs.py), then Jupyter Book renders what they gave.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml
from outputs import Outputs
from payloads import move_payloads_out
from polish import polish
from scripts import bring_scripts

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "_build"
STATE = BUILD / "book.json"
MAKE = Path(__file__).parent
# What lies beside this program and takes no part in the rendering.
APART = {"published", "publish.py", "library_wheel.py", "classroom.py", "use_classroom.sh", "offline.py"}
APART |= {"environments.py", "execute.py", "everything.py", "all_report.py", "twenty.py"}
APART |= {"mutants.py", "mutant_places.py", "mutant_tests.py"}
# What decides how a notebook is executed.
EXECUTING = ("book/make/outputs.py", "book/make/keep_outputs.py", "book/make/watch.py")
LIBRARY = ("seqrec_lib", "book/assets/toolkit", "book/assets/views")  # with the scripts that views carry

# Of Sphinx, in this folder.
EXTENSIONS = ("bibliography_style", "chapter_numbers", "page_extras", "page_names")


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


def configuration() -> dict:
    return yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))


def sources() -> list[Path]:
    """Return the notebooks that _toc.yml lists, in its order."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = [ROOT / f"{page['file']}.ipynb" for part in contents["parts"] for page in part["chapters"]]
    return [path for path in listed if path.is_file()]


def rendering() -> list[Path]:
    """Return the files that the pages are made from, but for the library: sources, settings, the builder."""
    apart = {MAKE / name for name in APART}
    found = files_in("book", "_config.yml", "_toc.yml")
    return [path for path in found if not apart & {path, *path.parents}]


def kept_outputs() -> Outputs:
    """Return the outputs of the notebooks: a file of the library that came or went counts for them all."""
    names = [path.relative_to(ROOT).as_posix() for path in files_in(*LIBRARY)]
    common = hash_of(files_in("requirements.txt", *EXECUTING), sys.version, *names)
    files = [path for path in files_in("seqrec_lib", "book") if MAKE not in path.parents]
    return Outputs(ROOT, BUILD / "outputs", files, common, configuration()["execute"]["timeout"])


def write_config(outputs: Path, static: Path | None) -> Path:
    """Write _config.yml with this build's own settings added; return the new file."""
    config = configuration()
    config["execute"]["execute_notebooks"] = "off"
    sphinx = config["sphinx"]["config"]
    sphinx["nb_custom_formats"] = {".ipynb": ["outputs.with_outputs", {"folder": str(outputs)}]}
    if static is not None:
        sphinx["html_static_path"] = [*sphinx["html_static_path"], str(static.relative_to(ROOT))]
        sphinx["mathjax_path"] = "mathjax/tex-mml-chtml.js"
    here = str(Path(__file__).parent)
    config["sphinx"]["local_extensions"] = dict.fromkeys(EXTENSIONS, here)
    sphinx["bibtex_default_style"] = "author-year"
    path = BUILD / "config.yml"
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return path


def render(outputs: Path, static: Path | None) -> int:
    """Run Jupyter Book with warnings as errors; return its exit status."""
    program = shutil.which("jupyter-book", path=str(Path(sys.executable).parent)) or "jupyter-book"
    command = [program, "build", ".", "--warningiserror", "--keep-going"]
    command += ["--config", str(write_config(outputs, static)), "--path-output", "."]
    return subprocess.run(command, cwd=ROOT).returncode


def build(inputs: str) -> list[str]:
    """Make the pages anew; return what is wrong, a sentence each. STATE is written when all is done."""
    STATE.unlink(missing_ok=True)
    BUILD.mkdir(exist_ok=True)
    outputs = kept_outputs()
    faults = outputs.bring_up_to_date(sources(), int(os.environ.get("JOBS", "2")))
    if faults:
        return faults
    static = bring_scripts(BUILD)
    # Sphinx would not warn a second time about a page that it has parsed, and would keep the page of a
    # chapter that was removed. The outputs of the notebooks are kept apart, so little is done again.
    for old in (".doctrees", "html"):
        shutil.rmtree(BUILD / old, ignore_errors=True)
    if render(outputs.folder, static):
        return ["see the warnings above"]
    move_payloads_out(BUILD / "html")
    polish(BUILD / "html")
    whole = STATE.with_suffix(".new")
    whole.write_text(json.dumps({"inputs": inputs, "mathjax": static is not None}), encoding="utf-8")
    os.replace(whole, STATE)
    return []


def run_notebooks(again: bool) -> int:
    """Let nbval run the notebooks that changed, or whose library did, or all; return the exit status."""
    outputs = kept_outputs()
    if again:
        shutil.rmtree(outputs.folder, ignore_errors=True)
    began = time.time()
    faults = outputs.bring_up_to_date(sources(), int(os.environ.get("JOBS", "2")))
    print(*faults, sep="\n\n")
    kept = list(outputs.folder.glob("*.ipynb"))
    new = sum(path.stat().st_mtime >= began for path in kept)
    print(
        f"notebooks under nbval: {len(faults)} failed, {new} passed now, {len(kept) - new} are unchanged "
        "since they passed in this folder (AGAIN=--again runs those too)"
    )
    return int(bool(faults))


def main(words: Sequence[str] = ()) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--notebooks", action="store_true", help="run the notebooks as tests, render nothing")
    parser.add_argument("--again", action="store_true", help="those too that are unchanged since they passed")
    asked = parser.parse_args(words)
    if asked.notebooks:
        return run_notebooks(asked.again)
    library = hash_of(files_in("seqrec_lib", "requirements.txt"), sys.version)
    inputs = hash_of(rendering(), library)
    page = BUILD / "html" / "index.html"
    state = json.loads(STATE.read_text(encoding="utf-8")) if STATE.is_file() else {}
    if state.get("inputs") != inputs or not page.is_file() or not (BUILD / "names.json").is_file():
        faults = build(inputs)
        if faults:
            print(*faults, "the book was not built", sep="\n\n")
            return 1
    print(f"The book is at {page}")
    print("Open that file in a browser, or run `make serve` and go to the address it prints.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
