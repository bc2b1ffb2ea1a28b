"""What takes the place of a role: plain Markdown with the words and links of the rendered page."""

from __future__ import annotations

from .errors import ConversionError, Place
from .names import Names

CITATIONS = {"cite", "cite:p", "cite:t", "cite:ps", "cite:ts", "cite:author", "cite:year"}
REFERENCES = {"term", "doc", "ref", "numref", "eq", "math:numref", "prf:ref", "any"}
DRESS = {"sub": "<sub>{}</sub>", "sup": "<sup>{}</sup>", "kbd": "<kbd>{}</kbd>", "math": "${}$"}
ROLES = CITATIONS | REFERENCES | set(DRESS) | {"abbr", "code", "strong", "emphasis"}


def plain_role(name: str, content: str, place: Place, names: Names) -> str:
    """Return the Markdown for ``{name}`content```.

    Raises:
        ConversionError: the role is not known, or the pages have nothing for it.
    """
    if name in CITATIONS | REFERENCES:
        pieces = names.role(f":{name}:`{content}`", place)
        if name in CITATIONS:  # square brackets around a link are easily taken for a link
            pieces = [{**p, "text": p["text"].replace("[", "(").replace("]", ")")} for p in pieces]
        return "".join(as_markdown(piece, names) for piece in pieces)
    if name in DRESS:
        return DRESS[name].format(content)
    if name == "abbr":
        return content
    if name == "code":
        return f"`{content}`"
    if name in ("strong", "emphasis"):
        return {"strong": "**{}**", "emphasis": "*{}*"}[name].format(content)
    raise ConversionError(place, f"unknown role {{{name}}}", "teach it to book/make/published/roles.py")


def as_markdown(piece: dict, names: Names) -> str:
    if not piece["link"]:
        return piece["text"]
    return f"[{piece['text']}]({names.address(piece['link'])})"
