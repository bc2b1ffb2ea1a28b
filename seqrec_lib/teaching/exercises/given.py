"""What a reader gives where no function is asked for: an input, or a list of verdicts.

The stub is a function without arguments that returns it; the bare value is taken too.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import NamedTuple

from ...messages import message
from .runner import run
from .verdict import Verdict


class Given(NamedTuple):
    """``value``: what was given. ``wrong``: the verdict, where nothing usable was. ``printed``."""

    value: object = None
    wrong: Verdict | None = None
    printed: str = ""


def take(answer: object, seconds: float) -> Given:
    """Call ``answer`` if it is a function, within ``seconds``, and hand over what it gives."""
    if not callable(answer):
        return _written(answer)
    try:
        inspect.signature(answer).bind()
    except TypeError:
        text = message("It is called with no arguments, but yours takes {got}.", got=_parameters(answer))
        return Given(wrong=Verdict("signature", text))
    except ValueError:  # some built-in functions do not tell theirs
        pass
    kept: list[object] = []

    @functools.wraps(answer)
    def called() -> None:
        kept.append(answer())

    done = run(called, (), seconds)
    if done.timed_out:
        text = message("It was still running after {seconds:g} seconds.", seconds=seconds)
        return Given(wrong=Verdict("time-out", text), printed=done.printed)
    if isinstance(done.error, NotImplementedError):
        return _written(None, done.printed)
    if done.error is not None:
        kind = type(done.error).__name__
        what = f"{kind}: {done.text}" if done.text else kind
        place = message(" in line {line}, “{code}”", line=done.line, code=done.code) if done.line else ""
        text = message("It raised {what}{place}.", what=what, place=place)
        return Given(wrong=Verdict("error", text), printed=done.printed)
    return _written(kept[0], done.printed)


def _parameters(answer: Callable) -> str:
    return str(inspect.signature(answer))


def _written(value: object, printed: str = "") -> Given:
    parts = value if isinstance(value, (list, tuple)) else (value,)
    if any(part is None or part is ... for part in parts):
        text = message("Nothing comes back yet. Fill in the function and return its result.")
        return Given(wrong=Verdict("not-written", text), printed=printed)
    return Given(value, printed=printed)
