"""Find requests that three careless readers of a body take for something else."""

from __future__ import annotations

from collections.abc import Sequence

from ....messages import message
from ..breaking import BreakingInput, Rival

KNOWN = ("1", "7", "07", "12", "abc")
MOST, LONGEST = 4, 5


def read_bodies(bodies: Sequence) -> list:
    """bodies: pairs (history, k). Returns for each (known ids as text, k), or None where it is refused."""
    return [_read(history, k) for history, k in bodies]


def _read(history, k):
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        return None
    if any(isinstance(each, bool) or not isinstance(each, int | str) for each in history):
        return None
    return [str(each) for each in history if str(each) in KNOWN], k


def usual_k(bodies):
    return [_read(history, k or 10) for history, k in bodies]


def ids_as_numbers(bodies):
    return [_read([_number(each) for each in history], k) for history, k in bodies]


def _number(each):
    if isinstance(each, bool):
        return each
    return int(each) if str(each).isdigit() else each


def truth_is_one(bodies):
    return [_read([int(e) if isinstance(e, bool) else e for e in history], k) for history, k in bodies]


def _words(found: object) -> str:
    return repr(found)


def _other(right: object, wrong: object) -> bool:
    return _words(right) != _words(wrong)


def _ready(bodies: object) -> tuple | str:
    if isinstance(bodies, str) or not isinstance(bodies, Sequence) or not 1 <= len(bodies) <= MOST:
        return message("Give a list of 1 to {most} pairs (history, k).", most=MOST)
    for pair in bodies:
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            return message("Each body is a pair: the history, and k.")
        history, k = pair
        if isinstance(history, str) or not isinstance(history, Sequence) or len(history) > LONGEST:
            return message("A history is a list of at most {longest} ids.", longest=LONGEST)
        if not all(isinstance(each, bool | int | float | str | None) for each in (*history, k)):
            return message("JSON knows numbers, text, true, false and null: an id or k is one of these.")
    return (list(bodies),)


def _example() -> tuple:
    return ([([7, "abc"], 0), (["07"], 2), ([True], 3)],)


def _tries() -> dict[str, tuple]:
    return {
        "usual_k": ([([7, 12], 3), (["07"], 2), ([True], 3)],),
        "ids_as_numbers": ([([7, "12"], 0), ([True], 3)],),
        "truth_is_one": ([([7, "07"], 2), ([12], 0)],),
    }


EXERCISE = BreakingInput(
    name="bodies-that-slip-in",
    right=read_bodies,
    rivals=(
        Rival(usual_k, "Every k here is a number that counts as true. Which number does not?", _other),
        Rival(
            ids_as_numbers,
            "All these ids stay themselves when they become numbers. Which text would not?",
            _other,
        ),
        Rival(truth_is_one, "There is no true or false among these ids. What are they in Python?", _other),
    ),
    ready=_ready,
    example=_example,
    arguments=("bodies",),
    hints=(
        "Give each of the three readers a body of its own.",
        "Look at the catalogue: two of its ids look like the same number.",
    ),
    tries=_tries,
)
