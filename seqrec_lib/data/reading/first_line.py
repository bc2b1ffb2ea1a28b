"""What the first line of a text says of the rest: the sign between its columns, and whether it is data."""

from __future__ import annotations

import re

SEPARATORS = ("::", "\t", ",", ";", "|", " ")
# What four and three columns without names mostly are; the caller is told, and decides.
USUAL = {2: "user,item", 3: "user,item,time", 4: "user,item,rating,time"}


def first_line(text: bytes | memoryview, encoding: str) -> str:
    """The first line that is not blank, without its end; "" if there is none."""
    start = bytes(text[: 1 << 16]).decode(encoding, errors="replace").lstrip("\ufeff")
    return next((line for line in re.split(r"\r\n|\r|\n", start) if line.strip()), "")


def separator_of(line: str) -> str:
    """The separator that ``line`` holds most often; of two the longer one."""
    return max(SEPARATORS, key=lambda sign: (line.count(sign) * len(sign), len(sign)))


def how_to_read(line: str) -> tuple[str, str]:
    """The option, and its value, that would read a file whose first line is ``line``, if that is data."""
    fields = line.split(separator_of(line))
    if len(fields) < 2:
        return "sep", "the sign between the columns"
    return "columns", USUAL.get(len(fields), ",".join(("user", "item", *["-"] * max(len(fields) - 2, 0))))
