"""What is committed: no machine paths, no addresses of registries, pinned actions, true commands."""

from __future__ import annotations

import json
import re

import pytest
from habits import ROOT, action_faults, path_faults, targets, tracked

TOP = set(
    [
        "book",
        "seqrec_lib",
        "tests",
        "benchmarks",
        "_config.yml",
        "_toc.yml",
        "requirements.txt",
        "pyproject.toml",
        "Makefile",
        "README.md",
        "CONTRIBUTING.md",
        "CITATION.cff",
        "LICENSE",
        "LICENSE-TEXT",
        ".ci",
        ".github",
        ".gitignore",
        ".gitattributes",
        ".pre-commit-config.yaml",
    ]
)
BINARY = (".png", ".gz", ".zip", ".parquet", ".safetensors", ".npz", ".mo")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

needs_git = pytest.mark.skipif(not tracked(), reason="not a git checkout, so nothing says what is committed")


@needs_git
def test_the_top_level_is_lean():
    assert {name.split("/")[0] for name in tracked()} <= TOP


@needs_git
def test_no_file_names_a_folder_of_this_machine():
    faults = {}
    for name in tracked():
        if name.endswith(BINARY) or name.startswith("tests/house/"):
            continue
        found = path_faults((ROOT / name).read_text(encoding="utf-8", errors="replace"))
        if found:
            faults[name] = found
    assert not faults


def test_a_machine_path_is_noticed():
    assert path_faults(f"open('{ROOT.as_posix()}/x.csv')")
    assert path_faults("see /home/ann/data") and path_faults("C:\\Users\\ann")
    assert not path_faults("see /data/home/ and book/index.md")


@needs_git
def test_no_file_is_large():
    large = [name for name in tracked() if (ROOT / name).stat().st_size > 1_500_000]
    assert not large, "data and other people's code are not committed"


@needs_git
def test_lock_files_name_no_registry():
    locks = [name for name in tracked() if name.endswith("package-lock.json")]
    assert locks
    for name in locks:
        packages = json.loads((ROOT / name).read_text(encoding="utf-8"))["packages"]
        assert not [key for key, package in packages.items() if "resolved" in package]
        assert all("integrity" in package for key, package in packages.items() if key)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned(path):
    text = path.read_text(encoding="utf-8")
    assert "uses:" in text
    assert not action_faults(text)


def pasted_variables(text: str) -> list[str]:
    """Lines of a workflow's scripts that hold the text of a variable, where it could be a command."""
    lines = [line for line in text.splitlines() if re.match(r"\s+(- )?run: (?!\|)|\s{10,}\S", line)]
    return [line for line in lines if re.search(r"\$\{\{ *(vars|github\.event|inputs)", line)]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_variables_reach_scripts_through_the_environment(path):
    assert not pasted_variables(path.read_text(encoding="utf-8"))


def test_a_pasted_variable_is_noticed():
    assert pasted_variables("      - run: make setup FLAGS=${{ vars.FLAGS }}")
    assert pasted_variables("      - run: |\n          echo ${{ github.event.issue.title }}")
    assert not pasted_variables('env:\n  FLAGS: ${{ vars.FLAGS }}\n      - run: make FLAGS="$FLAGS"')


def test_an_unpinned_action_is_noticed():
    commit = "0123456789" * 4
    assert action_faults("uses: actions/checkout@v6")
    assert action_faults(f"uses: actions/checkout@{commit}")
    assert not action_faults(f"uses: actions/checkout@{commit}  # v6.0.2")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "book/index.md", ".ci/run"])
def test_every_make_command_that_a_text_names_exists(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    named = set(
        re.findall(r"(?:`|^|\$ )make ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)*)(?=[` \n<])", text, flags=re.M)
    )
    words = {word for command in named for word in command.split()}
    assert words or name == "book/index.md"
    assert words <= targets(MAKEFILE), f"no such target: {sorted(words - targets(MAKEFILE))}"


def test_every_path_in_the_readme_exists():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("## What is where")[1].split("\n## ")[0]
    table = [row for row in section.splitlines() if row.startswith("| `")]
    assert len(table) >= 6
    for row in table:
        for path in re.findall(r"`([^`]+)`", row.split("|")[1]):
            assert (ROOT / path).exists(), f"README.md names {path}, which is not there"


def test_readme_names_both_licences():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "MIT" in text and "CC BY-SA 4.0" in text
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    assert "Attribution-ShareAlike 4.0" in (ROOT / "LICENSE-TEXT").read_text(encoding="utf-8")
