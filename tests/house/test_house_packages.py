"""Pins are exact, floors are loose, and the library alone brings no book tools."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser

import pytest
from habits import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli")

BOOK_TOOLS = {
    "jupyter-book",
    "sphinx",
    "myst-nb",
    "nbval",
    "pytest",
    "playwright",
    "ruff",
    "mypy",
    "ipykernel",
    "ipywidgets",
    "tensorboard",
}
LINES = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
PINS = [Requirement(line) for line in LINES if line.strip() and not line.startswith("#")]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def exact(pin: Requirement) -> bool:
    """Return whether ``pin`` names one version."""
    return [s.operator for s in pin.specifier] == ["=="] and "*" not in str(pin.specifier)


def version_of(pin: Requirement) -> str:
    return next(iter(pin.specifier)).version


@pytest.mark.parametrize("pin", PINS, ids=str)
def test_every_requirement_is_an_exact_pin(pin):
    assert exact(pin)


def test_a_loose_pin_is_noticed():
    assert not exact(Requirement("numpy>=2")) and not exact(Requirement("numpy==2.*"))
    assert not exact(Requirement("numpy"))


def all_floors():
    extras = PROJECT["project"]["optional-dependencies"]
    rows = [("library", text) for text in PROJECT["project"]["dependencies"]]
    return rows + [(extra, text) for extra, texts in extras.items() for text in texts]


@pytest.mark.parametrize("extra, text", all_floors())
def test_the_pins_satisfy_the_floors(extra, text):
    floor = Requirement(text)
    pins = {canonicalize_name(pin.name): pin for pin in PINS}
    name = canonicalize_name(floor.name)
    assert name in pins, f"{name} ({extra}) is missing from requirements.txt"
    assert floor.specifier.contains(version_of(pins[name]))


def test_the_library_asks_for_floors_and_no_book_tools():
    needed = [Requirement(text) for text in PROJECT["project"]["dependencies"]]
    assert needed
    for requirement in needed:
        assert [s.operator for s in requirement.specifier] == [">="], f"{requirement} is not a floor"
    assert not {canonicalize_name(r.name) for r in needed} & BOOK_TOOLS


def test_hooks_and_readme_use_the_same_versions():
    pins = {pin.name: version_of(pin) for pin in PINS}
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    for name in ("ruff", "nbstripout"):
        assert set(re.findall(rf"{name}==([\w.]+)", hooks)) == {pins[name]}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"torch==([\w.]+)", readme)) == {pins["torch"]}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the library's wheel from a copy, so that nothing built earlier slips in."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(ROOT / "seqrec_lib", source / "seqrec_lib", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "book" / "assets", source / "book" / "assets")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(source)], check=True, cwd=folder, timeout=240)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        yield archive


def test_the_wheel_holds_the_library_and_its_data(wheel):
    held = set(wheel.namelist())
    library = ROOT / "seqrec_lib"
    expected = {p.relative_to(ROOT).as_posix() for p in library.rglob("*.py")}
    expected |= {p.relative_to(ROOT).as_posix() for p in library.glob("results/*.json")}
    scripts = [p.relative_to(ROOT / "book") for p in (ROOT / "book" / "assets").glob("*/*.*")]
    home = "seqrec_lib/teaching/widgets"
    expected |= {f"{home}/{p.as_posix()}" for p in scripts if p.suffix in (".js", ".css")}
    assert expected <= held, f"missing from the wheel: {sorted(expected - held)}"
    assert any(name.startswith("seqrec_lib/results/") and name.endswith(".json") for name in held)
    assert not [name for name in held if name.startswith(("tests/", "book/", "benchmarks/"))]


def test_the_wheel_has_the_command_and_the_licence(wheel):
    named = {name.rsplit("/", 1)[-1]: name for name in wheel.namelist() if ".dist-info/" in name}
    assert "seqrec = seqrec_lib.__main__:main" in wheel.read(named["entry_points.txt"]).decode()
    assert "LICENSE" in named
    metadata = Parser().parsestr(wheel.read(named["METADATA"]).decode())
    needed = [Requirement(text) for text in metadata.get_all("Requires-Dist")]
    bare = {canonicalize_name(r.name) for r in needed if r.marker is None or "extra" not in str(r.marker)}
    assert "torch" in bare
    assert not bare & BOOK_TOOLS
