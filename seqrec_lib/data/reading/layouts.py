"""MovieLens as GroupLens packs it: ``u.data`` (100K), ``ratings.dat`` (1M, 10M), ``ratings.csv`` (later)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from ..errors import DataError
from .archive import check_members, read_member
from .opening import read_bytes
from .origin import Origin
from .table import Table, parse_text, read_delimited

ROLES = {"user": "user", "item": "item", "time": "time"}
_NAMES = ["user", "item", "rating", "time"]
Films = dict[str, tuple[str, str]]  # film id as text to title and genres


@dataclass(frozen=True)
class Layout:
    """One way of packing: which file holds the ratings, which the films, and their separators."""

    ratings: str
    ratings_separator: str
    films: str
    films_separator: str
    header: str = ""  # of the ratings; with one, both files are UTF-8 with quotes


# The order of the columns of 0 and 1 in u.item, as u.genre numbers them.
GENRES = (
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary"),
    *("Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi"),
    *("Thriller", "War", "Western"),
)
LAYOUTS = (
    Layout("u.data", "\t", "u.item", "|"),
    Layout("ratings.dat", "::", "movies.dat", "::"),
    Layout("ratings.csv", ",", "movies.csv", ",", "userId,movieId,rating,timestamp"),
)


def find_layout(names: list[str]) -> tuple[Layout, str] | None:
    """Return the layout whose ratings file is among ``names`` and that file's name; else None."""
    for layout in LAYOUTS:
        for name in names:
            beside = str(PurePosixPath(name).with_name(layout.films))
            # Others have a ratings.csv too, so that one needs its films.
            if PurePosixPath(name).name == layout.ratings and (not layout.header or beside in names):
                return layout, name
    return None


def read_zip(path: Path) -> tuple[Table, Films]:
    """Read a MovieLens zip: ``(ratings, films)``, see :func:`read_layout`."""
    names = check_members(path)
    found = find_layout(names)
    if found is None:
        wanted = " or ".join(layout.ratings for layout in LAYOUTS)
        raise DataError(
            f"{path}: the zip has no {wanted}, so it is not MovieLens; it holds "
            f"{', '.join(names[:5]) or 'nothing'}: unpack it and name the CSV inside"
        )
    return read_layout(*found, names, str(path), lambda name: read_member(path, name))


def read_folder(path: Path) -> tuple[Table, Films]:
    """Read a folder that holds MovieLens files, or one folder that does."""
    places = [path, *sorted(p for p in path.iterdir() if p.is_dir())]
    for place in places:
        names = [entry.name for entry in place.iterdir()]
        found = find_layout(names)
        if found is not None:
            return read_layout(*found, names, str(place), _reader_in(place))
    wanted = " or ".join(layout.ratings for layout in LAYOUTS)
    raise DataError(f"{path}: is a folder without {wanted}: name a file inside it, or a MovieLens folder")


def _reader_in(folder: Path) -> Callable[[str], memoryview]:
    return lambda name: read_bytes(folder / name)


def read_layout(
    layout: Layout, ratings: str, names: list[str], source: str, read: Callable[[str], bytes | memoryview]
) -> tuple[Table, Films]:
    """Return the ratings as a table and ``{film id as text: (title, genres)}``.

    ``read`` returns the bytes of a file by name. Files without a header are Latin-1; ids are whole numbers.
    """
    text = read(ratings)
    film_file = str(PurePosixPath(ratings).with_name(layout.films))
    if layout.header:
        return _with_header(layout, text, read(film_file), f"{source}: {ratings}", f"{source}: {film_file}")
    if layout.ratings_separator == "::":
        text = bytes(text).replace(b"::", b"\t")
    origin = Origin(f"{source}: {ratings}", text, "latin-1", "\t", quoted=False, header=False)
    if not bytes(text[:64]).strip():
        raise DataError(f"{origin.name}: the file is empty: fetch MovieLens again")
    table = parse_text(origin, _NAMES, 0, plain=("time",))
    films = _films(layout, bytes(read(film_file)), f"{source}: {film_file}") if film_file in names else {}
    return table, films


def _with_header(
    layout: Layout, text: bytes | memoryview, films: bytes | memoryview, source: str, film_source: str
) -> tuple[Table, Films]:
    table = read_delimited(source, text, ",", "utf-8", lambda names: names[-1])
    if table.names != layout.header.split(","):
        raise DataError(
            f"{source}: the header is {','.join(table.names)} and not {layout.header}: fetch it again"
        )
    shown = read_delimited(film_source, films, ",", "utf-8")
    if shown.names[:3] != ["movieId", "title", "genres"]:
        raise DataError(f"{film_source}: the header is not movieId,title,genres: fetch MovieLens again")
    ids, titles, genres = (
        shown.data[name].cast("string").fill_null("").to_pylist() for name in ("movieId", "title", "genres")
    )
    known = {film: (title, genre) for film, title, genre in zip(ids, titles, genres, strict=True)}
    return Table(table.data.rename_columns(_NAMES), table.origin), known


def _films(layout: Layout, text: bytes, source: str) -> Films:
    films = {}
    for line, row in enumerate(text.decode("latin-1").splitlines(), start=1):
        if not row.strip():
            continue
        fields = row.split(layout.films_separator)
        if len(fields) < 3 or not fields[0].isdecimal():
            raise DataError(
                f"{source}, line {line}: not 'id, title, …' but {row[:40]!r}: fetch MovieLens again"
            )
        flags = fields[5:] if layout.films == "u.item" else None
        genres = (
            fields[2]
            if flags is None
            else "|".join(g for g, f in zip(GENRES, flags, strict=False) if f == "1")
        )
        films[str(int(fields[0]))] = (fields[1], genres)
    return films


def film_columns(item_ids: np.ndarray, films: Films) -> tuple[list[str], dict[str, np.ndarray]]:
    """Return ``(titles, {"genres": (V+1,)})`` for the catalogue; a film without an entry has "".

    ``films`` is by id as text, since the ids of a log, ``(V+1,)``, may be whole numbers or text.
    """
    rows = [films.get(str(item), ("", "")) for item in item_ids]
    rows[0] = ("", "")  # padding
    return [row[0] for row in rows], {"genres": np.array([row[1] for row in rows], dtype=object)}
