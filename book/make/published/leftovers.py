"""Look for MyST in text that should have none: the last check before a notebook is published."""

from __future__ import annotations

import re

from .parser import parser

KINDS = {"myst_role", "myst_target", "myst_line_comment", "myst_block_break", "math_block_label"}
KINDS |= {
    "substitution_inline",
    "substitution_block",
    "dl_open",
    "colon_fence",
    "footnote_ref",
    "front_matter",
}


def leftovers(text: str) -> list[str]:
    """Return the pieces of MyST in ``text`` that plain Jupyter would show raw; none is the aim."""
    found = []
    for token in parser().parse(text):
        for one in [token, *(token.children or [])]:
            if one.type in KINDS or (one.type == "fence" and one.info.strip().startswith("{")):
                found.append(f"{one.type}: {(one.info + ' ' + one.content).strip()[:60]}")
    # A second opinion without the parser, with code and formulas taken out.
    bare = re.sub(r"```.*?```|\$\$.*?\$\$|\$[^$\n]*\$|(`+).*?\1", "·", text, flags=re.S)
    found += re.findall(r"\{[a-z][a-z:-]*\}·|^:::+.*$|^\([\w-]+\)=$|\$\$ *\([\w-]+\)", bare, flags=re.M)
    return found
