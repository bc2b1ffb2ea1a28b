"""Attention for sequential recommendation: the small library under the book."""

from .device import pick_device
from .evaluation.ranking import evaluate
from .models import SeqRec
from .training import fit

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """``check`` belongs to the teaching rooms, which are imported when it is asked for."""
    if name == "check":
        from .teaching.exercises import check

        return check
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["SeqRec", "__version__", "check", "evaluate", "fit", "pick_device"]
