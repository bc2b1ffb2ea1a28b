"""Views that a reader plays with (:class:`View` and ``book/assets/toolkit/README.md``), and controls."""

from .calibration_lab import calibration_lab
from .cold_items import ColdItem, cold_items
from .compromises import compromises
from .control import control
from .explorer import attention_explorer
from .longer_histories import figures_at, longer_histories, what_is_read
from .memory_reach import how_known, memory_reach
from .next_items import model_in_page
from .overconfidence import overconfidence
from .peeking import peeking
from .playground import playground
from .privacy_budget import privacy_budget
from .protocol_lab import protocol_lab
from .recall_and_latency import recall_and_latency
from .scale_costs import scale_costs
from .session_player import session_player
from .share_of_new import share_of_new
from .smaller_models import Smaller, smaller_models
from .stored_protocols import stored_protocols
from .twenty_questions import twenty_questions
from .view import View
from .waiting_lines import waiting_lines
from .winners_luck import winners_luck

__all__ = [
    "ColdItem",
    "Smaller",
    "View",
    "attention_explorer",
    "calibration_lab",
    "cold_items",
    "compromises",
    "control",
    "figures_at",
    "how_known",
    "longer_histories",
    "memory_reach",
    "model_in_page",
    "overconfidence",
    "peeking",
    "playground",
    "privacy_budget",
    "protocol_lab",
    "recall_and_latency",
    "scale_costs",
    "session_player",
    "share_of_new",
    "smaller_models",
    "stored_protocols",
    "twenty_questions",
    "waiting_lines",
    "what_is_read",
    "winners_luck",
]
