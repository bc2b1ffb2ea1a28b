"""Several pictures in one place, one shown at a time: plain HTML, no script, no kernel.

Radio buttons and a style rule do the work, so it plays in the static page, in Jupyter and in Colab,
by mouse, by touch and by keyboard (arrow keys).
"""

from __future__ import annotations

import hashlib
import html

from ..captions import Captioned
from .picture import Picture


class Tabs(Captioned):
    """Pictures behind labelled radio buttons.

    Args:
        pictures: label to picture, at least one. question: what the reader chooses.
    """

    def __init__(self, question: str, pictures: dict[str, Picture]) -> None:
        if not pictures:
            raise ValueError("no pictures: give at least one")
        self.question, self.pictures = question, pictures

    def _repr_html_(self) -> str:
        names = " ".join([self.question, *self.pictures])
        group = "tabs" + hashlib.sha256(names.encode()).hexdigest()[:8]
        choices, panels, rules = [], [], []
        for number, (label, picture) in enumerate(self.pictures.items()):
            key = f"{group}-{number}"
            checked = " checked" if number == 0 else ""
            choices.append(
                f'<label><input type="radio" name="{group}" id="{key}"{checked}> {html.escape(label)}</label>'
            )
            panels.append(f'<div class="{key}">{picture._repr_html_()}</div>')
            rules.append(f"#{group}:has(#{key}:checked) .{key} {{ display: block; }}")
        style = f"#{group} > div {{ display: none; }} #{group} label {{ margin-right: 1em; }}"
        style += f"#{group} fieldset {{ border: 1px solid; padding: 0.3em 0.8em; }}"
        # a notebook program may have its own idea of a legend
        style += (
            f"#{group} legend {{ float: none; width: auto; margin: 0; padding: 0 0.3em; font-size: 1em; }}"
        )
        return (
            f'<figure class="tabs" id="{group}"><style>{style}{"".join(rules)}</style>'
            f"<fieldset><legend>{html.escape(self.question)}</legend>{''.join(choices)}</fieldset>"
            f"{''.join(panels)}{self.figcaption()}</figure>"
        )

    def __repr__(self) -> str:
        return f"Tabs: {self.question} " + "; ".join(self.pictures)
