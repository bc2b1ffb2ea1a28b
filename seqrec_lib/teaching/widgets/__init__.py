"""Views that a reader plays with: see :class:`View` and ``book/assets/toolkit/README.md``."""

from .explorer import attention_explorer
from .next_items import model_in_page
from .protocol_lab import protocol_lab
from .view import View

__all__ = ["protocol_lab", "View", "attention_explorer", "model_in_page"]
