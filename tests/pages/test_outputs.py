"""Outputs of notebooks are made once, made again when what they came from changed, and never half."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time

import all_report
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from outputs import HERE, Outputs, with_outputs

import book

# Three notebooks: what they execute, and what they read besides.
LATE = "def late():\n    import shelf\n    return shelf.WORD"
CODE = {
    "reads_module": [LATE, "print(late())"],
    "reads_data": ["from pathlib import Path", "print(Path('data/words.json').read_text())"],
    "reads_nothing": ["print(1 + 1)"],
}


class Desk:
    """A small repository in a folder: notebooks in ``book``, with a module and a file of data beside them."""

    def __init__(self, root):
        self.root, self.book, self.kept = root, root / "book", root / "_build" / "outputs"
        (self.book / "data").mkdir(parents=True)
        (self.book / "shelf.py").write_text("WORD = 'old'\n")
        (self.book / "data" / "words.json").write_text('["one"]\n')
        for name, cells in CODE.items():
            self.write(name, cells)

    def write(self, name, cells, text="# A title"):
        made = new_notebook(cells=[new_markdown_cell(text), *map(new_code_cell, cells)])
        nbformat.write(made, self.book / f"{name}.ipynb")

    def build(self, common="packages"):
        """Bring everything up to date; return the faults and the names of what was executed."""
        before = self.stamps()
        notebooks = sorted(self.book.glob("*.ipynb"))
        files = [path for path in self.book.rglob("*") if path.is_file() and path not in notebooks]
        faults = Outputs(self.root, self.kept, files, common, 60).bring_up_to_date(notebooks, jobs=2)
        return faults, sorted(n.rpartition("-")[0] for n, at in self.stamps().items() if before.get(n) != at)

    def stamps(self):
        return {path.name: path.stat().st_mtime_ns for path in self.kept.glob("*")}

    def printed(self, name):
        """What the page of a notebook will show below its code cells."""
        made = with_outputs((self.book / f"{name}.ipynb").read_text(), str(self.kept))
        cells = [cell for cell in made.cells if cell.cell_type == "code"]
        return "".join(out.text for cell in cells for out in cell.outputs)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    made = Desk(tmp_path_factory.mktemp("desk").resolve())
    assert made.build() == ([], sorted(CODE))
    return made


def test_a_second_build_executes_nothing(desk):
    assert desk.build() == ([], [])
    assert desk.printed("reads_module") == "old\n" and desk.printed("reads_nothing") == "2\n"


def test_the_source_is_left_without_outputs(desk):
    cells = nbformat.read(desk.book / "reads_nothing.ipynb", as_version=4).cells
    assert [cell.get("outputs", []) for cell in cells] == [[], []]


def test_an_edited_text_executes_nothing_and_keeps_the_outputs(desk):
    desk.write("reads_nothing", CODE["reads_nothing"], text="# Another title\n\nand more")
    assert desk.build() == ([], [])
    made = with_outputs((desk.book / "reads_nothing.ipynb").read_text(), str(desk.kept))
    assert "Another" in made.cells[0].source and made.cells[1].outputs[0].text == "2\n"


def test_edited_code_executes_that_notebook_alone(desk):
    desk.write("reads_nothing", ["print(5)"])
    with pytest.raises(LookupError, match="make book"):
        desk.printed("reads_nothing")
    assert desk.build() == ([], ["reads_nothing"])
    assert desk.printed("reads_nothing") == "5\n"
    assert len(desk.stamps()) == len(CODE), "the outputs of the old code are gone"


def test_an_edited_module_executes_what_imported_it_however_late(desk):
    (desk.book / "shelf.py").write_text("WORD = 'newer'\n")
    assert desk.build() == ([], ["reads_module"])
    assert desk.printed("reads_module") == "newer\n"


def test_edited_data_executes_what_read_it(desk):
    (desk.book / "data" / "words.json").write_text('["two"]\n')
    assert desk.build() == ([], ["reads_data"])
    assert "two" in desk.printed("reads_data")


def test_an_output_that_is_drawn_anew_ends_as_it_was_drawn_last(tmp_path):
    desk = Desk(tmp_path.resolve())
    first = "from IPython.display import display\nshown = display('first', display_id='a')"
    desk.write("reads_nothing", ["print(0)", first, "_ = display('last', display_id='a', update=True)"])
    assert desk.build()[0] == []
    (kept,) = desk.kept.glob("reads_nothing-*")
    outputs = [cell.outputs for cell in nbformat.read(kept, as_version=4).cells if cell.cell_type == "code"]
    assert [one.data["text/plain"] for one in outputs[1]] == ["'last'"]


def test_other_packages_execute_all(desk):
    assert desk.build("other packages") == ([], sorted(CODE))
    assert desk.build() == ([], sorted(CODE))


def test_a_fault_names_notebook_and_cell_and_the_others_are_kept(desk):
    desk.write("reads_nothing", ["a = 1", "print(a / 0)"])
    desk.write("reads_data", ["print('sound')"])
    (fault,), executed = desk.build()
    assert fault.startswith("book/reads_nothing.ipynb, cell 2: ") and "ZeroDivisionError" in fault
    assert executed == ["reads_data"] and desk.printed("reads_data") == "sound\n"
    assert desk.build()[0] == [fault], "what failed is tried again"
    desk.write("reads_nothing", ["print(7)"])
    assert desk.build() == ([], ["reads_nothing"])


@pytest.mark.skipif(os.name == "nt", reason="kills a whole group of processes, as only POSIX can")
def test_a_killed_build_leaves_nothing_that_looks_done(tmp_path):
    root = tmp_path.resolve()
    desk = Desk(root)
    desk.write("reads_nothing", ["open('begun', 'w').close()", "import time; time.sleep(3)", "print(9)"])
    program = (
        "from pathlib import Path; from outputs import Outputs; import sys; root = Path(sys.argv[1]); "
        "one = root / 'book' / 'reads_nothing.ipynb'; "
        "Outputs(root, root / '_build' / 'outputs', [], 'packages').bring_up_to_date([one], 1)"
    )
    words = [sys.executable, "-c", program, str(root)]
    running = subprocess.Popen(words, env={**os.environ, "PYTHONPATH": str(HERE)}, start_new_session=True)
    while not (desk.book / "begun").exists():
        assert running.poll() is None
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert not list(desk.kept.glob("*")) and list(desk.kept.parent.glob("executing-*"))
    assert desk.build() == ([], sorted(CODE))
    assert desk.printed("reads_nothing") == "9\n" and not list(desk.kept.parent.glob("executing-*"))


def test_the_pages_are_made_from_the_book_and_not_from_the_publisher():
    names = {path.relative_to(book.ROOT).as_posix() for path in book.rendering()}
    assert {"book/index.md", "book/make/polish.py", "book/make/keep_outputs.py", "_toc.yml"} <= names
    assert not {name for name in names if "published" in name}
    assert not {f"book/make/{name}" for name in ("publish.py", "mutants.py", "execute.py")} & names
    assert {name.rpartition("/")[2] for name in names} & book.APART == set()
    assert all((book.MAKE / name).exists() for name in book.APART), "APART names what is not there"


@pytest.mark.parametrize("path", book.sources(), ids=lambda path: path.stem)
def test_outputs_name_the_library_and_the_results_that_they_were_made_from(built, path):
    (kept,) = (book.BUILD / "outputs").glob(f"{path.stem}-*.ipynb")
    read = set(nbformat.read(kept, as_version=4).metadata["made_from"]["files"])
    shown = set(re.findall(r'load_results\("(\w+)"\)', all_report.code_of(path)))
    assert {"seqrec_lib/__init__.py", *(f"seqrec_lib/results/{name}.json" for name in shown)} <= read
    assert read <= {file.relative_to(book.ROOT).as_posix() for file in book.files_in("seqrec_lib", "book")}
