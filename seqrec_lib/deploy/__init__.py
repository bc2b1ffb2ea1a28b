"""From a run folder to something that answers: an ONNX file, a service, and what its times mean.

``graph`` and ``export`` make the file, ``onnx_model`` runs it, ``agreement`` compares the two runtimes;
``exported`` is both on disk. ``held``, ``app`` and ``running`` are the service; ``queueing`` says how long a
request waits, and ``load`` measures it. ``onnx``, ``onnxruntime``, ``fastapi`` and ``uvicorn`` are imported
when they are needed.
"""

from .agreement import agreement, relative_error
from .export import export_model, frozen_sizes, quiet_exporter
from .exported import Exported, export_run, load_exported
from .graph import WITHOUT_GRAPH, graph_of
from .held import Held, Loaded, load_served
from .load import Measured, ask, ask_in_turn, ask_when_due
from .onnx_model import OnnxModel
from .queueing import arrival_times, in_system, mean_wait, nearest_rank, waits
from .running import served, started

__all__ = [
    "WITHOUT_GRAPH",
    "Exported",
    "Held",
    "Loaded",
    "Measured",
    "OnnxModel",
    "agreement",
    "arrival_times",
    "ask",
    "ask_in_turn",
    "ask_when_due",
    "export_model",
    "export_run",
    "frozen_sizes",
    "graph_of",
    "in_system",
    "load_served",
    "load_exported",
    "mean_wait",
    "nearest_rank",
    "quiet_exporter",
    "relative_error",
    "served",
    "started",
    "waits",
]
