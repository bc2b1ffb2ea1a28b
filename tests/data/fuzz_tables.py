"""Random tables in random formats and types, with the interactions that a reader must find in them."""

from __future__ import annotations

import gzip
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import strategies as st

START = 1_500_000_000
NAMES = {
    "user": ("user", "user_id", "userId", "reviewerID", "session_id"),
    "item": ("item", "item_id", "movieId", "asin", "sku"),
    "time": ("time", "timestamp", "ts", "unixReviewTime"),
}
PLAIN = st.text("abcdefgh", min_size=2, max_size=5).map(lambda word: f"x{word}")
SPACED = st.lists(st.text("abcdef'", min_size=1, max_size=4), min_size=2, max_size=3).map(
    lambda words: "z" + " ".join(words)
)
MARKED = st.text("abc,;|\t'é漢&#", min_size=1, max_size=6).map(lambda word: f"q{word}q")
IDS = {
    "small": st.integers(0, 30),
    "signed": st.integers(-5, 5),
    "large": st.integers(2**40, 2**40 + 9),
    "word": PLAIN,
    "spaced": SPACED,
    "marked": MARKED,
    "zeros": st.integers(0, 99).map(lambda n: f"00{n}"),
}
TEXTS = ("csv", "tsv", "csv.gz", "csv;", "zip", "bare", "bare::", "unnamed")
TYPED = ("parquet", "parts", "frame", "jsonl", "json", "lists")


@dataclass
class Example:
    """A table to write: ``kind`` of file, names of its columns, their values, times as they are written."""

    kind: str
    names: dict[str, str]
    users: list
    items: list
    seconds: list[int] | None
    times: str
    extra: bool

    @property
    def expected(self) -> list[tuple]:
        """``(user, item, seconds)`` sorted by user, then time; in the order of the rows on ties."""
        seconds = self.seconds or [0] * len(self.users)
        numbered = all(isinstance(user, int) for user in self.users)
        key = (lambda user: user) if numbered else str
        rows = list(zip(self.users, self.items, seconds, strict=True))
        order = sorted(range(len(rows)), key=lambda n: (key(rows[n][0]), rows[n][2] if self.seconds else 0))
        return [
            (str(rows[n][0]), str(rows[n][1]), float(rows[n][2]) if self.seconds else None) for n in order
        ]


@st.composite
def examples(draw) -> Example:
    """A table that holds nothing but interactions and, perhaps, a column more."""
    kind = draw(st.sampled_from(TEXTS + TYPED))
    size = draw(st.integers(1, 12))
    names = {role: draw(st.sampled_from(words)) for role, words in NAMES.items()}

    def column() -> list:
        ids = IDS[draw(st.sampled_from(sorted(IDS)))]
        if kind == "bare::":  # a sign that stands in ids cannot stand between them
            ids = draw(st.sampled_from([IDS["small"], IDS["word"], IDS["signed"]]))
        pool = draw(st.lists(ids, min_size=1, max_size=5, unique=True))
        return draw(st.lists(st.sampled_from(pool), min_size=size, max_size=size))

    users, items = column(), column()
    gaps = draw(st.lists(st.integers(0, 10**6), min_size=size, max_size=size))
    timed = kind.startswith("bare") or draw(st.booleans())
    times = draw(st.sampled_from(("seconds", "fractions", "iso", "stamps"))) if timed else ""
    if kind == "lists" and len({str(user) for user in users}) < len(users):
        users = users[:1] * size
    seconds = [START + gap for gap in gaps] if timed else None
    return Example(kind, names, users, items, seconds, times, draw(st.booleans()))


def as_frame(example: Example) -> pd.DataFrame:
    """The table, with names; times as the example writes them."""
    columns: dict[str, object] = {
        example.names["user"]: example.users,
        example.names["item"]: example.items,
    }
    if example.seconds is not None:
        stamps = pd.to_datetime(pd.Series(example.seconds, dtype="int64"), unit="s")
        written = {
            "seconds": example.seconds,
            "fractions": [float(second) for second in example.seconds],
            "iso": stamps.dt.strftime("%Y-%m-%d %H:%M:%S").tolist(),
            "stamps": stamps,
        }
        columns[example.names["time"]] = written[example.times]
    if example.extra:
        columns["price"] = np.arange(len(example.users)) / 4
    return pd.DataFrame(columns)


def write(example: Example, folder: Path) -> tuple[object, dict[str, object]]:
    """``(source, options)`` for ``read_interactions``, as the README's table of layouts says."""
    frame, kind = as_frame(example), example.kind
    path = folder / f"log.{ {'csv;': 'csv', 'unnamed': 'csv', 'zip': 'csv'}.get(kind, kind) }"
    if kind == "frame":
        return frame, {}
    if kind in ("csv", "unnamed", "csv;", "tsv", "zip"):
        sep = {"csv;": ";", "tsv": "\t"}.get(kind, ",")
        frame.to_csv(path, index=kind == "unnamed", sep=sep)
        if kind == "zip":
            with zipfile.ZipFile(folder / "log.zip", "w") as archive:
                archive.write(path, "log.csv")
            return folder / "log.zip", {}
        return path, {"sep": ";"} if kind == "csv;" else {}
    if kind == "csv.gz":
        path.write_bytes(gzip.compress(frame.to_csv(index=False).encode()))
        return path, {}
    if kind.startswith("bare"):
        path = folder / "log.dat"
        columns = ["user", "item", "time", *(["price"] if example.extra else [])]
        if kind == "bare::":
            rows = frame.astype(str).itertuples(index=False)
            path.write_text("\n".join("::".join(row) for row in rows) + "\n", encoding="utf-8")
            return path, {"columns": ",".join(columns), "sep": "::"}
        frame.to_csv(path, index=False, header=False)
        return path, {"columns": ",".join(columns), "sep": ","}
    if kind == "parquet":
        frame.to_parquet(path)
        return path, {}
    if kind == "parts":
        (folder / "parts").mkdir(exist_ok=True)
        half = len(frame) // 2
        for n, part in enumerate((frame[:half], frame[half:])):
            if len(part):
                part.to_parquet(folder / "parts" / f"part-{n}.parquet")
        return folder / "parts", {}
    if kind in ("jsonl", "json"):
        text = frame.to_json(orient="records", lines=kind == "jsonl", date_format="iso", force_ascii=False)
        path.write_text(text, encoding="utf-8")
        return path, {}
    return _lists(example, frame, folder), {}


def _lists(example: Example, frame: pd.DataFrame, folder: Path) -> Path:
    """A user's whole history in a row, as lists in JSON lines."""
    user = example.names["user"]
    lines = []
    for each, rows in frame.groupby(user, sort=False):
        rows = rows.drop(columns=[user, *(["price"] if example.extra else [])])
        history = {name: [str(v) if isinstance(v, pd.Timestamp) else v for v in rows[name]] for name in rows}
        lines.append(json.dumps({user: each, **history}, default=lambda value: value.item()))
    path = folder / "lists.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
