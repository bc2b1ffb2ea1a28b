"""An exported graph as a recommender: the same questions, answered by onnxruntime.

Sizes: ``B`` histories, ``T`` steps, ``C`` candidates, ``V`` items.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..data.batch import Batch
from ..data.errors import DataError
from ..messages import InputError
from .libraries import needed

AT_ONCE = 256  # candidates that are scored at a time, where all items are


class OnnxModel:
    """Scores of an ONNX file that :func:`.export.export_model` made.

    Args:
        data: the file's bytes. threads: of one question; onnxruntime does not read
            ``OMP_NUM_THREADS``, so they are set here.

    Raises:
        InputError: no such file, or onnxruntime is not there.
    """

    def __init__(self, data: bytes, threads: int = 1) -> None:
        ort = needed("onnxruntime")
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 3
        try:
            self.session = ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
            told = self.session.get_modelmeta().custom_metadata_map
            self.metadata: dict[str, Any] = {key: json.loads(value) for key, value in told.items()}
            self.reads: list[str] = self.metadata["reads"]
            self.max_len, self.least = int(self.metadata["max_len"]), int(self.metadata["least_steps"])
            self._n_items, self.reads_request = (
                int(self.metadata["n_items"]),
                bool(self.metadata["reads_request"]),
            )
        except Exception as error:  # onnxruntime has an error of its own for each kind of damage
            raise InputError(
                f"not an ONNX file of this library, or a damaged one ({str(error)[:120]}): export again"
            ) from error

    @property
    def n_items(self) -> int:
        """``V``."""
        return self._n_items

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)``, column 0 -inf, or ``(B, C)``, on the CPU.

        Raises:
            InputError: a history is empty, too long, or holds what is no item. DataError: no times, where
                the graph reads them.
        """
        given = self._inputs(batch)
        if "candidates" not in self.reads:
            scores = self._run(given)
            return scores if candidates is None else scores.gather(1, candidates.cpu())
        if candidates is not None:
            return self._run({**given, "candidates": candidates.cpu().numpy()})
        every = torch.arange(self.n_items + 1).expand(len(batch), -1)
        parts = [self._run({**given, "candidates": part.contiguous().numpy()})
                 for part in every.split(AT_ONCE, dim=1)]  # fmt: skip
        return torch.cat(parts, dim=1).index_fill(1, torch.zeros(1, dtype=torch.int64), -torch.inf)

    def _run(self, given: dict[str, np.ndarray]) -> Tensor:
        return torch.from_numpy(self.session.run(["scores"], given)[0])

    def _inputs(self, batch: Batch) -> dict[str, np.ndarray]:
        """What the graph reads. It cannot refuse anything itself: a wrong number would read a wrong row."""
        items, lengths = batch.items.cpu(), batch.lengths.cpu()
        if items.shape[1] > self.max_len:
            raise InputError(f"a history has {items.shape[1]} items; this file takes at most {self.max_len}")
        if bool((lengths < 1).any()) or bool((lengths > items.shape[1]).any()):
            raise InputError("a history is empty, or longer than its row: every row needs at least one item")
        real = torch.arange(items.shape[1]) < lengths[:, None]
        if bool(((items < real.long()) | (items > self.n_items)).any()):
            raise InputError(f"item numbers must be 1 to {self.n_items} (0 is padding)")
        found = {"items": items, "lengths": lengths, "times": batch.times, "query_time": batch.query_time}
        given = {}
        for name in self.reads:
            if name == "candidates":
                continue
            value = found[name]
            if value is None:
                raise DataError("this batch has no times: a time-aware model needs a log with a time column")
            short = self.least - value.shape[1] if value.dim() == 2 else 0
            value = value.cpu()
            given[name] = (torch.nn.functional.pad(value, (0, short)) if short > 0 else value).numpy()
        return given
