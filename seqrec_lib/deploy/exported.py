"""A run on disk as two files: the graph, ``NAME.onnx``, and what its numbers stand for, ``NAME.json``."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..experiments.run import Run
from ..files import write_bytes, write_json
from ..messages import InputError
from ..training import History
from .agreement import TOLERANCE, agreement
from .export import export_model
from .onnx_model import OnnxModel

FORMAT = 1


@dataclass(frozen=True)
class Exported:
    """What was written. ``error``: the largest relative error against PyTorch, over three shapes."""

    path: Path
    size: int
    error: float


def export_run(run: Run, out: Path | str) -> Exported:
    """Write the run's model as ``out``, an ONNX file, and its items beside it.

    The file is compared with the model before anything is written. The items name the graph's hash and are
    written last, so that a process that dies in between leaves a pair that is refused, not one that is wrong.

    Raises:
        InputError: a name that does not end in .onnx, a model that has no graph, a graph that disagrees.
    """
    out = Path(out)
    if out.suffix != ".onnx":
        raise InputError(f"--out {out}: the name must end in .onnx")
    data = export_model(run.model, run.max_len, {"model": run.name})
    error = agreement(run.model, OnnxModel(data), run.max_len)
    if not error <= TOLERANCE:
        raise InputError(
            f"the exported graph and PyTorch are {error:.1e} apart, more than {TOLERANCE:g}: "
            "nothing was written"
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(out, data)
    write_json(out.with_suffix(".json"), {**_beside(run), "graph": _hash(data), "error": error})
    return Exported(out, len(data), error)


def load_exported(path: Path | str, threads: int = 1) -> Run:
    """The run behind an exported file; its model answers through onnxruntime.

    Raises:
        InputError: a file is missing or damaged, or the two are not of one export.
    """
    path = Path(path)
    for each in (path, path.with_suffix(".json")):
        if not each.is_file():
            raise InputError(f"{each}: no such file; make both with export --out {path}")
    data = path.read_bytes()
    told = _read(path.with_suffix(".json"))
    if told.get("graph") != _hash(data):
        raise InputError(f"{path} and the .json beside it are not of one export: export again")
    model = OnnxModel(data, threads)
    if len(told["ids"]) != model.n_items + 1:
        raise InputError(f"{path}: {len(told['ids']) - 1} ids for {model.n_items} items: export again")
    return Run(
        told["name"],
        model,
        told["settings"],
        History(),
        told["ids"],
        told["titles"],
        told["max_len"],
        told["repeats"],
        told["protocol"],
        {},
        told["counts"],
    )


def _beside(run: Run) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "name": run.name,
        "settings": run.settings,
        "ids": run.item_ids,
        "titles": run.titles,
        "counts": run.counts,
        "max_len": run.max_len,
        "repeats": run.repeats,
        "protocol": run.protocol,
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path}: damaged, not JSON ({error})") from error
    if told.get("format") != FORMAT:
        raise InputError(f"{path}: written in format {told.get('format')}; this program reads {FORMAT}")
    return told


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
