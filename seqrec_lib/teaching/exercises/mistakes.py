"""``mistakes("name")``: the wrong answers that an exercise's checker knows, for whoever teaches it."""

from __future__ import annotations

import html

from ...messages import message
from .breaking import BreakingInput
from .checker import Posed
from .reading import Reading


class Mistakes(list[tuple[str, str]]):
    """Pairs of a mistake and the hint that a reader gets for it; a table in a notebook.

    Args:
        name: what ``check`` calls the exercise. posed: the exercise.
    """

    def __init__(self, name: str, posed: Posed) -> None:
        self.name = name
        super().__init__(_known(posed))

    def summary(self) -> str:
        """How many there are."""
        return message("The checker of {name} knows {n} mistakes.", name=self.name, n=len(self))

    def __repr__(self) -> str:
        return "\n".join([self.summary(), *(f"{mistake}: {hint}" for mistake, hint in self)])

    def _repr_html_(self) -> str:
        heads = "".join(
            f"<th>{html.escape(message(head))}</th>" for head in ("Mistake", "What the reader is told")
        )
        rows = "".join(
            f"<tr><td><code>{html.escape(mistake)}</code></td><td>{html.escape(hint)}</td></tr>"
            for mistake, hint in self
        )
        table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        return f"<p>{html.escape(self.summary())}</p>{table}"


def _known(posed: Posed) -> list[tuple[str, str]]:
    if isinstance(posed, BreakingInput):
        return [(rival.name, message(rival.hint)) for rival in posed.rivals]
    if isinstance(posed, Reading):
        return [
            (message("sentence {n}: {word}", n=n, word=message(word)), message(hint))
            for n, sentence in enumerate(posed.sentences, 1)
            for word, hint in sentence.hints.items()
        ]
    return [(mutant.name, message(mutant.hint)) for mutant in posed.mutants]
