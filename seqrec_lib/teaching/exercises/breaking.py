"""Exercises of the kind "probe": the reader gives an input, and it must show that wrong functions are wrong.

The task shows the wrong functions. The checker runs them and the right one on the reader's input and says
which of them the input catches.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ...messages import message
from .given import take
from .larger import LargerRun
from .result import FailedCase
from .runner import Outcome, run_trusted
from .values import number_words, same
from .verdict import Verdict


def differs(right: object, wrong: object) -> bool:
    """Whether two frozen results differ by more than rounding."""
    return not same(wrong, right, 1e-4, 1e-6)


@dataclass(frozen=True)
class Rival:
    """A wrong function that an input is to catch.

    Attributes:
        function: it; its name is the one in the task. hint: what to think of while it is not caught.
        caught: ``caught(right result, wrong result)``, both frozen.
    """

    function: Callable
    hint: str
    caught: Callable[[object, object], bool] = differs

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.__name__


@dataclass(frozen=True, repr=False)
class BreakingInput:
    """What ``check`` needs where an input is asked for.

    Attributes:
        name: what ``check`` calls it. right: the right function. rivals: the wrong ones, in the task's order.
        ready: ``ready(*arguments)`` gives the arguments as the functions take them, or says in words what
            is wrong with them.
        example: arguments that catch all. hints: general hints, from gentle to plain.
        tries: arguments that people give, with the name of the first rival that they do not catch.
        arguments: the names of what the input consists of. words: a frozen result in words.
    """

    name: str
    right: Callable
    rivals: tuple[Rival, ...]
    ready: Callable[..., tuple | str]
    example: Callable[[], tuple]
    arguments: tuple[str, ...]
    hints: tuple[str, ...] = ()
    tries: Callable[[], dict[str, tuple]] = field(default=dict)
    words: Callable[[object], str] = number_words
    seconds: float = 5.0
    names: ClassVar[tuple[str, ...]] = ()  # the stub takes nothing
    larger: ClassVar[LargerRun | None] = None

    def __repr__(self) -> str:
        return message(
            "The exercise {name!r} asks for an input that catches {n} wrong functions. Its task stands in "
            "the chapter's notebook.",
            name=self.name,
            n=len(self.rivals),
        )

    def examine(self, answer: object) -> tuple[Verdict, str]:
        """The verdict on ``answer``, and what it printed."""
        given = take(answer, self.seconds)
        if given.wrong is not None:
            return given.wrong, given.printed
        return self._judged(given.value), given.printed

    def _judged(self, value: object) -> Verdict:
        if isinstance(value, dict) and set(value) == set(self.arguments):
            value = tuple(value[name] for name in self.arguments)
        if len(self.arguments) == 1:  # a single input needs no tuple around it
            given: Any = value
            inner = given[0] if _length(given) == 1 and hasattr(given[0], "__len__") else given
            value = (inner,) if _length(inner) else None
        if not isinstance(value, (tuple, list)) or len(value) != len(self.arguments):
            text = message("Return one tuple: ({names}).", names=", ".join(self.arguments))
            return Verdict("type", text)
        try:
            ready = self.ready(*copy.deepcopy(tuple(value)))
        except Exception as error:  # what is given can be stranger than we foresaw
            ready = message("This is no input for these functions ({error}).", error=_words(error))
        if isinstance(ready, str):
            return Verdict("invalid", ready)
        right = run_trusted(self.right, ready)
        if right.error is not None:
            text = message(
                "This is no input for these functions: the right one raises {error}.",
                error=_words(right.error),
            )
            return Verdict("invalid", text)
        found = [(rival, run_trusted(rival.function, ready)) for rival in self.rivals]
        results = [f"`right` {self._result(right)}"]
        results += [f"`{rival.name}` {self._result(wrong)}" for rival, wrong in found]
        missed = [rival for rival, wrong in found if not _caught(rival, right, wrong)]
        said = message("On your input: {results}.", results="; ".join(results))
        if not missed:
            return Verdict(None, message("Your input catches all {n}.", n=len(found)) + " " + said)
        text = message(
            "Your input catches {k} of {n}; `{name}` still gets away. {hint}",
            k=len(found) - len(missed),
            n=len(found),
            name=missed[0].name,
            hint=message(missed[0].hint),
        )
        inputs = dict(zip(self.arguments, ready, strict=True))
        about = message("your input")
        return Verdict(missed[0].name, text, FailedCase(about, inputs, "; ".join(results)))

    def _result(self, outcome: Outcome) -> str:
        if outcome.error is not None:
            return message("raises {error}", error=type(outcome.error).__name__)
        return self.words(outcome.value)


def _caught(rival: Rival, right: Outcome, wrong: Outcome) -> bool:
    return wrong.error is not None or rival.caught(right.value, wrong.value)


def _length(value: Any) -> int:
    """How much a list or an array holds; 0 for anything else."""
    if isinstance(value, (list, tuple)):
        return len(value)
    shape = getattr(value, "shape", None)
    return int(shape[0]) if shape else 0


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:200]
