"""The libraries of this room, imported when they are needed, with one sentence where they are missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..messages import InputError

EXTRA = "serve"
PURPOSE = {
    "onnx": "an ONNX file is written with onnx",
    "onnxscript": "an ONNX file is written with onnxscript",
    "onnxruntime": "an ONNX file is run by onnxruntime",
    "fastapi": "the service is made with fastapi",
    "uvicorn": "the service is run by uvicorn",
}


def needed(module: str) -> Any:
    """The module of a library that not everybody has.

    Raises:
        InputError: it is not installed; the message names the extra that brings it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        name = module.partition(".")[0]
        raise InputError(
            f"{PURPOSE.get(name, f'{name} is needed')}, which is not installed: "
            f'pip install "seqrec_lib[{EXTRA}]"'
        ) from error
