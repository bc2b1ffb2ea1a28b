"""Reading: from a file or a frame to a log, with errors that name file, row and column."""

from .readers import read_interactions

__all__ = ["read_interactions"]
