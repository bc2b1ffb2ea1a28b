"""A view: a module in JavaScript and its data, alive in a static page, in Jupyter and in Colab.

The same module serves all three. A static page gets it inline, with the data as JSON, and needs no
server and no other host. Jupyter and Colab get an anywidget where that package is installed, and the
static form where it is not.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...messages import message
from ..captions import Captioned
from .bundle import inline, module, styles

if TYPE_CHECKING:
    from anywidget import AnyWidget

_PLAIN = re.compile(r"[A-Za-z0-9+/=_-]*")


def as_json(data: object) -> str:
    """``data`` as JSON that can stand inside a ``<script>``: nothing in it can end that element.

    Raises:
        ValueError: a number that JSON does not know, such as NaN.
        TypeError: a value that is no plain one.
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for letter in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    # A lone half of a surrogate pair is no text: a file could not hold it.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


class View(Captioned):
    """Something to play with on a page.

    Args:
        name: of the module ``book/assets/views/<name>.js``.
        label: what a screen reader calls it; say what can be done here.
        data: plain values, which the module gets as they are.
        payloads: name to text (for example base64) that is large and needed only when the reader asks:
            the book keeps each in a file of its own, a notebook keeps it in the output.
        answer: ``answer(question)`` is called where a kernel runs, with plain values, and gives plain
            values back; a static page never calls it.

    Raises:
        ValueError: an empty label; data that are no JSON; a payload that is no base64.
    """

    def __init__(
        self,
        name: str,
        label: str,
        data: Mapping[str, object],
        payloads: dict[str, str] | None = None,
        answer: Callable[[Any], object] | None = None,
    ) -> None:
        if not label.strip():
            raise ValueError("label is empty: say what a reader can do in this view")
        self.name, self.label, self.data, self.payloads = name, label, data, payloads or {}
        self.answer = answer
        for key, text in self.payloads.items():
            if not _PLAIN.fullmatch(key) or not _PLAIN.fullmatch(text):
                raise ValueError(f"payload {key!r} must be base64 under a plain name: it stands in a script")
        self.json = as_json(data)
        salt = "\0".join([name, label, self.json, *self.payloads, *self.payloads.values()])
        self.id = "view-" + hashlib.sha256(salt.encode("utf-8", "replace")).hexdigest()[:10]

    def _repr_html_(self) -> str:
        wait = html.escape(message("This view needs JavaScript: {label}", label=self.label))
        held = "".join(
            f'<script type="text/plain" class="sq-payload" id="{self.id}-{name}" '
            f'data-payload-of="{self.id}" data-name="{name}">{text}</script>'
            for name, text in self.payloads.items()
        )
        page = (
            f"<style>{styles()}</style>"
            f'<section class="sq-place" id="{self.id}" aria-label="{html.escape(self.label)}">'
            f"<p>{wait}</p></section>"
            f'<script type="application/json" id="{self.id}-data">{self.json}</script>{held}'
            f'<script type="module">{inline(self.name, self.id)}</script>'
        )
        return f'<figure class="view">{page}{self.figcaption()}</figure>' if self.number else page

    def _repr_mimebundle_(self, **options: Any) -> dict[str, object] | tuple:
        page: dict[str, object] = {"text/html": self._repr_html_(), "text/plain": repr(self)}
        # The build of the book has a kernel too, but its readers have none.
        if os.environ.get("SEQREC_STATIC_PAGE"):
            return page
        widget = self.widget()
        if widget is None:
            return page
        found = widget._repr_mimebundle_(**options)
        live, about = found if isinstance(found, tuple) else (found or {}, {})
        return {**page, **live, "text/plain": repr(self)}, about

    def widget(self) -> AnyWidget | None:
        """The view as an anywidget, traits ``data``, ``payloads`` and ``caption``; None without anywidget."""
        try:
            import anywidget
            import traitlets
        except ImportError:
            return None

        class Live(anywidget.AnyWidget):
            _esm = module(self.name)
            _css = styles()
            data = traitlets.Dict().tag(sync=True)
            payloads = traitlets.Dict().tag(sync=True)
            answers = traitlets.Bool().tag(sync=True)
            caption: Any = traitlets.List().tag(sync=True)

        live = Live(
            data=json.loads(self.json),
            payloads=self.payloads,
            answers=self.answer is not None,
            caption=list(self.caption_words) if self.number else [],
        )
        live.on_msg(lambda _, content, __: live.send(self.reply(content)))
        return live

    def reply(self, content: dict) -> dict:
        """What goes back for ``{"number", "question"}``: the number with ``answer``, or with ``error``."""
        number = content.get("number")
        try:
            if self.answer is None:
                raise ValueError("this view answers no questions")
            return {"number": number, "answer": json.loads(as_json(self.answer(content.get("question"))))}
        except Exception as error:  # the reader sees it in the view; the kernel goes on
            return {"number": number, "error": f"{type(error).__name__}: {error}"}

    def __repr__(self) -> str:
        return f"View: {self.label}"
