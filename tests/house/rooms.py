"""Which room of the library may import which, and whether modules import each other in a ring."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

PACKAGE = "seqrec_lib"
# Each row may import the rows above it. Rooms of one row do not know each other.
ROWS = (
    ("messages", "on_demand"),
    ("device", "files", "results"),
    ("data",),
    ("attention",),
    ("encoders", "heads"),
    ("models",),
    ("losses", "evaluation"),
    ("training",),
    ("experiments",),
    ("ab", "retrieval", "explain", "goals", "privacy", "compress", "deploy", "scale", "policies"),
    ("cli", "teaching"),
    ("__main__",),
)
ROW = {room: number for number, row in enumerate(ROWS) for room in row}


def room_of(path: PurePosixPath) -> str:
    """The room of a file of the library; ``""`` for the package's own front door."""
    room = path.parts[1].removesuffix(".py")
    return "" if room == "__init__" else room


def imported(source: str, path: PurePosixPath, everywhere: bool = True) -> list[tuple[str, str]]:
    """``(module, name)`` of each import from the library, dotted from the package; ``name`` may be empty.

    Args:
        everywhere: False leaves out what a function imports when it is called.
    """
    tree = ast.parse(source)
    inside = set()
    if not everywhere:
        functions = (n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)))
        inside = {id(part) for function in functions for part in ast.walk(function)}
        unread = (n for n in ast.walk(tree) if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.dump(n.test))
        inside |= {id(part) for branch in unread for part in ast.walk(branch)}
    found = []
    for node in ast.walk(tree):
        if id(node) in inside:
            continue
        if isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = path.parts[: len(path.parts) - node.level] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            found += [(module, alias.name) for alias in node.names]
    return [(module, name) for module, name in found if module.split(".")[0] == PACKAGE]


def room_faults(source: str, path: PurePosixPath) -> list[str]:
    """What ``source`` imports against the rule, one sentence each."""
    room = room_of(path)
    if not room:
        return []
    if room not in ROW:
        return [f"{path}: say in tests/house/rooms.py where the room {room!r} stands"]
    dotted = (".".join(filter(None, pair)).split(".") for pair in imported(source, path))
    others = {parts[1] for parts in dotted if len(parts) > 1 and parts[1] in ROW} - {room}
    return [
        f"{path} imports {other}, which stands beside or below it"
        for other in sorted(others)
        if ROW[other] >= ROW[room]
    ]


def module_graph(root: Path) -> dict[str, set[str]]:
    """Module to the modules that it imports while it is itself being imported, all dotted."""
    files = {}
    for file in (root / PACKAGE).rglob("*.py"):
        path = PurePosixPath(file.relative_to(root).as_posix())
        parts = path.with_suffix("").parts
        files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = (file, path)
    graph = {}
    for module, (file, path) in files.items():
        pairs = imported(file.read_text(encoding="utf-8"), path, everywhere=False)
        graph[module] = {f"{m}.{n}" if f"{m}.{n}" in files else m for m, n in pairs} - {module}
    return graph


def rings(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Each group of modules that import each other, however far round (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for other in sorted(graph.get(module, ())):
            if other not in index:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], index[other])
        if low[module] == index[module]:
            group = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in sorted(graph):
        if module not in index:
            visit(module)
    return found
