"""Runs first in the kernel of a notebook and writes down each file below a folder that is opened there.

``PYTHONSTARTUP`` names this file, ``SEQREC_WATCH`` the folder, and ``SEQREC_OPENED`` the file that gets a
line for each one that was opened: modules, however late they are imported, and data alike.
"""


def watch() -> None:
    """Begin to write. All names stay in here, for the notebook's own begin after this."""
    import os
    import sys
    from importlib.util import source_from_cache

    folder = os.path.normcase(os.environ["SEQREC_WATCH"] + os.sep)
    log = os.open(os.environ["SEQREC_OPENED"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    known = set()

    def note(event: str, arguments: tuple) -> None:
        if event != "open" or not isinstance(arguments[0], str):
            return
        path = os.path.realpath(arguments[0])
        if not os.path.normcase(path).startswith(folder) or path in known:
            return
        known.add(path)
        if path.endswith(".pyc"):  # Python reads the compiled module while it is fresh
            try:
                path = source_from_cache(path)
            except ValueError:  # no module of Python's own making
                return
        os.write(log, f"{path}\n".encode())

    sys.addaudithook(note)


watch()
del watch
