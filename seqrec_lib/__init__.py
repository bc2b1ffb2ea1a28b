"""Attention for sequential recommendation: the small library under the book."""

from .device import pick_device
from .models import SeqRec

__version__ = "0.1.0"

__all__ = ["SeqRec", "__version__", "pick_device"]
