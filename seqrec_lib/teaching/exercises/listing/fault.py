"""A fault of the listing: where it stands, a check that fails, and what it costs."""

from __future__ import annotations

import html
import inspect
from collections.abc import Callable
from dataclasses import dataclass

from ....messages import message
from ....results import load_results
from ..checker import check_in
from ..exercise import Exercise
from ..result import CheckResult


@dataclass(frozen=True)
class Cost:
    """What a fault costs, measured now: a sentence and the numbers (or the error) in it."""

    words: str
    numbers: dict[str, float | str]

    def __repr__(self) -> str:
        return self.words


@dataclass(frozen=True)
class Fault:
    """One fault of the listing.

    Attributes:
        name, title: what it is called. excerpt: the lines of the listing that hold it.
        faulty: the same fault as a small function. task: what a mended one does, in a sentence or two.
        exercise: checks a mended function.
        measure: gives ``(sentence, numbers)``; see :meth:`cost`. mended: the mended text, where it is
            not the reference's. difficulty, minutes: what it asks of a reader.
    """

    name: str
    title: str
    excerpt: str
    faulty: Callable | str
    task: str
    exercise: Exercise
    measure: Callable[[], tuple[str, dict]]
    mended: str = ""
    difficulty: str = "easy"
    minutes: int = 5

    def check(self, function: Callable | str | None = None) -> CheckResult:
        """Check a mended function; without one, the faulty function itself, which fails."""
        from .. import check  # the faults are among the exercises, and those know the faults

        if function is None:
            return check_in({self.name: self.exercise}, self.name, self.faulty)
        return check(self.name, function)  # type: ignore[arg-type]

    def cost(self) -> Cost:
        """Measure what the fault costs; it takes at most a few seconds and is the same each time."""
        words, numbers = self.measure()
        return Cost(message(words, **numbers), numbers)

    @property
    def faulty_source(self) -> str:
        """The faulty function's text, to copy and mend."""
        return self.faulty if isinstance(self.faulty, str) else inspect.getsource(self.faulty)

    @property
    def mended_source(self) -> str:
        """A mended function's text."""
        return self.mended or inspect.getsource(self.exercise.reference)

    def trained(self) -> dict[str, float] | None:
        """Test NDCG@10 with the fault and without it, means over seeds, from the committed runs.

        None where the fault needs no training to be seen. Keys: ``mended``, ``faulty``, ``seeds``; for
        padding also ``unpadded``, the faulty model asked with histories that are not filled up.
        """
        rows = load_results("listing_costs").rows
        mine = [row for row in rows if row["fault"] == self.name]
        if not mine:
            return None
        found = {
            "mended": [row["test"]["NDCG@10"] for row in rows if row["fault"] == "none"],
            "faulty": [row["test"]["NDCG@10"] for row in mine],
        }
        if unpadded := [row["test_unpadded"]["NDCG@10"] for row in mine if "test_unpadded" in row]:
            found["unpadded"] = unpadded
        means = {kind: sum(values) / len(values) for kind, values in found.items()}
        return {**means, "seeds": len(found["faulty"])}

    def _heading(self) -> str:
        level = message(self.difficulty)
        return message("Your task (debug · {level} · {n} minutes)", level=level, n=self.minutes)

    def show(self, mended: bool = False) -> Exhibit:
        """The lines of the listing, the task, the failing check, the cost; ``mended`` adds a mended one."""
        parts = [
            (message("In the listing"), self.excerpt, True),
            (self._heading(), message(self.task), False),
            (message("To mend"), self.faulty_source, True),
            (message("Its check"), repr(self.check()), False),
            (message("Its cost"), self.cost().words, False),
        ]
        if trained := self.trained():
            words = message(
                "Trained on world:video, mean of {seeds} seeds: test NDCG@10 {mended:.3f} mended, "
                "{faulty:.3f} with this fault put back.",
                **trained,
            )
            if "unpadded" in trained:
                words += " " + message(
                    "But the faulty model reads the padding: asked with the bare history it falls to "
                    "{unpadded:.3f}.",
                    **trained,
                )
            parts.append((message("After training"), words, False))
        if mended:
            parts.append((message("Mended"), self.mended_source, True))
        return Exhibit(message(self.title), tuple(parts))


@dataclass(frozen=True)
class Exhibit:
    """A fault laid out for a page or a terminal. ``parts``: (heading, text, whether it is code)."""

    title: str
    parts: tuple[tuple[str, str, bool], ...]

    def __repr__(self) -> str:
        return "\n\n".join([self.title, *(f"{heading}:\n{text.rstrip()}" for heading, text, _ in self.parts)])

    def _repr_html_(self) -> str:
        rows = [f"<p><strong>{html.escape(self.title)}</strong></p>"]
        for heading, text, code in self.parts:
            body = html.escape(text.rstrip())
            body = f"<pre>{body}</pre>" if code else f"<p>{body}</p>".replace("\n", "<br>")
            rows.append(f"<p><em>{html.escape(heading)}</em></p>{body}")
        return '<div class="seqrec-fault">' + "".join(rows) + "</div>"


def error_words(function: Callable, *inputs: object) -> str:
    """Call ``function`` and return the error that it raises, type and words.

    Raises:
        AssertionError: it raises none, so the fault is gone.
    """
    try:
        function(*inputs)
    except (RuntimeError, ValueError, NameError, TypeError) as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    raise AssertionError("this was to raise")
