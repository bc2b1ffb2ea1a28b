"""From id columns to numbers: text or whole numbers, missing ones refused with their line."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from ...messages import rows
from ..errors import DataError
from .table import Table
from .types import refuse_opaque

# What other programs write for a value that is missing.
MISSING_WORDS = frozenset({"", "nan", "null", "none", "na", "n/a", "<na>", "nat"})
ARTICLE = {"user": "a", "item": "an"}
_WHOLE = r"^(0|-?[1-9][0-9]{0,17})$"


def encode(column: pa.ChunkedArray) -> tuple[np.ndarray, pa.Array]:
    """Return ``(codes, values)``: ``values[codes[n]]`` is row n; code -1 is a missing value."""
    if not pt.is_dictionary(column.type):
        column = column.dictionary_encode()
    array = column.unify_dictionaries().combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0)
    if array.dictionary.null_count:  # a missing value may stand among the values instead of in a row
        array = array.dictionary_decode().dictionary_encode()
    codes = pc.fill_null(array.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    return codes, array.dictionary


def map_ids(table: Table, column: str, role: str) -> tuple[np.ndarray, np.ndarray, str | None]:
    """Number the ids of a column in sorted order: whole numbers by size, text by letters.

    Returns ``(numbers (N,) int64 from 0, ids (K,) objects, note or None)``. The note says when
    a column that is mostly whole numbers had to be read as text.

    Raises:
        DataError: a missing id, a fraction, a float too large to be exact, or a type that cannot be an id.
    """
    refuse_opaque(table, column, f"the id of {ARTICLE[role]} {role}")
    codes, values = encode(table.data[column])
    _refuse_missing(table, column, role, codes < 0)
    if pt.is_string(values.type) or pt.is_large_string(values.type):
        codes, ids, note = _text_ids(table, column, role, codes, pc.utf8_trim_whitespace(values))
    elif pt.is_integer(values.type):
        ids, note = values.to_numpy(zero_copy_only=False), None
    elif pt.is_floating(values.type):
        ids, note = _whole_ids(table, column, role, codes, values), None
    else:
        raise DataError(
            f"{table.origin.name}, column {column!r}: {values.type} cannot be the id of "
            f"{ARTICLE[role]} {role}: use text or whole numbers"
        )
    # Dictionaries may hold values that no row uses; only ids that occur get a number.
    used = np.bincount(codes, minlength=len(ids)) > 0
    places = np.flatnonzero(used)
    unique, place = np.unique(ids[places], return_inverse=True)
    number = np.zeros(len(ids), dtype=np.int64)
    number[places] = place
    return number[codes], unique.astype(object), note


def _refuse_missing(
    table: Table, column: str, role: str, missing: np.ndarray, words: np.ndarray | None = None
) -> None:
    """``words``: what stands in each row, where it is text that means a missing value."""
    if missing.any():
        row = int(missing.argmax())
        word = "" if words is None else words[row]
        why = f", since {word!r} is taken for none" if word else ""
        keep = ", or keep such text as an id (keep_na=True, --keep-na)" if word else ""
        raise DataError(
            f"{table.origin.at(row, column)}: no {role} id ({rows(int(missing.sum()))}){why}: "
            f"fill it in or delete the row{keep}",
            bad=missing,
        )


def _text_ids(
    table: Table, column: str, role: str, codes: np.ndarray, values: pa.Array
) -> tuple[np.ndarray, np.ndarray, str | None]:
    words = np.asarray(values.to_pylist(), dtype=object)
    none = frozenset({""}) if table.keep_na else MISSING_WORDS
    missing = np.fromiter((word.lower() in none for word in words), bool, len(words))
    if missing.any():
        _refuse_missing(table, column, role, missing[codes], words[codes])
    broken = np.fromiter(("\n" in word or "\r" in word for word in words), bool, len(words))
    if broken.any():
        row = int(broken[codes].argmax())
        mend = (
            "a double quote opens there and closes in a later line: mend or remove it"
            if table.origin.text is not None
            else "take the line breaks out of the column"
        )
        raise DataError(
            f"{table.origin.at(row, column)}: the {role} id runs over several lines: {mend}",
            bad=broken[codes],
        )
    whole = pc.match_substring_regex(values, _WHOLE).to_numpy(zero_copy_only=False)
    if whole.all():
        return codes, words.astype(np.int64), None
    if not whole.any():
        return codes, words, None
    row = int((~whole)[codes].argmax())
    note = (
        f"column {column!r}: {role} ids are read as text, because {int((~whole).sum()):,} of {len(words):,} "
        f"are not plain whole numbers (first: {words[codes[row]]!r}, {table.origin.row(row)})"
    )
    return codes, words, note


def _whole_ids(table: Table, column: str, role: str, codes: np.ndarray, values: pa.Array) -> np.ndarray:
    ids = values.to_numpy(zero_copy_only=False)
    _refuse_missing(table, column, role, np.isnan(ids)[codes])
    broken = ~np.isfinite(ids) | (ids != np.floor(ids))
    # From here on, 2**53 in float64, a float no longer tells neighbouring whole numbers apart.
    bad = broken | (np.abs(ids) >= 2.0 ** (np.finfo(ids.dtype).nmant + 1))
    if bad.any():
        row = int(bad[codes].argmax())
        place, value = table.origin.at(row, column), float(ids[codes[row]])
        if broken[codes[row]]:
            raise DataError(
                f"{place}: {value} is not a whole number, so it cannot be the id of {ARTICLE[role]} {role}: "
                f"use text or whole numbers",
                bad=broken[codes],
            )
        raise DataError(
            f"{place}: {value:.0f} may stand for several {role} ids, since {ids.dtype} does not tell whole "
            f"numbers of that size apart: make the column text or whole numbers where it is made"
        )
    return ids.astype(np.int64)
