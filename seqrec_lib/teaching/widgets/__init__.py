"""Views that a reader plays with (:class:`View` and ``book/assets/toolkit/README.md``), and controls."""

from .calibration_lab import calibration_lab
from .control import control
from .explorer import attention_explorer
from .next_items import model_in_page
from .overconfidence import overconfidence
from .peeking import peeking
from .playground import playground
from .protocol_lab import protocol_lab
from .recall_and_latency import recall_and_latency
from .view import View

__all__ = [
    "View",
    "attention_explorer",
    "calibration_lab",
    "control",
    "model_in_page",
    "overconfidence",
    "peeking",
    "playground",
    "protocol_lab",
    "recall_and_latency",
]
