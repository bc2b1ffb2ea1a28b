"""A blind trial: answers that somebody wrote from the tasks alone, and what ``check`` says of each.

Somebody read what was said of every wrong answer and judged it fair, so the words are kept: an answer that
is known by another mistake later needs another look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import pytest

from seqrec_lib.teaching.exercises import check

PASSES = "passes"


class Trial:
    """Answers in the order in which they were written down."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, object, bool]] = []

    def right(self, name: str) -> Callable:
        """Take an answer that must pass."""
        return lambda answer: self.answers.append((name, answer, True)) or answer

    def wrong(self, name: str) -> Callable:
        """Take an answer that must not pass."""
        return lambda answer: self.answers.append((name, answer, False)) or answer

    def wrongs(self, name: str, answer: Callable, *changes: Mapping[str, object]) -> None:
        """Take ``answer`` with each of ``changes``; without any it is right."""
        for change in changes:
            self.wrong(name)(partial(answer, **change))

    def cases(self, said: Mapping[str, str]) -> list:
        """One case for each answer, with the word that ``said`` has for it, in order."""
        words = {name: text.split() for name, text in said.items()}
        cases = []
        for name, answer, passes in self.answers:
            word = words.get(name, []).pop(0) if words.get(name) else "?"
            place = sum(case.values[0] == name for case in cases) + 1
            cases.append(pytest.param(name, answer, passes, word, id=f"{name}-{place}-{word}"))
        left = {name: rest for name, rest in words.items() if rest}
        assert not left, f"words without an answer: {left}"
        return cases


def verdict_as_judged(name: str, answer: object, passes: bool, word: str) -> None:
    """Fail unless ``check`` says of ``answer`` what was judged fair."""
    result = check(name, answer)
    assert result.passed == passes, repr(result)
    assert (result.mistake or PASSES) == word, repr(result)
