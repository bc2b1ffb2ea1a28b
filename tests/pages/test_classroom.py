"""The archive for a class: complete, and usable with the network cut off."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import subprocess
import sys
import zipfile

import classroom
import pytest
import rendered
from environments import floors, practice
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = rendered.ROOT
MAKE = ROOT / "book" / "make"


@pytest.fixture(scope="module")
def archive():
    """The archive, made by the program behind `make classroom`."""
    out = ROOT / "_build" / "classroom"
    command = [sys.executable, str(MAKE / "classroom.py"), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    print(done.stdout)
    return next(out.glob("*.zip"))


def test_the_three_commands_of_the_readme_are_those_that_are_tested():
    text = classroom.readme(rendered.ROOT / "seqrec_lib-1+gabc-py3-none-any.whl", packed=True)
    commands = re.findall(r"^    (.+)$", text, flags=re.M)
    assert len(commands) == 3
    script = (MAKE / "use_classroom.sh").read_text(encoding="utf-8")
    spoken = re.findall(r'^echo "\+ (.+)"$', script, flags=re.M)
    assert commands[:2] == spoken[:2]
    assert commands[2] == "seqrec/bin/jupyter lab notebooks"
    assert spoken[2].startswith("seqrec/bin/jupyter lab")
    run = [line for line in script.splitlines() if line.startswith(('"$python" -m venv', "seqrec/bin/pip"))]
    assert run[0].replace('"$python"', "python3") == spoken[0]
    assert run[1].replace("--quiet ", "") == spoken[1]


def test_the_library_is_packed_with_all_it_asks_for():
    names = {canonicalize_name(Requirement(text).name) for text in classroom.requirements()}
    others = {"anywidget", "ipywidgets", "jupyterlab", "ipykernel", *practice()}
    assert {canonicalize_name(name) for name in floors()} | others == names


def whole(names: list[str]) -> bool:
    """Whether wheels are packed; PyTorch with CUDA is too large, and then the archive has their list."""
    return any(name.endswith(".whl") and "/seqrec_lib-" not in name for name in names)


def filling(readme: str) -> list[str]:
    """The README's command that fills the folder from the list, for this Python's own pip."""
    (command,) = re.findall(r"fill the folder with `(.+?)`", readme)
    program, *words = shlex.split(command)
    assert program == "seqrec/bin/pip"
    return [sys.executable, "-m", "pip", *words, *shlex.split(os.environ.get("PIP_FLAGS", ""))]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_archive_holds_pages_notebooks_and_wheels(archive):
    with zipfile.ZipFile(archive) as held:
        names = [name.split("/", 1)[1] for name in held.namelist()]
        top = held.namelist()[0].split("/")[0]
        wheels = {name.removeprefix("wheels/") for name in names if name.endswith(".whl")}
        packed = {parse_wheel_filename(name)[0] for name in wheels}
        listed = held.read(f"{top}/wheels/list.txt").decode()
        lines = [line.split()[0] for line in listed.splitlines() if "--hash=" in line]
        there = (
            packed if whole(names) else {*map(canonicalize_name, (r.split("==")[0] for r in lines)), *packed}
        )
        for text in [*classroom.requirements(), "seqrec_lib"]:
            assert canonicalize_name(Requirement(text).name) in there
        for name in wheels:
            checksum = hashlib.sha256(held.read(f"{top}/wheels/{name}")).hexdigest()
            assert name in listed and (checksum in listed or name.startswith("seqrec_lib"))
        for path in (ROOT / "book").glob("*.ipynb"):
            assert f"notebooks/{path.name}" in names and f"site/book/{path.stem}.html" in names
            text = held.read(f"{top}/notebooks/{path.name}").decode()
            assert f"../site/book/{path.stem}.html" in text and "colab.research" not in text
            page = held.read(f"{top}/site/book/{path.stem}.html").decode()
            assert f'href="../../notebooks/{path.name}"' in page and "_sources/" not in page
        assert "site/index.html" in names and "README.md" in names


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_class_uses_it_with_the_network_cut_off(archive, tmp_path):
    with zipfile.ZipFile(archive) as held:
        held.extractall(tmp_path)
    folder = next(tmp_path.iterdir())
    if not whole(
        [str(path) for path in folder.rglob("*.whl")]
    ):  # the teacher fills it while there is a network
        command = filling((folder / "README.md").read_text(encoding="utf-8"))
        subprocess.run(command, cwd=folder, check=True)
    words = [sys.executable, "01_first_recommender.ipynb", str(MAKE / "execute.py")]
    command = [sys.executable, str(MAKE / "offline.py"), "bash", str(MAKE / "use_classroom.sh"), *words]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    log = ROOT / "_build" / "test-all" / "classroom.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(done.stdout.replace(str(folder), "FOLDER"), encoding="utf-8")
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-3000:]
    assert done.stdout.startswith("network: ")
    if sys.platform == "linux":
        assert "cut off by a namespace; interfaces: ['lo']; reached: []" in done.stdout
    version = classroom.wheel.version()
    assert f"seqrec_lib {version} from {folder}" in done.stdout
    assert "01_first_recommender.ipynb: ok" in done.stdout
