"""Attention for sequential recommendation: the small library under the book."""

from .device import pick_device
from .evaluation import evaluate
from .exercises import check
from .models import SeqRec
from .training import fit

__version__ = "0.1.0"

__all__ = ["SeqRec", "__version__", "check", "evaluate", "fit", "pick_device"]
