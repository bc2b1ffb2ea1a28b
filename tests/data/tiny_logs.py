"""Small logs and MovieLens look-alikes for the data tests. All titles are invented."""

import zipfile

import numpy as np
import pandas as pd

from seqrec_lib.data import read_interactions


def write(folder, text, name="log.csv"):
    """Write text or bytes to a file and return its path."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def random_log(users=30, items=12, rows=400, seed=0, repeats=False, timed=True):
    """A log with many equal times, rows in random order."""
    rng = np.random.default_rng(seed)
    columns = {"user": rng.integers(0, users, rows), "item": rng.integers(0, items, rows)}
    if timed:
        columns["time"] = rng.integers(1000, 1100, rows)
    return read_interactions(pd.DataFrame(columns), repeats=repeats)


def ratings(users=8, films=6):
    """Rows ``user item rating time``: every user meets every film, one second apart."""
    return [
        (u, f, 1 + (u + f) % 5, 1000 + 10 * u + f) for u in range(1, users + 1) for f in range(1, films + 1)
    ]


def layout_100k(rows=None):
    """Files of the 100K layout, name to bytes; one title needs Latin-1."""
    rows = ratings() if rows is None else rows
    data = "".join("\t".join(map(str, row)) + "\n" for row in rows)
    flags = "|".join(["0", "1"] + ["0"] * 17)
    films = "".join(f"{f}|Caf\xe9 {f} (1995)|01-Jan-1995||http://x|{flags}\n" for f in range(1, 7))
    return {"ml-100k/u.data": data.encode(), "ml-100k/u.item": films.encode("latin-1")}


def layout_1m():
    """Files of the 1M layout, name to bytes."""
    data = "".join("::".join(map(str, row)) + "\n" for row in ratings())
    films = "".join(f"{f}::Caf\xe9 {f} (1995)::Action|Drama\n" for f in range(1, 7))
    return {"ml-1m/ratings.dat": data.encode(), "ml-1m/movies.dat": films.encode("latin-1")}


def write_zip(path, files):
    """Write a zip of name-to-bytes and return its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def write_folder(path, files):
    """Write name-to-bytes as files under ``path`` and return it."""
    for name, text in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text)
    return path


def holds(message, parts):
    """True if every part stands in the message."""
    return [part for part in parts if part not in message] == []
