"""``export``: write the model of a run folder as an ONNX file, with its items beside it."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

from ..deploy.exported import export_run
from ..experiments import load_run
from . import output


def run(arguments: Namespace) -> int:
    """Run the command.

    Raises:
        InputError: no run folder, a model without a graph, or a library that is not there.
    """
    output.prepare(arguments.out)
    made = load_run(arguments.folder, "cpu")
    found = export_run(made, arguments.out)
    beside = Path(arguments.out).with_suffix(".json")
    if arguments.json:
        print(json.dumps({"out": str(found.path), "bytes": found.size, "relative_error": found.error}))
        return 0
    print(f"{made.name} in {found.path} ({found.size / 1000:,.0f} kB), its items in {beside}")
    print(f"  onnxruntime and PyTorch are {found.error:.1e} apart at most, over three shapes")
    return 0
