"""Move the large payloads of views out of the pages into files that are loaded only when a reader asks.

A view writes a payload, such as the weights of a model, into the page, because a notebook has no other
place for it. In the book each becomes a script under ``_static/payloads/``: a script, because a page
that was opened from a folder may load one, while it may not fetch.
"""

from __future__ import annotations

import re
from pathlib import Path

_PAYLOAD = re.compile(
    r'(<script type="text/plain" class="sq-payload" id="([\w-]+)"[^>]*)>([A-Za-z0-9+/=]+)</script>'
)


def move_payloads_out(html: Path) -> list[Path]:
    """Change every page below ``html`` in place; return the files that were written."""
    written = []
    for page in sorted(html.rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        up = "../" * len(page.relative_to(html).parent.parts)

        def move(found: re.Match, up: str = up) -> str:
            opening, name, payload = found.groups()
            target = html / "_static" / "payloads" / f"{name}.js"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(
                f'(globalThis.seqrecPayloads ??= {{}})["{name}"] = "{payload}";\n', encoding="utf-8"
            )
            written.append(target)
            return f'{opening} data-src="{up}_static/payloads/{name}.js"></script>'

        changed = _PAYLOAD.sub(move, text)
        if changed != text:
            page.write_text(changed, encoding="utf-8")
    return written
