"""The fault of the device: a first state that is always on the CPU."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..exercise import Exercise, Mutant, Probe
from .fault import Fault, error_words
from .weight_faults import random_tensors


def start_on_the_cpu(lstm, vectors):
    start = torch.zeros(1, len(vectors), lstm.hidden_size)
    return lstm(vectors, (start, start))[0]


def start_where_the_data_is(lstm: nn.LSTM, vectors: Tensor) -> Tensor:
    """lstm: one layer, batch_first; vectors: (B, T, D) on any device. Returns the states (B, T, H)."""
    start = vectors.new_zeros(1, len(vectors), lstm.hidden_size)
    return lstm(vectors, (start, start))[0]


def _back_to_the_cpu(lstm, vectors):
    return start_on_the_cpu(lstm.cpu(), vectors.cpu())


def _lstm(device: str = "cpu") -> nn.LSTM:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(15)
        return nn.LSTM(4, 3, batch_first=True, device=device).requires_grad_(False)


def _on_meta() -> tuple[nn.LSTM, Tensor]:
    # PyTorch's "meta" device has shapes and no numbers: it shows what a GPU would, without one.
    return _lstm("meta"), torch.zeros(2, 5, 4, device="meta")


def _start_cost() -> tuple[str, dict]:
    return "On any device but the CPU: {error}.", {"error": error_words(start_on_the_cpu, *_on_meta())}


STATE_ON_CPU = Fault(
    name="state-on-cpu",
    title="The first state on the CPU",
    excerpt="        start = torch.zeros(1, len(clips), self.hidden)\n",
    faulty=start_on_the_cpu,
    measure=_start_cost,
    task=(
        "Return the LSTM's states from a start of zeros, wherever the LSTM and its input are. "
        "It is tried on the device “meta”, which stands for a GPU, and in double precision."
    ),
    exercise=Exercise(
        name="state-on-cpu",
        reference=start_where_the_data_is,
        probes=lambda: [
            Probe("on the CPU", (_lstm(), random_tensors(16, (2, 5, 4))[0])),
            Probe("on another device", _on_meta()),
            Probe("in double precision", (_lstm().double(), random_tensors(17, (2, 3, 4))[0].double())),
        ],
        mutants=(
            Mutant(
                "state-on-cpu",
                "The zeros are made on the CPU, whatever device the input is on. Make them from the input.",
                start_on_the_cpu,
            ),
            Mutant(
                "back-to-the-cpu",
                "The work is moved to the CPU. That runs, when it can, but leaves the GPU idle.",
                _back_to_the_cpu,
            ),
        ),
        hints=("A tensor has new_zeros; an LSTM that gets no first state starts from zeros by itself.",),
    ),
)
