"""Training: ``fit`` and its ``History``; the loop itself is in ``loop.py``."""

from .fitting import fit
from .history import History
from .run_folder import RunFolder
from .settings import TrainingSettings

__all__ = ["History", "RunFolder", "TrainingSettings", "fit"]
