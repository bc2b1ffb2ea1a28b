"""`make publish`: everything is there, every link and button leads to the publication that was asked for."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import execute
import library_wheel
import publish
import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from rendered import HTML, ROOT

import book

REPOSITORY, BRANCH = "Some-One/a-fork", "published"
PAGES = "https://some-one.github.io/a-fork/"
COLAB = f"https://colab.research.google.com/github/{REPOSITORY}/blob/{BRANCH}/"
PROGRAM = ROOT / "book" / "make" / "publish.py"
STEMS = [path.stem for path in book.sources()]


def run(out, *more):
    words = ["--out", str(out), "--repository", REPOSITORY, *more]
    return subprocess.run([sys.executable, str(PROGRAM), *words], capture_output=True, text=True, cwd=ROOT)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """The publication of a fork, made by the program that `make publish` and the workflow call."""
    folder = tmp_path_factory.mktemp("publication") / "site"
    done = run(folder, "--branch", BRANCH)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return folder


def pages(folder: Path) -> list[Path]:
    return sorted((folder / "book").glob("*.html"))


def links_of(text: str) -> list[str]:
    return [a["href"] for a in BeautifulSoup(text, "html.parser").find_all("a", href=True)]


@lru_cache(maxsize=64)
def anchors(path: Path) -> set[str]:
    return {e["id"] for e in BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").find_all(id=True)}


def fault(link: str, page: Path, out: Path) -> str:
    """Return what is wrong with ``link`` on ``page``, or "": the place it names is looked up in ``out``."""
    if link.startswith(COLAB):
        return "" if (out / link.removeprefix(COLAB)).is_file() else f"{link}: no such notebook"
    if "colab." in link or "github.io" in link and not link.startswith(PAGES):
        return f"{link}: another publication"
    if urlsplit(link).scheme and not link.startswith(PAGES):
        return ""
    target, anchor = urldefrag(link)
    base = out if target.startswith(PAGES) else page.parent
    path = base / unquote(target.removeprefix(PAGES)) if target else page
    path = path / "index.html" if path.is_dir() else path
    if not path.is_file():
        return f"{link}: no such file"
    if anchor and path.suffix == ".html":
        return "" if unquote(anchor) in anchors(path) else f"{link}: no such anchor"
    return ""


def test_every_link_of_every_page_and_notebook_is_good(out):
    known: dict[tuple, str] = {}
    bad = []
    for page in pages(out):
        for link in links_of(page.read_text(encoding="utf-8")):
            key = (page, link)
            known[key] = known.get(key) or fault(link, page, out)
            bad += [known[key]] if known[key] else []
    number = 0
    for stem in STEMS:
        path = out / "book" / f"{stem}.ipynb"
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                found = links_of(MarkdownIt("commonmark").enable("table").render(cell["source"]))
                bad += [why for link in found if (why := fault(link, path, out))]
                assert all(urlsplit(link).scheme == "https" for link in found), "a notebook travels alone"
                number += len(found)
    assert not bad
    assert number >= 5 * len(STEMS)


def test_a_bad_link_is_noticed(out):
    page = pages(out)[0]
    for link in (
        COLAB + "book/99.ipynb",
        COLAB.replace(BRANCH, "main") + "a",
        PAGES + "book/x.html",
        "x.html",
    ):
        assert fault(link, page, out)
    assert fault(PAGES + "book/glossary.html#nowhere", page, out)
    assert fault("https://else.github.io/book/", page, out)
    assert not fault(PAGES + "book/glossary.html#term-floor", page, out)


@pytest.mark.parametrize("stem", STEMS)
def test_each_chapter_has_its_buttons(out, stem):
    page = BeautifulSoup((out / "book" / f"{stem}.html").read_text(encoding="utf-8"), "html.parser")
    buttons = [(a.get_text(strip=True), a["href"]) for a in page.select("article .notebook-buttons a")]
    assert buttons == [
        ("Open in Colab", f"{COLAB}book/{stem}.ipynb"),
        ("Download this notebook", f"{stem}.ipynb"),
        ("Report an error", f"https://github.com/{REPOSITORY}/issues/new?title=book/{stem}%3A%20"),
    ]
    below = page.find("article").find("h1").find_next_sibling()
    assert "notebook-buttons" in below["class"], "the buttons stand right below the title"
    sources = [link for link in links_of(str(page)) if link.endswith(".ipynb") and "colab" not in link]
    assert set(sources) == {f"{stem}.ipynb"}, "no button gives the raw source"
    readme = (out / "README.md").read_text(encoding="utf-8")
    assert f"({COLAB}book/{stem}.ipynb)" in readme and f"({PAGES}book/{stem}.html)" in readme


def test_a_local_build_shows_no_button():
    for page in pages(HTML):
        text = page.read_text(encoding="utf-8")
        assert not BeautifulSoup(text, "html.parser").select(".notebook-buttons")
        services = ("colab.research.google.com", "mybinder.org", "github.com/None")
        assert not [link for link in links_of(text) if any(name in link for name in services)]


def test_the_wheel_is_the_library_of_this_commit(out):
    record = json.loads((out / publish.RECORD).read_text(encoding="utf-8"))
    wheel = out / record["wheel"]["file"]
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() == record["wheel"]["sha256"]
    with zipfile.ZipFile(wheel) as archive:
        front = archive.read("seqrec_lib/__init__.py").decode()
        assert "seqrec_lib/py.typed" in archive.namelist(), "a user's type checker would not see the types"
    assert f'__version__ = "{record["version"]}"' in front
    head = library_wheel.git("rev-parse", "HEAD")
    if record["commit"]:
        assert record["commit"] == head and record["version"].endswith(f"+g{head[:12]}")
    else:
        assert "+local." in record["version"]
    assert (out / ".nojekyll").is_file()


@pytest.mark.parametrize("stem", STEMS)
def test_the_set_up_cell_installs_from_this_publication(out, stem):
    record = json.loads((out / publish.RECORD).read_text(encoding="utf-8"))
    cells = json.loads((out / "book" / f"{stem}.ipynb").read_text(encoding="utf-8"))["cells"]
    code = next(cell["source"] for cell in cells if cell["cell_type"] == "code")
    named = {}
    for node in ast.parse(code).body:
        if isinstance(node, ast.Assign):
            named[node.targets[0].id] = ast.literal_eval(node.value)
    assert named["VERSION"] == record["version"]
    first, *others = named["SOURCES"]
    assert first.startswith(PAGES) and (out / unquote(first.removeprefix(PAGES))).is_file()
    wanted = [f"git+https://github.com/{REPOSITORY}@{record['commit']}"] if record["commit"] else []
    assert others == wanted


def test_a_fork_with_its_own_address(tmp_path):
    words = ["--out", str(tmp_path / "a"), "--pages", "https://book.example.org", "--repository", "a/b"]
    assert publish.main(words) == 0
    text = (tmp_path / "a" / "README.md").read_text(encoding="utf-8")
    assert "https://book.example.org/book/" in text and "/a/b/blob/gh-pages/" in text
    assert publish.main(words) == 0, "an older publication is made again"
    assert publish.pages_address("Ann/ann.github.io") == "https://ann.github.io/"
    assert publish.pages_address(REPOSITORY) == PAGES


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(SystemExit, match="were not published"):
        publish.main(["--out", str(tmp_path), "--repository", REPOSITORY])
    assert (tmp_path / "thesis.txt").is_file()


@pytest.mark.parametrize("words", [["nobody"], ["a/b; rm"], ["a/b", "--branch", "x y"]])
def test_a_bad_name_is_refused(tmp_path, words):
    with pytest.raises(SystemExit) as refused:
        publish.main(["--out", str(tmp_path / "x"), "--repository", *words])
    assert refused.value.code == 2


def test_make_and_the_workflow_call_the_same_program():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    workflow = (ROOT / ".github" / "workflows" / "pages.yml").read_text(encoding="utf-8")
    assert "book/make/publish.py --out" in makefile
    assert "make publish OUT=" in workflow and 'REPOSITORY="$GITHUB_REPOSITORY"' in workflow
    assert "make book" not in workflow


@pytest.mark.timeout(600)
def test_a_published_notebook_runs(out, tmp_path):
    """Execute the shortest with the wheel in front of the repository's own library; `make test-all` runs them all."""
    chosen = ["worlds"]
    wheel = next((out / "wheel").glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "library")
    log = tmp_path / "log.json"
    notebooks = [str(out / "book" / f"{stem}.ipynb") for stem in chosen]
    front = {"PYTHONPATH": str(tmp_path / "library"), "OMP_NUM_THREADS": "1", "PIP_NO_INDEX": "1"}
    command = [sys.executable, execute.__file__, "--out", str(log), *notebooks]
    subprocess.run(command, env={**os.environ, **front}, timeout=500)
    rows = json.loads(log.read_text(encoding="utf-8"))
    assert [row["notebook"] for row in rows] == [Path(name).name for name in notebooks]
    version = json.loads((out / publish.RECORD).read_text(encoding="utf-8"))["version"]
    for row in rows:
        assert not row["error"], row["error"]
        assert row["executed"] == row["cells"] > 1
        assert f"seqrec_lib {version} " in row["library"], "the wheel's library was used"
