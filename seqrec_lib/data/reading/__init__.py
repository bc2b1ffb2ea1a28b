"""Reading: from a file or a frame to a log, with errors that name file, row and column."""
