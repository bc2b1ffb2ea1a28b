"""Take an answer as it comes, and compare it without trusting it.

Which forms are taken is said in :mod:`.answers`.
"""

from __future__ import annotations

import numbers

import numpy as np
import torch

from ...messages import message

NUMBERS = ("b", "i", "u", "f")


class Unusable:
    """Stands for a value that is no number, array or tuple of them; it equals nothing."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


def freeze(value: object) -> object:
    """Return a copy of ``value`` made of NumPy arrays and tuples, or None, or :class:`Unusable`.

    The copy is taken at once, so that a function that keeps a hold on its result cannot change it
    later. A tensor on the ``meta`` device has a shape and no values: it becomes zeros.
    """
    if value is None:
        return None
    if isinstance(value, torch.Tensor):
        return _freeze_tensor(value)
    if type(value) is np.ndarray:
        return _freeze_array(value)
    if isinstance(value, (bool, numbers.Real, np.generic)) and not isinstance(value, str):
        return _freeze_number(value)
    if isinstance(value, (tuple, list)):
        parts = tuple.__iter__(value) if isinstance(value, tuple) else list.__iter__(value)
        return _freeze_parts(list(parts))
    if type(value).__module__.partition(".")[0] == "pandas":
        return _freeze_frame(value)
    return Unusable(type(value).__name__)


def _freeze_array(value: np.ndarray) -> object:
    if value.dtype.kind == "O":
        return freeze(value.tolist())
    return value.copy() if value.dtype.kind in NUMBERS else Unusable(f"ndarray of {value.dtype}")


def _freeze_parts(parts: list) -> object:
    if parts and all(map(_is_plain, parts)):
        return np.array([part.item() if hasattr(part, "item") else part for part in parts])
    return tuple(map(freeze, parts))


def _freeze_frame(value: object) -> object:
    """A Series, an Index, or a DataFrame of one column."""
    kind = type(value).__name__
    columns = len(getattr(value, "columns", "1"))
    if columns != 1:
        return Unusable(f"{kind} of {columns} columns")
    try:
        found = freeze(np.asarray(value).reshape(-1))
    except Exception:  # MultiIndex, groups and whatever else pandas has
        return Unusable(kind)
    usable = isinstance(found, np.ndarray) or found == ()
    return found if usable else Unusable(f"{kind} of {getattr(value, 'dtype', 'objects')}")


def _is_plain(value: object) -> bool:
    """True for a number of Python, NumPy or PyTorch: a tuple of them is the same whichever made them."""
    if isinstance(value, torch.Tensor):
        return value.ndim == 0 and not (value.is_meta or value.is_complex() or value.is_sparse)
    if isinstance(value, (np.generic, np.ndarray)):
        return value.ndim == 0 and value.dtype.kind in NUMBERS
    return type(value) in (int, float, bool)


def _freeze_number(value: object) -> object:
    try:
        whole = isinstance(value, (bool, np.generic)) or type(value) is int
        found = np.array(value if whole else float(value))  # type: ignore[arg-type]
        return found if found.dtype.kind in NUMBERS else np.array(float(value))  # type: ignore[arg-type]
    except Exception:  # a foreign number class may raise anything here
        return Unusable(type(value).__name__)


def _freeze_tensor(value: torch.Tensor) -> object:
    try:
        plain = value.as_subclass(torch.Tensor).detach()
        if plain.is_complex():
            return Unusable("complex numbers")
        if plain.is_meta:
            return np.zeros(tuple(plain.shape))
        if plain.is_floating_point():
            plain = plain.double()
        return plain.cpu().numpy().copy()
    except (RuntimeError, TypeError, ValueError):  # sparse, complex or quantised
        return Unusable(f"{type(value).__name__} ({value.dtype}, {value.layout})")


def same(a: object, b: object, rtol: float, atol: float) -> bool:
    """True when two frozen values have one structure, one shape and near enough numbers.

    NaN equals NaN here, so that a wrong answer full of NaN can be known by them. Where ``b`` is of whole
    numbers, a large one must not be forgiven what a large measure is: ``rtol`` does not count.
    """
    if a is None or b is None:
        return a is None and b is None
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(same(x, y, rtol, atol) for x, y in zip(a, b, strict=True))
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)) or a.shape != b.shape:
        return False
    if b.dtype.kind != "f":
        rtol, atol = 0.0, min(1000 * atol, 1e-3)
    return bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True))


def shape_words(value: object) -> str:
    """The structure of a frozen value in words: ``"(2, 4, 3)"``, ``"a number"``, ``"2 parts: …"``."""
    if value is None:
        return "None"
    if isinstance(value, Unusable):
        return value.kind
    if isinstance(value, tuple):
        return f"{len(value)} parts: " + ", ".join(shape_words(v) for v in value)
    shape = value.shape if isinstance(value, np.ndarray) else ()
    return str(shape) if shape else "a number"


def has_nan(value: object) -> bool:
    """True when a frozen value holds a NaN."""
    if isinstance(value, tuple):
        return any(has_nan(v) for v in value)
    return isinstance(value, np.ndarray) and value.dtype.kind == "f" and bool(np.isnan(value).any())


def same_shape(a: object, b: object) -> bool:
    """True when two frozen values have one structure and the same shapes, whatever the numbers."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(same_shape(x, y) for x, y in zip(a, b, strict=True))
    return isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape == b.shape


