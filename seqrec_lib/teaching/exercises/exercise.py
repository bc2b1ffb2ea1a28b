"""What an exercise is made of."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field

from ...messages import message
from .larger import LargerRun


@dataclass(frozen=True)
class Probe:
    """One input that an answer is tried on.

    Attributes:
        about: what the input shows, in a few words ("two rows, one of them padded").
        inputs: the arguments, in order. They are copied for every call.
    """

    about: str
    inputs: tuple


@dataclass(frozen=True, init=False)
class Mutant:
    """A wrong answer that people give, known by what it returns.

    Attributes:
        name: the mistake, as tests and :attr:`CheckResult.mistake` call it.
        hint: the sentence that names the likely mistake, without the answer.
        functions: one or more ways to make the same mistake.
    """

    name: str
    hint: str
    functions: tuple[Callable, ...]

    def __init__(self, name: str, hint: str, *functions: Callable) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "hint", hint)
        object.__setattr__(self, "functions", functions)


@dataclass(frozen=True, repr=False)
class Exercise:
    """What ``check`` needs: the right answer and the mistakes it expects.

    The task, the stub and the solution stand in the chapter's notebook, and nowhere else.

    Attributes:
        name: what ``check`` calls it; its file has the same name, with underscores.
        reference: the right function. probes: gives the inputs that answers are tried on.
        mutants: known wrong answers. Each must differ from every other on some probe.
        hints: general hints, from gentle to plain; the first follows an unknown wrong answer.
        focus: ``focus(value, *inputs)`` picks the part of an array that counts, where not all does.
        prepare: ``prepare(answer)`` turns what the reader gave into the function that is run.
        larger: what to run with the answer on a GPU, where the exercise is one for a GPU.
        rtol, atol: how near a number must be. seconds: the time that all probes together may take.
        names: of the reference's arguments, which an answer takes in the same order.
    """

    name: str
    reference: Callable
    probes: Callable[[], list[Probe]]
    mutants: tuple[Mutant, ...]
    hints: tuple[str, ...] = ()
    focus: Callable | None = None
    prepare: Callable | None = None
    larger: LargerRun | None = None
    rtol: float = 1e-4
    atol: float = 1e-6
    seconds: float = 5.0
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(inspect.signature(self.reference).parameters))

    def __repr__(self) -> str:
        return message(
            "The exercise {name!r} knows {mistakes} mistakes and has {hints} hints. Its task stands in the "
            "chapter's notebook.",
            name=self.name,
            mistakes=len(self.mutants),
            hints=len(self.hints),
        )
