"""Answers that must find a gradient by hand: autograd is off while they run."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import NoReturn

import torch
from torch._functorch import eager_transforms

from ...messages import message


class AutogradIsOff(RuntimeError):
    """The answer asked PyTorch for the gradient."""


def by_hand(answer: object) -> object:
    """``answer`` run without autograd; what is no function is left as it is."""
    if not callable(answer):
        return answer

    @functools.wraps(answer)
    def answered(*inputs: object) -> object:
        with torch.inference_mode(), _no_transforms():
            try:
                return answer(*inputs)
            except RuntimeError as error:
                if "does not require grad" not in str(error) and "nference" not in str(error):
                    raise
                _refuse()

    return answered


def _refuse(*_: object, **__: object) -> NoReturn:
    raise AutogradIsOff(message("autograd is switched off here: write the gradient by hand")) from None


@contextlib.contextmanager
def _no_transforms() -> Iterator[None]:
    """The transforms of ``torch.func`` do not ask whether autograd is on: each opens a level of its own."""
    names = [n for n in ("grad_increment_nesting", "jvp_increment_nesting") if hasattr(eager_transforms, n)]
    kept = {name: getattr(eager_transforms, name) for name in names}
    for name in names:
        setattr(eager_transforms, name, _refuse)
    try:
        yield
    finally:
        for name, function in kept.items():
            setattr(eager_transforms, name, function)
