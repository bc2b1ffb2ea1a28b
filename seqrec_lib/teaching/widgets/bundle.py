"""Join ES modules into one, because a page from a folder may not load a module from another file.

Each module becomes a function that runs once and returns what it exports, so names of one module
cannot collide with those of another. Only the forms below are known; anything else is an error:

    import { a, b as c } from "./other.js";
    export function f / export async function f / export const x / export class C
    export default ...;                        (the entry alone)

The result is an ES module with a default export: what anywidget takes, and what a page runs inline.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache

from .scripts import read

_IMPORT = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"(\.[^"]+)";[ \t]*$', re.M)
_EXPORT = re.compile(r"^export\s+((?:async\s+)?function\*?|const|class)\s+([A-Za-z_$][\w$]*)", re.M)
_DEFAULT = re.compile(r"^export default ", re.M)
_COMMENT = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n|^[ \t]*//[^\n]*\n", re.M | re.S)


def _variable(path: str) -> str:
    return "m_" + re.sub(r"\W", "_", path.removesuffix(".js"))


def _bindings(names: str) -> str:
    """``a, b as c`` of an import as the ``a, b: c`` of a destructuring."""
    parts = [part.strip() for part in names.split(",") if part.strip()]
    return ", ".join(re.sub(r"^(\S+)\s+as\s+(\S+)$", r"\1: \2", part) for part in parts)


def _wrap(path: str, chain: tuple[str, ...], done: dict[str, str]) -> None:
    """Put ``path`` and all that it imports into ``done``, in the order in which they must run."""
    if path in done:
        return
    if path in chain:
        raise ValueError(f"modules import each other in a ring: {' -> '.join([*chain, path])}")
    code = _COMMENT.sub("", read(path))
    for _, other in _IMPORT.findall(code):
        _wrap(posixpath.normpath(posixpath.join(posixpath.dirname(path), other)), (*chain, path), done)

    def take(found: re.Match) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), found[2]))
        return f"const {{ {_bindings(found[1])} }} = {_variable(target)};"

    names = [name for _, name in _EXPORT.findall(code)]
    code = _EXPORT.sub(r"\1 \2", _IMPORT.sub(take, code))
    if _DEFAULT.search(code):
        code = _DEFAULT.sub("const standard = ", code)
        names.append("standard")
    left = re.search(r"^\s*(import|export)\b.*$", code, re.M)
    if left:
        raise ValueError(f"{path}: a form that the bundler does not know: {left[0].strip()}")
    body = code.strip()
    done[path] = f"const {_variable(path)} = (() => {{\n{body}\nreturn {{ {', '.join(names)} }};\n}})();\n"


def _joined(paths: tuple[str, ...]) -> str:
    done: dict[str, str] = {}
    for path in paths:
        _wrap(path, (), done)
    code = "".join(done.values())
    for mark in ("</script", "<!--", "<script"):
        if mark in code.lower():
            raise ValueError(f"the joined module holds {mark!r}, which would end or confuse an inline script")
    return code


@lru_cache(maxsize=32)
def module(view: str) -> str:
    """The ES module of the view in ``views/<view>.js``, with all that it imports.

    Raises:
        ValueError: a form of import or export that is not known, modules in a ring, a view without a
            default export, or text that cannot stand inside a page.
        FileNotFoundError: a file is missing.
    """
    path = f"views/{view}.js"
    if not _DEFAULT.search(read(path)):
        raise ValueError(f"{path} has no default export")
    return _joined((path,)) + f"export default {_variable(path)}.standard;\n"


@lru_cache(maxsize=32)
def inline(view: str, element: str) -> str:
    """The same as a script that stands in a page and draws into the element with the id ``element``."""
    path, starter = f"views/{view}.js", "toolkit/view.js"
    return (
        _joined((path, starter)) + f'{_variable(starter)}.start("{element}", {_variable(path)}.standard);\n'
    )


@lru_cache(maxsize=8)
def library(*paths: str) -> str:
    """An ES module that exports everything the modules ``paths`` export: for tests and for experiments."""
    code = _joined(paths)
    members = ", ".join(f"...{_variable(path)}" for path in paths)
    return code + f"export default {{ {members} }};\n"


@lru_cache(maxsize=1)
def styles() -> str:
    """The CSS of the views."""
    return _COMMENT.sub("", read("toolkit/toolkit.css"))
