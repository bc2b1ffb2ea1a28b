"""From MyST to plain Markdown: find each piece of MyST by its tokens, put plain Markdown in its place.

The text between is left as it was written, letter for letter.
"""

from __future__ import annotations

import re

from markdown_it.token import Token

from .directives import Directive, display, embedded, plain_directive, split_body
from .errors import ConversionError, Place
from .names import Names
from .parser import parser
from .roles import plain_role

# Tokens whose source is plain Markdown already.
PLAIN = {"inline", "html_block", "hr", "code_block", "paragraph", "heading", "bullet_list"}
PLAIN |= {"ordered_list", "list_item", "blockquote", "table", "thead", "tbody", "tr", "th", "td"}
PLAIN_INLINE = {"text", "code_inline", "softbreak", "hardbreak", "html_inline", "math_inline", "text_special"}
PLAIN_INLINE |= {"strong", "em", "s", "link"}
UNSEEN = {"myst_target", "myst_line_comment", "myst_block_break"}
RELATIVE = re.compile(r"""<[^>]*\s(?:href|src)=["']?(?!https?:|data:|#|mailto:)""", re.I)


def kind_of(token: Token) -> str:
    return token.type.removesuffix("_open").removesuffix("_close")


def to_plain(text: str, place: Place, names: Names) -> str:
    """Return ``text``, which is MyST, as plain Markdown with the numbers and links of the pages.

    Raises:
        ConversionError: something in it is not known, or refers to nothing.
    """
    lines = text.split("\n")
    edits: list[tuple[int, int, list[str]]] = []
    tokens = parser().parse(text)
    cursor: dict[int, int] = {}  # for each line, how far its cells of a table were read
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.type == "dl_open":
            end = next(i for i in range(index, len(tokens)) if closes(tokens[i], token))
            edits.append((*token.map, definitions(tokens[index : end + 1], lines, place, names)))
            index = end
        elif token.type == "inline":
            edits += inline_edit(token, lines, cursor, place, names)
        else:
            edits += block_edit(token, lines, place, names)
        index += 1
    for start, end, new in sorted(edits, key=lambda edit: edit[0], reverse=True):
        lines[start:end] = new
    return "\n".join(lines)


def closes(token: Token, opened: Token) -> bool:
    return token.type == opened.type.replace("_open", "_close") and token.level == opened.level


def margins(line: str, at: int) -> tuple[str, str]:
    """Return what stands before column ``at`` of ``line``, and the same for the lines that follow."""
    head = line[:at]
    return head, re.sub(r"[^>\s]", " ", head)


def block_edit(token: Token, lines: list[str], place: Place, names: Names) -> list:
    """Return the edit that a block token asks for: none, or one ``(first line, end, new lines)``."""
    if token.type in UNSEEN:
        return [(*token.map, [])]
    if token.type in ("math_block", "math_block_label", "fence", "colon_fence", "amsmath"):
        if token.type == "math_block_label":
            made = display(token.content, names.equation(token.info, place))
        elif token.type == "math_block":
            if display(token.content) == display(token.content, lines_too=False):
                return []
            made = display(token.content)
        elif token.type == "amsmath":
            if token.meta.get("numbered") != "*":
                advice = "write $$ ... $$ (eq-name) instead"
                raise ConversionError(place, "a formula with a number and no label", advice)
            return []
        elif token.type == "fence" and not token.info.strip().startswith("{"):
            return []
        else:
            made = directive(token, place, names)
        start, end = token.map
        at = len(lines[start]) - len(lines[start].lstrip(" >-*+0123456789."))
        if token.type.startswith("math_block"):
            at = lines[start].index("$$")
        first, other = margins(lines[start], at)
        new = [(first if i == 0 else other) + line for i, line in enumerate(made.split("\n"))]
        return [(start, end, [line.rstrip() for line in new])]
    if token.type == "html_block" and RELATIVE.search(token.content):
        raise ConversionError(place, "raw HTML with a relative address", "write the link in Markdown")
    if kind_of(token) not in PLAIN:
        advice = "teach it to book/make/published/markdown.py"
        raise ConversionError(place, f"unknown syntax: {token.type} at {lines[token.map[0]][:60]!r}", advice)
    return []


