"""Take an answer as it comes, and compare it without trusting it."""

from __future__ import annotations

import numbers

import numpy as np
import torch


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
    if type(value) is np.ndarray and value.dtype.kind in "biuf":
        return value.copy()
    if isinstance(value, (bool, numbers.Real, np.generic)) and not isinstance(value, str):
        return _freeze_number(value)
    if isinstance(value, (tuple, list)) and type(value) in (tuple, list):
        if value and all(_is_plain(v) for v in value):
            return np.array([v.item() if hasattr(v, "item") else v for v in value])
        return tuple(freeze(v) for v in value)
    return Unusable(type(value).__name__)


def _is_plain(value: object) -> bool:
    """True for a number of Python, NumPy or PyTorch: a tuple of them is the same whichever made them."""
    if isinstance(value, torch.Tensor):
        return value.ndim == 0 and not (value.is_meta or value.is_complex() or value.is_sparse)
    kind = value.dtype.kind if isinstance(value, np.generic) else ""
    return type(value) in (int, float, bool) or kind in tuple("biuf")


def _freeze_number(value: object) -> object:
    try:
        return np.array(value if isinstance(value, (bool, np.generic)) else float(value))  # type: ignore[arg-type]
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

    NaN equals NaN here, so that a wrong answer full of NaN can be known by them.
    """
    if a is None or b is None:
        return a is None and b is None
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(same(x, y, rtol, atol) for x, y in zip(a, b, strict=True))
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True))
    return False


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
    return text if len(text) <= 120 else text[:117] + "..."


def _round(digits: object) -> object:
    if isinstance(digits, list):
        return [_round(d) for d in digits]
    return round(digits, 3) if isinstance(digits, float) else digits
