"""From a trained model to an ONNX file whose batch and length are free, and the proof that they are.

PyTorch's exporter falls back to graphs of fixed size without an error when Python numbers stand in the way
(``len(batch)`` is one). So the sizes of the finished graph are read back and a fixed one is refused.
Sizes: ``B`` histories, ``T`` steps, ``C`` candidates.
"""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from importlib.metadata import version
from typing import Any

import torch
from torch import Tensor, nn

from ..evaluation.asking import asked
from ..messages import InputError
from ..models.recommender import reads_request
from .graph import AXES, graph_of
from .libraries import needed

OPSET = 20
LEAST_STEPS = 2  # some models compare neighbouring steps: the runner pads a history of one item


def export_model(model: Any, max_len: int, metadata: Mapping[str, object] | None = None) -> bytes:
    """The bytes of an ONNX file that scores as ``model`` does, for any number of histories of any length.

    Args:
        max_len: the longest history that the model reads. metadata: what the file says of itself.

    Raises:
        InputError: the model has no graph, a size of the graph would be fixed, a library is not there.
    """
    onnx = needed("onnx")
    needed("onnxscript")
    graph = graph_of(model)
    with asked(graph), quiet_exporter():
        program = _program(graph, max_len)
    made = program.model_proto
    free = {axis for name in graph.reads for axis in AXES[name]}  # type: ignore[union-attr]
    fixed = frozen_sizes(made, free)
    if fixed:
        raise InputError(f"the graph has a fixed size where any should fit: {'; '.join(fixed)}")
    for key, value in {**described(graph, model, max_len), **(metadata or {})}.items():
        made.metadata_props.add(key=str(key), value=json.dumps(value, ensure_ascii=False))
    onnx.checker.check_model(made)
    data: bytes = made.SerializeToString()
    return data


def described(graph: nn.Module, model: Any, max_len: int) -> dict[str, object]:
    """What every file says of itself: its inputs, its longest history, who wrote it."""
    return {
        "reads": list(graph.reads),  # type: ignore[arg-type]
        "n_items": int(model.n_items),
        "reads_request": reads_request(model),
        "max_len": max_len,
        "least_steps": min(LEAST_STEPS, max_len),
        "torch": version("torch"),
        "opset": OPSET,
    }


def example_inputs(
    reads: tuple[str, ...], rows: int = 3, steps: int = 5, places: int = 4
) -> dict[str, Tensor]:
    """Inputs that fit every catalogue: item 1 everywhere, an hour between two events."""
    hours = 3600.0 * torch.arange(steps + 1, dtype=torch.float64)
    whole = {
        "items": torch.ones(rows, steps, dtype=torch.int64),
        "lengths": torch.full((rows,), steps),
        "times": hours[:steps].repeat(rows, 1),
        "query_time": hours[-1].repeat(rows),
        "candidates": torch.ones(rows, places, dtype=torch.int64),
    }
    return {name: whole[name] for name in reads}


def _program(graph: nn.Module, max_len: int) -> Any:
    reads: tuple[str, ...] = graph.reads  # type: ignore[assignment]
    dim = torch.export.Dim
    least = min(LEAST_STEPS, max_len)
    free = {
        "batch": dim("batch", min=1, max=2**20),
        "steps": dim("steps", min=least, max=max_len) if max_len > least else None,
        "candidates": dim("candidates", min=1, max=2**20),
    }
    shapes = {name: {place: free[axis] for place, axis in enumerate(AXES[name])} for name in reads}
    example = example_inputs(reads, steps=min(5, max_len))
    with torch.no_grad():
        graph(**example)  # what a model makes once from its weights, as a trie of codes, is then a constant
    _forget_how_recurrences_ran()
    try:
        return torch.onnx.export(
            graph,
            (),
            kwargs=example,
            input_names=list(reads),
            output_names=["scores"],
            dynamic_shapes=shapes,
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    except Exception as error:  # the exporter raises errors of many kinds, each with pages of text
        told = next((line.strip() for line in str(error.__cause__ or error).splitlines() if line.strip()), "")
        raise InputError(f"PyTorch could not make a graph of this model: {told[:300]}") from error
    finally:
        _forget_how_recurrences_ran()


def _forget_how_recurrences_ran() -> None:
    """Let the exporter put its loops in place of recurrent layers again.

    It does so while it works, and an operator remembers which way it took the last time. Without this the
    second export of a process would unroll the steps of its example, and so fix the length.
    """
    for name in ("gru", "lstm", "rnn_tanh"):
        operator = getattr(torch.ops.aten, name).input
        getattr(operator, "_dispatch_cache", {}).clear()


def frozen_sizes(made: Any, free: set[str]) -> list[str]:
    """Where inputs or the output of an ONNX model have a number in place of one of the ``free`` axes.

    Args:
        made: the ``ModelProto``. free: names of axes, of ``AXES``, that must be names in the graph too.
    """
    found = []
    for value in made.graph.input:
        for axis, size in zip(AXES[value.name], value.type.tensor_type.shape.dim, strict=True):
            if axis in free and not size.dim_param:
                found.append(f"{axis} of {value.name} is {size.dim_value}")
    first = made.graph.output[0].type.tensor_type.shape.dim[0]
    if "batch" in free and not first.dim_param:
        found.append(f"batch of {made.graph.output[0].name} is {first.dim_value}")
    return found


@contextmanager
def quiet_exporter() -> Iterator[None]:
    """The exporter prints and warns of its own workings, which nobody asked for."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
