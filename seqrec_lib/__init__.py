"""Attention for sequential recommendation: the small library under the book."""

from typing import TYPE_CHECKING

from .device import pick_device
from .evaluation import evaluate
from .experiments import load_run, train
from .models import SeqRec
from .training import fit

if TYPE_CHECKING:
    from .teaching.exercises import check

__version__ = "0.1.0"

__all__ = ["SeqRec", "__version__", "check", "evaluate", "fit", "load_run", "pick_device", "train"]


def __getattr__(name: str) -> object:
    """``check`` belongs to the teaching rooms, which are imported when it is asked for."""
    if name == "check":
        from .teaching.exercises import check

        return check
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
