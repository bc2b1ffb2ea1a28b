"""The error that bad data raises."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..messages import InputError

ADVICE = "{advice}"


def as_argument(option: str, value: object) -> str:
    """``pass time_unit='ms'``: how advice reads in Python; ``pass time_unit`` where the reader chooses."""
    return f"pass {option}" if value is None else f"pass {option}={value!r}"


class DataError(InputError):
    """Data that cannot be used. The message names the file, the row, the column and what to do.

    Args:
        text: the message. Where it holds :data:`ADVICE`, the reading option that helps is written there.
        option, value: that option of ``read_interactions``, and what to pass; None leaves the choice.
        bad: ``(N,)`` bool, the rows at fault, where the fault is one of rows; without another option the
            advice then is to drop them.
    """

    def __init__(
        self, text: str, option: str = "", value: object = None, bad: np.ndarray | None = None
    ) -> None:
        if bad is not None and not option and not bad.all():  # the other rows can be used
            text, option, value = f"{text}, or {ADVICE}", "bad_rows", "drop"
        self.text, self.option, self.value, self.bad = text, option, value, bad
        super().__init__(self.told(as_argument))

    def told(self, write: Callable[[str, object], str]) -> str:
        """The message with its advice as ``write(option, value)`` words it, such as a flag."""
        return self.text.replace(ADVICE, write(self.option, self.value)) if self.option else self.text