def kind_words(value: object) -> str:
    """What a frozen value is, without its numbers: ``"(2, 4) whole numbers"``, ``"one number"``."""
    if isinstance(value, tuple):
        return message("{n} parts: {parts}", n=len(value), parts="; ".join(map(kind_words, value)))
    if not isinstance(value, np.ndarray):
        return shape_words(value)
    kind = {"f": "numbers", "b": "True or False"}.get(value.dtype.kind, "whole numbers")
    if value.ndim:
        return f"{value.shape} {message(kind)}"
    return message({"numbers": "one number", "whole numbers": "one whole number"}.get(kind, kind))


def number_words(value: object) -> str:
    """A frozen value's numbers when there are few, else its kind."""
    if isinstance(value, tuple):
        return "(" + ", ".join(map(number_words, value)) + ")"
    if isinstance(value, np.ndarray) and value.size <= 12:
        return str(_round(value.tolist()))
    return kind_words(value)


def first_difference(a: object, b: object, rtol: float, atol: float) -> tuple[tuple[int, ...], object] | None:
    """Where two frozen values of one shape differ first, and the number of ``a`` there.

    In a tuple the place begins with the number of the part.
    """
    if isinstance(a, tuple) and isinstance(b, tuple):
        found = (first_difference(x, y, rtol, atol) for x, y in zip(a, b, strict=False))
        return next(((((part, *f[0]), f[1])) for part, f in enumerate(found) if f), None)
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)) or a.shape != b.shape:
        return None
    for place in np.ndindex(a.shape):
        if not same(a[place][...], b[place][...], rtol, atol):
            return place, _round(a[place].item())
    return None


def describe(value: object) -> str:
    """Say what an input is: its values when there are few, else its shape and type."""
    if isinstance(value, torch.Tensor) and (value.is_meta or value.numel() > 12):
        return f"{tuple(value.shape)} {str(value.dtype).removeprefix('torch.')} on {value.device.type}"
    if isinstance(value, np.ndarray) and value.size > 12:
        return f"{value.shape} {value.dtype}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {describe(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (torch.Tensor, np.ndarray)):
        digits = value.tolist()
        return str(_round(digits))
    if isinstance(value, torch.nn.Module):
        return str(value)
    text = repr(value)
    if " at 0x" in text:
        return message("a function") if callable(value) else type(value).__name__
    return text if len(text) <= 120 else text[:117] + "..."


def _round(digits: object) -> object:
    if isinstance(digits, list):
        return [_round(d) for d in digits]
    return round(digits, 3) if isinstance(digits, float) else digits
