"""Views that a reader plays with (:class:`View` and ``book/assets/toolkit/README.md``), and controls."""

from .calibration_lab import calibration_lab
from .compromises import compromises
from .control import control
from .explorer import attention_explorer
from .longer_histories import figures_at, longer_histories, what_is_read
from .next_items import model_in_page
from .overconfidence import overconfidence
from .peeking import peeking
from .playground import playground
from .protocol_lab import protocol_lab
from .recall_and_latency import recall_and_latency
from .stored_protocols import stored_protocols
from .view import View

__all__ = [
    "View",
    "attention_explorer",
    "calibration_lab",
    "compromises",
    "control",
    "figures_at",
    "longer_histories",
    "model_in_page",
    "overconfidence",
    "peeking",
    "playground",
    "protocol_lab",
    "recall_and_latency",
    "what_is_read",
    "stored_protocols",
]
