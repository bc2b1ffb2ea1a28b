"""The outputs of the book's notebooks, kept until something that they were made from changes.

``_build/outputs/NAME-CODE.ipynb`` is a notebook with its outputs; CODE is the hash of its code. In its
metadata stands what else it was made from: each file of the repository that its kernel opened (modules of
the library, results, scripts of views) with its hash, and one hash for what counts for every notebook. So
an edit of the library executes again only the notebooks that imported the edited module, and an edit of a
notebook's text none. A file is renamed into its place when it is whole, so a killed build leaves no half.

nbval runs the notebooks, a process each, so a page shows what a test has seen, and what passed for the page
is not run again as a test. Sphinx executes nothing: it reads every notebook through ``with_outputs``.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

HERE = Path(__file__).parent
# What a notebook's page needs besides its cells: how its code is coloured, and the state of widgets.
KEPT_METADATA = ("language_info", "widgets")
# A progress bar is for a live kernel: in a static page it would be a frozen line.
# A view is for readers without a kernel: no widget, which would ask a CDN for its scripts.
STATIC_PAGE = {"TQDM_DISABLE": "1", "SEQREC_STATIC_PAGE": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}

# No setting of the repository and no other plugin changes how a cell runs; the first fault ends it.
NBVAL = ("-q", "-x", "-c", os.devnull, "-p", "nbval.plugin", "-p", "keep_outputs", "-p", "no:cacheprovider")
NBVAL += ("--nbval-lax", "--nbval-current-env")


def code_hash(notebook: NotebookNode) -> str:
    """Return a hash of the code cells, with their tags: some say how a cell is executed."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    parts = [[cell.source, cell.metadata.get("tags", [])] for cell in cells]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def with_outputs(text: str, folder: str) -> NotebookNode:
    """Return the notebook ``text`` with the outputs that ``folder`` keeps for its code.

    Raises:
        LookupError: there are none. ``Outputs.bring_up_to_date`` makes them.
    """
    notebook = nbformat.reads(text, as_version=4)
    kept = next(Path(folder).glob(f"*-{code_hash(notebook)}.ipynb"), None)
    if kept is None:
        raise LookupError(f"{folder} has no outputs for this notebook: run make book")
    executed = nbformat.read(kept, as_version=4)
    for name in KEPT_METADATA:
        if name in executed.metadata:
            notebook.metadata[name] = executed.metadata[name]
    made = iter(cell for cell in executed.cells if cell.cell_type == "code")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            one = next(made)
            cell.outputs, cell.execution_count = one.outputs, one.execution_count
    return notebook


def fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


@dataclass(frozen=True)
class Outputs:
    """The outputs of a book's notebooks.

    Args:
        root: the repository; notebooks are executed in their own folder. folder: where outputs are kept.
        files: what a notebook may read; others that it opens, such as those of packages, do not count.
        common: a hash of what counts for every notebook, such as the packages.
        limit: seconds that one cell may take.
    """

    root: Path
    folder: Path
    files: Iterable[Path]
    common: str
    limit: int = 300

    def bring_up_to_date(self, notebooks: Iterable[Path], jobs: int) -> list[str]:
        """Execute what is missing or out of date, ``jobs`` at a time; return a sentence for each failure."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.parent.glob("executing-*"):  # by a build that was killed
            shutil.rmtree(left, ignore_errors=True)
        now = {path.relative_to(self.root).as_posix(): fingerprint(path) for path in self.files}
        places = {path: self._place(path) for path in notebooks}
        for old in set(self.folder.iterdir()) - set(places.values()):
            old.unlink()
        stale = [path for path, place in places.items() if not self._is_fresh(place, now)]
        if stale:
            print(f"nbval runs {len(stale)} of {len(places)} notebooks, {jobs} at a time", flush=True)
        with ThreadPoolExecutor(jobs) as pool:
            said = pool.map(lambda path: self._execute(path, places[path], now), stale)
            return [fault for fault in said if fault]

    def _place(self, notebook: Path) -> Path:
        return self.folder / f"{notebook.stem}-{code_hash(nbformat.read(notebook, as_version=4))}.ipynb"

    def _is_fresh(self, place: Path, now: dict[str, str]) -> bool:
        if not place.is_file():
            return False
        made_from = json.loads(place.read_text(encoding="utf-8"))["metadata"]["made_from"]
        read = made_from["files"]
        return made_from["common"] == self.common and all(now.get(name) == read[name] for name in read)

    def _execute(self, notebook: Path, place: Path, now: dict[str, str]) -> str:
        """Let nbval run one notebook in a process of its own; return "" or what went wrong, with the cell."""
        name = notebook.relative_to(self.root).as_posix()
        with tempfile.TemporaryDirectory(dir=self.folder.parent, prefix="executing-") as scratch:
            made, opened = Path(scratch) / "made.ipynb", Path(scratch) / "opened.txt"
            command = [sys.executable, "-m", "pytest", *NBVAL, f"--nbval-cell-timeout={self.limit}"]
            command += [f"--rootdir={self.root}", f"--keep-outputs={made}", str(notebook)]
            # One thread: the models are small, and two threads would wait for each other most of the time.
            variables = {"OMP_NUM_THREADS": "1", **os.environ, **STATIC_PAGE}
            variables |= {"PYTHONSTARTUP": str(HERE / "watch.py"), "SEQREC_WATCH": str(self.root)}
            variables |= {"SEQREC_OPENED": str(opened), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
            paths = [str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]
            variables["PYTHONPATH"] = os.pathsep.join(paths)
            done = subprocess.run(command, capture_output=True, text=True, env=variables)
            if not made.is_file():
                return f"{name}: {(done.stdout + done.stderr)[-4000:]}"
            kept = nbformat.read(made, as_version=4)
            row = kept.metadata.pop("nbval")
            if row["error"] or row["passed"] < row["cells"]:
                return f"{name}, {row['error']}"
            if not opened.is_file():
                return f"{name}: its kernel did not run {variables['PYTHONSTARTUP']}"
            lines = opened.read_text(encoding="utf-8").splitlines()
            names = {Path(line).relative_to(self.root).as_posix() for line in lines}
            read = {one: now[one] for one in sorted(names & now.keys())}
            kept.metadata["made_from"] = {"common": self.common, "files": read, "seconds": row["seconds"]}
            nbformat.write(kept, made)
            os.replace(made, place)
        print(f"{name}: {row['cells']} cells passed in {row['seconds']:.0f} s", flush=True)
        return ""
