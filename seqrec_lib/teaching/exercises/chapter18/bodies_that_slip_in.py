"""Find requests that three careless readers of a body take for something else."""

from __future__ import annotations

from collections.abc import Sequence

from ....messages import message
from ..breaking import BreakingInput, Rival

KNOWN = ("1", "7", "07", "12", "abc")
MOST, LONGEST = 4, 5


def read_bodies(bodies: Sequence) -> list[list[int]]:
    """bodies: pairs (history, k). Returns a row of numbers for each, see the task; -1 where it is refused."""
    return [_read(history, k) for history, k in bodies]


def _read(history: Sequence, k: object) -> list[int]:
    wrong_k = isinstance(k, bool) or not isinstance(k, int) or k < 1
    if wrong_k or any(isinstance(each, bool) or not isinstance(each, int | str) for each in history):
        return [-1] * (1 + LONGEST)
    places = [KNOWN.index(str(each)) + 1 for each in history if str(each) in KNOWN]
    return [k, *places, *[0] * (LONGEST - len(places))]  # type: ignore[list-item]  # k is a whole number


def usual_k(bodies: Sequence) -> list[list[int]]:
    return read_bodies([(history, k or 10) for history, k in bodies])


def ids_as_numbers(bodies: Sequence) -> list[list[int]]:
    def number(each: object) -> object:
        return int(each) if str(each).isdigit() else each  # type: ignore[call-overload]

    return read_bodies([([number(each) for each in history], k) for history, k in bodies])


def truth_is_one(bodies: Sequence) -> list[list[int]]:
    def plain(each: object) -> object:
        return int(each) if isinstance(each, bool) else each

    return read_bodies([([plain(each) for each in history], k) for history, k in bodies])


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
        Rival(usual_k, "Every k here is a number that counts as true. Which number does not?"),
        Rival(
            ids_as_numbers,
            "All these ids stay themselves when they become numbers. Which text would not?",
        ),
        Rival(truth_is_one, "There is no true or false among these ids. What are they in Python?"),
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