def directive(token: Token, place: Place, names: Names) -> str:
    name, _, argument = token.info.strip().partition("}")
    if not name.startswith("{"):
        raise ConversionError(place, f"the fence {token.markup}{token.info} has no {{name}}")
    options, body = split_body(token.content.rstrip("\n"))

    def inner(text: str) -> str:
        return to_plain(text, place, names)

    return plain_directive(Directive(name[1:], argument.strip(), body, place, names, inner, options))


def definitions(tokens: list[Token], lines: list[str], place: Place, names: Names) -> list[str]:
    """Return a list of definitions as a plain list: plain Markdown has no other."""
    made, title = [], ""
    for number, token in enumerate(tokens):
        if token.type == "dt_open":
            title = to_plain(tokens[number + 1].content, place, names)
        elif token.type == "dd_open" and token.level == tokens[0].level + 1:
            end = next(i for i in range(number, len(tokens)) if closes(tokens[i], token))
            last = max(t.map[1] for t in tokens[number:end] if t.map)
            body = lines[token.map[0] : last]
            body[0] = re.sub(r"^(\s*)[:~]", r"\1 ", body[0])
            indent = min((len(b) - len(b.lstrip()) for b in body if b.strip()), default=0)
            text = to_plain("\n".join(b[indent:] for b in body).strip("\n"), place, names)
            made += f"- **{title}**: {text}".replace("\n", "\n  ").split("\n")
    return [*made, ""]


def inline_edit(token: Token, lines: list[str], cursor: dict, place: Place, names: Names) -> list:
    """Convert the text of a paragraph, a heading or a cell of a table in its lines."""
    content = token.content
    changed = plain_inline(content, token.children, place, names)
    start = token.map[0]
    old = content.split("\n")
    if changed == content:
        if len(old) == 1:  # the next cell of a table is sought after this one
            cursor[start] = max(lines[start].find(content, cursor.get(start, 0)) + len(content), 0)
        return []
    where = []
    for offset, line in enumerate(old):
        at = lines[start + offset].find(line, cursor.get(start + offset, 0))
        if at < 0:
            raise ConversionError(place, f"cannot find {line[:60]!r} in its own line", "write it otherwise")
        where.append(at)
    if len(old) == 1 and "\n" not in changed:
        line, at = lines[start], where[0]
        # Several cells of a table share a line: it is changed at once, and the next cell is sought after it.
        lines[start] = line[:at] + changed + line[at + len(content) :]
        cursor[start] = at + len(changed)
        return []
    first, other = margins(lines[start], where[0])
    if len(old) > 1:
        other = lines[start + 1][: where[1]]
    new = [(first if i == 0 else other) + line for i, line in enumerate(changed.split("\n"))]
    return [(start, start + len(old), new)]


def plain_inline(content: str, children: list[Token], place: Place, names: Names) -> str:
    """Return one run of inline text with its roles, links and images converted."""
    edits = []
    for token in children:
        if kind_of(token) not in PLAIN_INLINE | {"myst_role", "image"}:
            advice = "teach it to book/make/published/markdown.py"
            raise ConversionError(place, f"unknown syntax: {token.type} in {content[:60]!r}", advice)
        span = token.meta.get("span")
        if token.type == "myst_role":
            made = plain_role(token.meta["name"], token.content, place, names)
            edits.append((*span, made))
        elif token.type == "link_open" and span and local(str(token.attrs["href"])):
            address = names.link(str(token.attrs["href"]), place)
            end = token.meta["text_end"]
            if end == span[0] + 1:
                raise ConversionError(place, f"the link {content[slice(*span)]} has no words")
            edits.append((end, span[1], f"]({address})"))
        elif token.type == "image":
            source = str(token.attrs["src"])
            if not source.startswith(("data:", "attachment:")):
                edits.append((*span, f"![{token.content}]({embedded(source, place)})"))
        elif token.type == "html_inline" and RELATIVE.search(token.content):
            raise ConversionError(place, "raw HTML with a relative address", "write the link in Markdown")
    for start, end, new in sorted(edits, reverse=True):
        content = content[:start] + new + content[end:]
    return content


def local(target: str) -> bool:
    return not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", target)
