"""Run a function that nobody has read yet: with a time limit, and whatever it raises."""

from __future__ import annotations

import contextlib
import copy
import ctypes
import inspect
import io
import linecache
import os
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from .values import freeze, same

PRINT_LIMIT = 1000


@dataclass
class Outcome:
    """What one call did.

    Attributes:
        value: the frozen result. error: what it raised. text: the error's own words.
        line: where in the function, 0 if unknown. code: that line's text.
        timed_out: it was still running. changed: numbers of the inputs it wrote into. printed.
    """

    value: object = None
    error: BaseException | None = None
    text: str = ""
    line: int = 0
    code: str = ""
    timed_out: bool = False
    changed: tuple[int, ...] = ()
    printed: str = ""


class _Stopped(BaseException):
    """Raised inside a function that has used up its time."""


class _ShortPaper(io.StringIO):
    """Takes what is printed and drops all beyond the limit: an endless loop may print for ever."""

    def write(self, text: str) -> int:
        room = PRINT_LIMIT - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)


def run(function: Callable, inputs: tuple, seconds: float) -> Outcome:
    """Call ``function`` on copies of ``inputs`` in a thread of its own, for ``seconds`` at most.

    On a busy machine it gets as many times longer as there are programs for each processor: a right
    answer must not fail because something else runs beside it.
    The thread is told to stop when the time is up. One that sleeps in C code stops later; it is a
    daemon, so it never keeps Python alive.
    """
    outcome, given = Outcome(), copy.deepcopy(inputs)

    def work() -> None:
        try:
            outcome.value = freeze(function(*given))
        except BaseException as error:  # sys.exit and KeyboardInterrupt too: the answer did it
            outcome.error = error

    paper = _ShortPaper()
    thread = threading.Thread(target=work, daemon=True, name="seqrec-check")
    with _kept_state(), contextlib.redirect_stdout(paper):
        thread.start()
        try:
            thread.join(seconds * crowding())
        finally:
            running = thread.is_alive()
            if running:
                _stop(thread)
    if running:
        return Outcome(timed_out=True, printed=paper.getvalue())
    outcome.printed = paper.getvalue()
    if outcome.error is not None:
        outcome.text = _words(outcome.error)
        outcome.line, outcome.code = _place(outcome.error, function)
    outcome.changed = tuple(
        i for i, pair in enumerate(zip(inputs, given, strict=True)) if not _unchanged(*pair)
    )
    return outcome


def crowding() -> float:
    """How many programs want each processor: 1 on a quiet machine or where nothing tells, 30 at most."""
    try:
        waiting = os.getloadavg()[0]
    except (AttributeError, OSError):  # Windows does not say
        return 1.0
    return min(30.0, max(1.0, waiting / (os.cpu_count() or 1)))


def run_trusted(function: Callable, inputs: tuple) -> Outcome:
    """Call a function of our own, on copies, without a thread."""
    with _kept_state():
        try:
            return Outcome(value=freeze(function(*copy.deepcopy(inputs))))
        except Exception as error:  # a mutant may be known by what it raises
            return Outcome(error=error, text=_words(error))


@contextlib.contextmanager
def _kept_state() -> Iterator[None]:
    """Put the random states and the default type back, whatever the function does to them."""
    states = torch.get_rng_state(), np.random.get_state(), random.getstate(), torch.get_default_dtype()
    try:
        yield
    finally:
        torch.set_rng_state(states[0])
        np.random.set_state(states[1])
        random.setstate(states[2])
        torch.set_default_dtype(states[3])


def _stop(thread: threading.Thread) -> None:
    # More than once: an answer with a broad "except" inside its loop swallows the first ones.
    for _ in range(20):
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident or 0), ctypes.py_object(_Stopped)
        )
        thread.join(0.05)
        if not thread.is_alive():
            return


def _words(error: BaseException) -> str:
    try:
        return str(error)[:300]
    except Exception:  # an exception class of the reader's own may fail to print
        return ""


def _place(error: BaseException, function: Callable) -> tuple[int, str]:
    """The last line of the function's own file that the error passed through."""
    code = getattr(_innermost(function), "__code__", None)
    home = getattr(function, "source_name", None if code is None else code.co_filename)
    line, text = 0, ""
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name == home:
            line, text = trace.tb_lineno, linecache.getline(name, trace.tb_lineno).strip()
        trace = trace.tb_next
    return line, text


def _innermost(function: Callable) -> Callable:
    try:
        return inspect.unwrap(function)
    except ValueError:  # it is wrapped in itself
        return function


def _unchanged(before: object, after: object) -> bool:
    if isinstance(before, dict):
        return (
            isinstance(after, dict)
            and before.keys() == after.keys()
            and all(_unchanged(before[key], after[key]) for key in before)
        )
    if isinstance(before, (list, tuple)):
        return (
            type(after) is type(before)
            and len(after) == len(before)
            and all(_unchanged(*pair) for pair in zip(before, after, strict=True))
        )
    if isinstance(before, torch.nn.Module):
        return True
    a, b = freeze(before), freeze(after)
    return same(a, b, 0.0, 0.0) if isinstance(a, (np.ndarray, tuple)) else True
