"""Views that a reader plays with: see :class:`View` and ``book/assets/toolkit/README.md``."""

from .explorer import attention_explorer
from .next_items import model_in_page
from .view import View

__all__ = ["View", "attention_explorer", "model_in_page"]
