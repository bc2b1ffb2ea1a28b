"""Where one line of the library can be broken, and how: the operators of mutation testing.

A change replaces one stretch of bytes. The operators: comparisons (the boundary, and the contrary), signs of
arithmetic, ``and`` and ``or``, a dropped ``not``, the contrary of a condition, small numbers, ``min`` and
``max``, ``any`` and ``all``, True and False, ``break`` and ``continue``, a dropped keyword of a call, its
first two arguments swapped, a bound of a slice, a word that is a setting, a statement left out. Nothing is
changed in docstrings, annotations, messages of errors, imports and f-strings, nor in what an exercise names
as its wrong answers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

COMPARISONS = {
    ast.Lt: ("<", "<=", ">="),
    ast.LtE: ("<=", "<", ">"),
    ast.Gt: (">", ">=", "<="),
    ast.GtE: (">=", ">", "<"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}
SIGNS = {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*")}
SIGNS |= {ast.FloorDiv: ("//", "*"), ast.Mod: ("%", "*"), ast.Pow: ("**", "*")}
SIGNS |= {ast.BitAnd: ("&", "|"), ast.BitOr: ("|", "&"), ast.MatMult: ("@", "*")}
PAIRS = [("min", "max"), ("any", "all"), ("minimum", "maximum"), ("amin", "amax"), ("argmin", "argmax")]
PAIRS += [("clamp_min", "clamp_max"), ("floor", "ceil"), ("zeros", "ones"), ("zeros_like", "ones_like")]
OTHER = {one: two for pair in PAIRS for one, two in (pair, pair[::-1])}
LARGEST = 16  # a number above is a width, a year or a limit: one more makes no difference by design

WRONG = ("mutants", "rivals")  # what an exercise names as wrong answers


class Place(NamedTuple):
    """The bytes from ``start`` to ``end`` become ``new``; ``what`` names the operator."""

    start: int
    end: int
    new: bytes
    line: int
    what: str


class Reader:
    """Finds the places of one module's text."""

    def __init__(self, text: str) -> None:
        self.data = text.encode()
        self.tree = ast.parse(text)
        self.starts = [0]
        for line in self.data.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.wrong = wrong_answers(self.tree)

    def span(self, node: ast.AST) -> tuple[int, int]:
        start = self.starts[node.lineno - 1] + node.col_offset  # columns count bytes
        return start, self.starts[node.end_lineno - 1] + node.end_col_offset

    def of(self, node: ast.AST) -> bytes:
        start, end = self.span(node)
        return self.data[start:end]

    def put(self, node: ast.AST, new: bytes, what: str) -> Place:
        return Place(*self.span(node), new, node.lineno, what)

    def between(self, left: ast.AST, right: ast.AST, old: str, new: str, what: str) -> Iterator[Place]:
        start, end = self.span(left)[1], self.span(right)[0]
        at = self.data.find(old.encode(), start, end)
        if at >= 0:
            line = self.data.count(b"\n", 0, at) + 1
            yield Place(at, at + len(old), new.encode(), line, what)

    def places(self, node: ast.AST | None = None) -> Iterator[Place]:
        """Every place inside ``node``, the whole module by default."""
        node = node or self.tree
        yield from self.here(node)
        for child in ast.iter_child_nodes(node):
            if not self.skipped(node, child):
                yield from self.places(child)

    def skipped(self, parent: ast.AST, child: ast.AST) -> bool:
        if isinstance(child, (ast.Raise, ast.Import, ast.ImportFrom, ast.JoinedStr)):
            return True
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            return True  # a docstring
        if child in (getattr(parent, "annotation", None), getattr(parent, "returns", None)):
            return True
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            return True
        if isinstance(child, ast.keyword) and child.arg in WRONG:
            return True
        return isinstance(child, (ast.FunctionDef, ast.ClassDef)) and child.name in self.wrong

    def here(self, node: ast.AST) -> Iterator[Place]:
        """The places whose operator is ``node`` itself."""
        if isinstance(node, ast.Compare):
            lefts = [node.left, *node.comparators[:-1]]
            for left, kind, right in zip(lefts, node.ops, node.comparators, strict=True):
                old, *others = COMPARISONS[type(kind)]
                for new in others:
                    yield from self.between(left, right, old, new, "comparison")
        elif isinstance(node, ast.BinOp) and type(node.op) in SIGNS:
            yield from self.between(node.left, node.right, *SIGNS[type(node.op)], "sign")
        elif isinstance(node, ast.BoolOp):
            words = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            yield from self.between(*node.values[:2], *words, "and, or")
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub, ast.Invert)):
            yield self.put(node, b"(" + self.of(node.operand) + b")", "dropped not or minus")
        elif isinstance(node, ast.Constant):
            yield from self.constant(node)
        elif isinstance(node, (ast.Name, ast.Attribute)):
            word = node.id if isinstance(node, ast.Name) else node.attr
            if word in OTHER:
                end = self.span(node)[1]
                new = OTHER[word].encode()
                yield Place(end - len(word), end, new, node.end_lineno, "least and most")
        elif isinstance(node, (ast.Break, ast.Continue)):
            yield self.put(node, b"continue" if isinstance(node, ast.Break) else b"break", "break, continue")
        elif isinstance(node, ast.Call):
            yield from self.call(node)
        elif isinstance(node, ast.Slice):
            for bound in filter(None, (node.lower, node.upper)):
                yield self.put(bound, b"", "bound of a slice")
        elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr)):
            yield from self.statement(node)
        if isinstance(node, (ast.If, ast.IfExp, ast.While)):
            yield self.put(node.test, b"(not (" + self.of(node.test) + b"))", "contrary condition")
        elif isinstance(node, ast.comprehension):
            yield from (self.put(test, b"True", "dropped condition") for test in node.ifs)
        yield from self.words(node)

    def constant(self, node: ast.Constant) -> Iterator[Place]:
        value = node.value
        if isinstance(value, bool):
            yield self.put(node, str(not value).encode(), "True, False")
        elif isinstance(value, int) and value <= LARGEST:
            yield self.put(node, str(value + 1).encode(), "number")
        elif isinstance(value, float):
            yield self.put(node, str(2 * value if value else 1.0).encode(), "number")

    def call(self, node: ast.Call) -> Iterator[Place]:
        given = sorted([*node.args, *node.keywords], key=lambda part: self.span(part))
        for number, part in enumerate(given):
            if isinstance(part, ast.keyword) and part.arg not in (None, *WRONG):
                start, end = self.span(part)
                if number:
                    start = self.span(given[number - 1])[1]
                elif len(given) > 1:
                    end = self.span(given[1])[0]
                yield Place(start, end, b"", part.lineno, "dropped keyword")
        if len(node.args) > 1 and not any(isinstance(part, ast.Starred) for part in node.args[:2]):
            (start, here), (there, end) = map(self.span, node.args[:2])
            first, second = self.data[start:here], self.data[there:end]
            if first != second:
                new = second + self.data[here:there] + first
                yield Place(start, end, new, node.args[0].lineno, "swapped arguments")

    def statement(self, node: ast.stmt) -> Iterator[Place]:
        if isinstance(node, ast.Expr):
            if isinstance(node.value, ast.Call):
                yield self.put(node, b"pass", "statement left out")
        elif isinstance(node, ast.AugAssign):
            if type(node.op) in SIGNS:
                old, new = SIGNS[type(node.op)]
                yield from self.between(node.target, node.value, old + "=", new + "=", "sign")
        elif len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node.value)):
                yield self.put(node, b"pass", "statement left out")

    def words(self, node: ast.AST) -> Iterator[Place]:
        """Words that are settings: defaults, and what is compared with ``==``."""
        found: list[ast.expr | None] = []
        if isinstance(node, ast.arguments):
            found = [*node.defaults, *node.kw_defaults]
        elif isinstance(node, ast.AnnAssign):
            found = [node.value]
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
            found = [node.left, *node.comparators]
        for part in found:
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value:
                yield self.put(part, repr(part.value + "_").encode(), "word")


def wrong_answers(tree: ast.Module) -> set[str]:
    """The functions that an exercise of this module names as wrong answers, and nowhere else."""
    keywords = [part for part in ast.walk(tree) if isinstance(part, ast.keyword) and part.arg in WRONG]
    inside = [part for keyword in keywords for part in ast.walk(keyword)]
    names = {part.id for part in inside if isinstance(part, ast.Name)}
    known = {id(part) for part in inside}
    others = {part.id for part in ast.walk(tree) if isinstance(part, ast.Name) and id(part) not in known}
    return names - others


def places(text: str) -> list[Place]:
    """Every change of ``text``, in its order; a few give no program (``changed`` says which)."""
    return sorted(set(Reader(text).places()))


def changed(text: str, place: Place) -> str | None:
    """Return ``text`` after the change, or None where that is no program."""
    data = text.encode()
    new = (data[: place.start] + place.new + data[place.end :]).decode()
    try:
        ast.parse(new)
    except SyntaxError:
        return None
    return new
