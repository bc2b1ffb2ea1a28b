"""Titles that would break a page that took text for markup, and what tells that they did."""

from __future__ import annotations

HOSTILE = {
    "markup": "<img src=x onerror=\"window.hacked='img'\">",
    "script": "</script><script>window.hacked='script'</script>",
    "quotes": '"quoted" \'single\' `back` \\ " onfocus="window.hacked=\'quote\'" autofocus x="',
    "right to left": "שלום \u202eevil\u202c عربي",
    "emoji": "🎬👩‍👩‍👧‍👦 Żółć ✓",
    "long": "endless" * 71 + "end",
    "formula": "$x_1$ and \\(y\\) and $$z$$",
    "entities": "&lt;b&gt; &amp; &#39; <b>bold</b>",
    "template": "{item} ${window.hacked='template'} {{x}}",
    "lines": "one\ntwo\tthree\u2028four",
}
assert len(HOSTILE["long"]) == 500

# What no hostile title may leave behind.
TRACES = """() => ({
  hacked: window.hacked ?? null,
  elements: [...document.querySelectorAll('main img, main b, main script[src], main [onerror], main [onfocus],'
    + ' main [autofocus], main mjx-container')].map(e => e.outerHTML.slice(0, 80)),
  wide: document.documentElement.scrollWidth - innerWidth,
})"""
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>hostile</title>
<meta name="viewport" content="width=device-width"></head><body><main>{body}</main></body></html>"""


def titles(n: int) -> list[str]:
    """``(n + 1,)`` titles, entry 0 empty, the hostile ones in turn, each different."""
    kinds = list(HOSTILE.values())
    return ["", *(kinds[i % len(kinds)] + (f" {i}" if i >= len(kinds) else "") for i in range(n))]
