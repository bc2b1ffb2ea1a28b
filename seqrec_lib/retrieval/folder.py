"""An index on disk: a folder with ``index.json`` and the vectors or the library's own file."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import torch
from torch import Tensor

from ..files import write_json
from ..messages import InputError
from .index import ExactIndex, ItemIndex
from .libraries import FaissIndex, UsearchIndex, build_index, fingerprint, needed

FORMAT = 1


def save_index(index: ItemIndex, folder: Path | str) -> None:
    """Write ``index`` to ``folder``; what was there is replaced at the end, so a failure leaves it whole."""
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists() and not (folder / "index.json").is_file() and any(folder.iterdir()):
        raise InputError(f"{folder}: it holds something that is no index: choose another folder")
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        index.write(new)
        about = {"kind": index.kind, "metric": index.metric, "n_items": index.n_items, "dim": index.dim}
        write_json(new / "index.json", {"format": FORMAT, **about, "fingerprint": index.fingerprint})
        if folder.exists():
            shutil.rmtree(folder)
        new.replace(folder)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def load_index(folder: Path | str) -> ItemIndex:
    """The index that :func:`save_index` wrote.

    Raises:
        InputError: no index, one of a newer format, a damaged one, or its library is not installed.
    """
    folder = Path(folder)
    try:
        about = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        number, kind, metric = about["format"], about["kind"], about["metric"]
        dim, mark = int(about["dim"]), str(about["fingerprint"])
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{folder}: no index is there, or it is damaged: build it again") from error
    if number != FORMAT:
        raise InputError(f"{folder}: its format is {number}, and this library reads {FORMAT}")
    index: ItemIndex
    try:
        if kind == "exact":
            from safetensors.torch import load_file

            index = ExactIndex(load_file(folder / "vectors.safetensors")["vectors"], metric, mark)
        elif kind == "usearch":
            inner = needed("usearch.index").Index(
                ndim=dim, metric="l2sq" if metric == "l2" else "ip", dtype="f32"
            )
            inner.load(str(folder / "index.usearch"))
            index = UsearchIndex(inner, metric, dim, mark)
        else:
            inner = needed("faiss").read_index(str(folder / "index.faiss"))
            index = FaissIndex(inner, kind, metric, dim, mark)
    except (OSError, RuntimeError) as error:
        raise InputError(f"{folder}: the index cannot be read ({error}): build it again") from error
    if index.n_items != about["n_items"]:
        raise InputError(f"{folder}: the index is damaged: build it again")
    return index


def open_index(folder: Path | str, matrix: Tensor, kind: str, metric: str = "dot") -> ItemIndex:
    """The index in ``folder`` if it was built from these very vectors; else a new one, which is saved
    there."""
    folder = Path(folder)
    if (folder / "index.json").is_file():
        index = load_index(folder)
        if (index.kind, index.metric, index.fingerprint) == (kind, metric, fingerprint(matrix)):
            return index
    with torch.no_grad():
        index = build_index(matrix, kind, metric)
    save_index(index, folder)
    return index
