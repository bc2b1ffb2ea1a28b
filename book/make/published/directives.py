"""What takes the place of a directive: plain Markdown.

A directive is ```` ```{name} argument ````, options (``:key: value`` lines or a YAML block), a body.
Each function here takes a :class:`Directive` and returns Markdown; ``inner`` converts a body.
"""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import yaml

from .errors import ConversionError, Place
from .names import Names
from .parser import ROOT

TITLES = {
    "note": "Note",
    "tip": "Tip",
    "hint": "Hint",
    "important": "Important",
    "warning": "Warning",
    "caution": "Caution",
    "attention": "Attention",
    "danger": "Danger",
    "error": "Error",
    "seealso": "See also",
}
LARGEST_IMAGE = 300_000  # bytes: an image travels inside the notebook


@dataclass
class Directive:
    """One directive: its parts, where it stands, and how to convert what is inside."""

    name: str
    argument: str
    body: str
    place: Place
    names: Names
    inner: Callable[[str], str]
    options: dict = field(default_factory=dict)


def split_body(text: str) -> tuple[dict, str]:
    """Return the options at the head of a directive's text, and the rest."""
    lines = text.split("\n")
    if lines[0].strip() == "---" and "---" in [line.strip() for line in lines[1:]]:
        end = [line.strip() for line in lines].index("---", 1)
        return yaml.safe_load("\n".join(lines[1:end])) or {}, "\n".join(lines[end + 1 :]).strip("\n")
    options = {}
    while lines and (found := re.match(r":([A-Za-z][\w-]*):(?:\s+(.*))?$", lines[0])):
        options[found.group(1)] = (found.group(2) or "").strip()
        lines.pop(0)
    return options, "\n".join(lines).strip("\n")


def quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def folded(title: str, text: str) -> str:
    return f"<details>\n<summary>{title}</summary>\n\n{text}\n\n</details>"


def admonition(d: Directive) -> str:
    if d.name == "admonition":
        title, body = d.inner(d.argument), d.body
    else:  # words beside the name of a note belong to its text
        title, body = TITLES[d.name], f"{d.argument}\n{d.body}".strip("\n")
    if "dropdown" in str(d.options.get("class", "")):
        return folded(title, d.inner(body))
    stop = "" if title.endswith(("?", "!", ".")) else "."
    return quoted(f"**{title}{stop}**\n\n{d.inner(body)}")


def dropdown(d: Directive) -> str:
    return folded(d.inner(d.argument) or "More", d.inner(d.body))


def exercise(d: Directive) -> str:
    number = d.names.number_of(str(d.options.get("label", "")), d.place)
    title = f"Exercise {number}".strip() + (f": {d.inner(d.argument)}" if d.argument else "")
    return quoted(f"**{title}**\n\n{d.inner(d.body)}")


def solution(d: Directive) -> str:
    return folded("Solution", d.inner(d.body))


def quotation(d: Directive) -> str:
    head = f"**{d.inner(d.argument)}**\n\n" if d.argument else ""
    return quoted(head + d.inner(d.body))


def listing(d: Directive) -> str:
    return f"```{d.argument}\n{d.body}\n```"


def formula(d: Directive) -> str:
    label = str(d.options.get("label", ""))
    return display(f"{d.argument}\n{d.body}".strip(), d.names.equation(label, d.place) if label else "")


def display(tex: str, number: str = "", lines_too: bool = True) -> str:
    """Return a display formula with its number; lines that Sphinx would align are aligned here too."""
    tex = tex.strip("\n")
    if lines_too and r"\\" in tex and r"\begin{" not in tex:
        tex = rf"\begin{{aligned}}{chr(10)}{tex}{chr(10)}\end{{aligned}}"
    return f"$$\n{tex}" + (f"\n\\tag{{{number}}}" if number else "") + "\n$$"


def picture(d: Directive) -> str:
    alt = str(d.options.get("alt", "")).strip()
    if not alt:
        raise ConversionError(d.place, f"the picture {d.argument} has no alt text", "add :alt:")
    shown = f"![{alt}]({embedded(d.argument, d.place)})"
    if d.name == "image" or not d.body.strip():
        return shown
    number = d.names.number_of(str(d.options.get("name", "")), d.place)
    return f"{shown}\n\n" + (f"**Fig. {number}.** " if number else "") + d.inner(d.body)


def embedded(path: str, place: Place) -> str:
    """Return an image of the book as a data address, so that it shows wherever the notebook goes."""
    if "://" in path:
        raise ConversionError(place, f"the image {path} lies on another host", "keep it under book/")
    file = (ROOT / place.file).parent / path
    if not file.is_file():
        raise ConversionError(place, f"there is no image {path}")
    data = file.read_bytes()
    if len(data) > LARGEST_IMAGE:
        raise ConversionError(place, f"the image {path} has {len(data)} bytes, more than {LARGEST_IMAGE}")
    kind = mimetypes.guess_type(file.name)[0] or "image/png"
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def diagram(d: Directive) -> str:
    where = f"[drawn on the page]({d.names.page_address(d.place)})"
    return f"```mermaid\n{d.body}\n```\n\nThis diagram is {where}."


def table(d: Directive) -> str:
    return f"**{d.inner(d.argument)}**\n\n{d.inner(d.body)}" if d.argument else d.inner(d.body)


def glossary(d: Directive) -> str:
    """Terms at the margin, meanings indented below: each becomes an entry of a list."""
    entries = re.split(r"\n(?=\S)", d.body.strip("\n"))
    made = []
    for entry in entries:
        term, _, meaning = entry.partition("\n")
        text = "\n".join(line[2:] if line.startswith("  ") else line for line in meaning.split("\n"))
        made.append(f"- **{term.strip()}**: " + d.inner(text.strip("\n")).replace("\n", "\n  "))
    return "\n".join(made)


def on_the_page(d: Directive) -> str:
    return f"(This part is [on the page]({d.names.page_address(d.place)}).)"


DIRECTIVES: dict[str, Callable[[Directive], str]] = {
    **dict.fromkeys([*TITLES, "admonition"], admonition),
    "dropdown": dropdown,
    "exercise": exercise,
    "solution": solution,
    **dict.fromkeys(["margin", "sidebar", "epigraph", "topic"], quotation),
    **dict.fromkeys(["code", "code-block", "code-cell", "sourcecode"], listing),
    "math": formula,
    **dict.fromkeys(["figure", "image"], picture),
    "mermaid": diagram,
    "table": table,
    "glossary": glossary,
    **dict.fromkeys(["bibliography", "tableofcontents", "raw"], on_the_page),
}


def plain_directive(d: Directive) -> str:
    """Return the Markdown for a directive.

    Raises:
        ConversionError: it is not known.
    """
    if d.name not in DIRECTIVES:
        advice = "teach it to book/make/published/directives.py"
        raise ConversionError(d.place, f"unknown directive {{{d.name}}}", advice)
    return DIRECTIVES[d.name](d)
