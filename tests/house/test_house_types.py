"""Types: mypy finds nothing with the project's own configuration, and nothing public goes without them."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from habits import ROOT

LIBRARY = sorted((ROOT / "seqrec_lib").rglob("*.py"))
TYPED = [path for path in LIBRARY if "teaching" not in path.relative_to(ROOT).parts]


def mypy(*words: str) -> str:
    """What mypy says, run as `make lint` runs it."""
    command = [sys.executable, "-m", "mypy", "--no-color-output", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


def untyped(source: str) -> list[str]:
    """Public functions and methods of ``source`` with a parameter or a result that has no type.

    A name in two underscores, such as ``__init__``, is public; what a function defines inside is not.
    """
    faults = []

    def look(body: list[ast.stmt], owner: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                look(node.body, f"{owner}{node.name}.")
            elif isinstance(node, ast.If | ast.Try):
                look(node.body, owner)
                look(node.orelse, owner)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                if node.name.startswith("_") and not node.name.endswith("__"):
                    continue
                given = node.args
                named = [*given.posonlyargs, *given.args]
                bound = owner and not any(getattr(d, "id", "") == "staticmethod" for d in node.decorator_list)
                every = [*named[1 if bound else 0 :], *given.kwonlyargs, given.vararg, given.kwarg]
                bare = [each.arg for each in every if each is not None and each.annotation is None]
                bare += ["its result"] if node.returns is None else []
                faults.extend(f"line {node.lineno}: {owner}{node.name}: {name}" for name in bare)

    look(ast.parse(source).body, "")
    return faults


@pytest.mark.timeout(600)
def test_mypy_finds_nothing_in_the_whole_library():
    assert mypy() == f"Success: no issues found in {len(LIBRARY)} source files"


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("pick_device(3)", "arg-type"),  # the library's own types are seen
        ("def f(x): ...", "no-untyped-def"),
        ("def f(x: dict) -> None: ...", "type-arg"),
        ("def f(x: str | None) -> str: return x.upper()", "union-attr"),
        ("x = 1  # type: ignore", "unused-ignore"),
        ("from typing import Self", "attr-defined"),  # newer than Python 3.10
        ("pick_device('cpu').type.upper()", None),
    ],
)
def test_mypy_notices(line, kind, tmp_path):
    module = tmp_path / "module.py"
    module.write_text(f"from seqrec_lib.device import pick_device\n{line}\n", encoding="utf-8")
    found = mypy(str(module))
    assert f"[{kind}]" in found if kind else found == "Success: no issues found in 1 source file", found


@pytest.mark.parametrize("path", TYPED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_everything_public_has_its_types(path):
    assert not untyped(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("def f(x) -> int: ...", "line 1: f: x"),
        ("def f(x: int): ...", "line 1: f: its result"),
        ("def f(*, x) -> int: ...", "line 1: f: x"),
        ("def f(*x) -> int: ...", "line 1: f: x"),
        ("def f(**x) -> int: ...", "line 1: f: x"),
        ("async def f(x, /) -> int: ...", "line 1: f: x"),
        ("class A:\n    def f(self, x) -> int: ...", "line 2: A.f: x"),
        ("class A:\n    def __init__(self): ...", "line 2: A.__init__: its result"),
        ("class A:\n    @staticmethod\n    def f(x) -> int: ...", "line 3: A.f: x"),
        ("class A:\n    class B:\n        def f(self): ...", "line 3: A.B.f: its result"),
        ("if x:\n    pass\nelse:\n    def f(): ...", "line 4: f: its result"),
    ],
)
def test_a_missing_type_is_noticed(source, fault):
    assert untyped(source) == [fault]


def test_what_has_its_types_or_is_private_passes():
    assert not untyped("def f(x: int, *y: int, z: int = 0, **w: int) -> int:\n    def g(v): ...\n")
    assert not untyped("def _f(x): ...\nclass A:\n    @classmethod\n    def f(cls, x: int) -> int: ...\n")
