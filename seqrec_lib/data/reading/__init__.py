"""Reading: from a file or a frame to a log, with errors that name file, row and column."""

from .catalogue import Catalogue, read_catalogue
from .readers import read_interactions

__all__ = ["Catalogue", "read_catalogue", "read_interactions"]
