"""Exercises of the kind "read": a verdict on each of several sentences, from figures that the chapter shows.

What is right follows from the stored results, so a sentence cannot outlive the rows that it is about. The
sentences themselves stand in the chapter's notebook, numbered from 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...messages import message
from ...results import Results
from .given import take
from .larger import LargerRun
from .verdict import Verdict

YES, NO, OPEN = "yes", "no", "open"
WORDS = (YES, NO, OPEN)


def decided(low: float, high: float) -> str:
    """Whether an interval of a difference says that it is above 0: yes, no, or open where it holds 0."""
    return YES if low > 0 else NO if high < 0 else OPEN


def apart(a: Results, b: Results, metric: str = "NDCG@10", part: str = "test") -> str:
    """Whether the interval of ``a`` lies above that of ``b``: yes, below it: no, open where they overlap."""
    (low, high), (other_low, other_high) = (rows.interval(metric, part) for rows in (a, b))
    return YES if low > other_high else NO if high < other_low else OPEN


@dataclass(frozen=True)
class Sentence:
    """One sentence to judge.

    Attributes:
        right: gives the right verdict, from stored results. hints: a wrong verdict to what to look at.
    """

    right: Callable[[], str]
    hints: Mapping[str, str]


@dataclass(frozen=True, repr=False)
class Reading:
    """What ``check`` needs where verdicts are asked for.

    Attributes:
        name: what ``check`` calls it. sentences: in the order of the task. hints: general hints.
    """

    name: str
    sentences: tuple[Sentence, ...]
    hints: tuple[str, ...] = ()
    seconds: float = 5.0
    names: ClassVar[tuple[str, ...]] = ()  # the stub takes nothing
    larger: ClassVar[LargerRun | None] = None

    def __repr__(self) -> str:
        return message(
            "The exercise {name!r} asks for verdicts on {n} sentences. They stand in the chapter's notebook.",
            name=self.name,
            n=len(self.sentences),
        )

    def right(self) -> list[str]:
        """The right verdicts."""
        return [sentence.right() for sentence in self.sentences]

    def examine(self, answer: object) -> tuple[Verdict, str]:
        """The verdict on ``answer``, and what it printed."""
        given = take(answer, self.seconds)
        if given.wrong is not None:
            return given.wrong, given.printed
        return self._judged(given.value), given.printed

    def _judged(self, value: object) -> Verdict:
        words = _as_words(value)
        if words is None:
            return Verdict("type", message('Return a list of words, such as ["yes", "open", "no"].'))
        if len(words) != len(self.sentences):
            text = message("These are {k} verdicts on {n} sentences.", k=len(words), n=len(self.sentences))
            return Verdict("shape", text)
        for number, word in enumerate(words, 1):
            if word not in WORDS:
                text = message(
                    'Sentence {number}: write "yes", "no" or "open", not {word!r}.', number=number, word=word
                )
                return Verdict("type", text)
        for number, (word, sentence) in enumerate(zip(words, self.sentences, strict=True), 1):
            if word != sentence.right():
                text = message(
                    'Sentence {number} is not "{word}". {hint}',
                    number=number,
                    word=word,
                    hint=message(sentence.hints[word]),
                )
                return Verdict(f"sentence-{number}-{word}", text)
        return Verdict(None, message("All {n} verdicts are what the rows say.", n=len(words)))


def _as_words(value: object) -> list[str] | None:
    """The verdicts as small letters; True and False are yes and no. None where it is no list of them."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        return None
    truth = {True: YES, False: NO}
    words = [truth[v] if isinstance(v, bool) else v for v in value]
    return [word.strip().lower() for word in words] if all(isinstance(w, str) for w in words) else None
