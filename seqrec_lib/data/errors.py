"""The error that bad data raises."""


class DataError(ValueError):
    """Data that cannot be used. The message names the file, the row, the column and what to do."""
