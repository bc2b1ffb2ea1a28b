"""All the sources of chance in training: seeded together, saved together, given back afterwards."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from ..losses.objectives import Generators


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[Generators]:
    """Seed Python, NumPy and PyTorch inside the block; give the caller's states back after it.

    Yields four generators of its own: ``rows`` (the order of the training rows, on the CPU), ``negatives``
    (sampled items), ``masks`` (items that are hidden) and ``noise`` (directions in which item vectors are
    moved), these on ``device``: a draw must not cross over in every batch. So two losses that draw
    differently hide the same items. Dropout draws from PyTorch's global
    state.
    """
    before = global_state(device)
    try:
        random.seed(seed)
        np.random.seed(seed % 2**32)
        torch.manual_seed(seed)
        yield {
            "rows": torch.Generator().manual_seed(seed),
            "negatives": torch.Generator(device).manual_seed(seed + 1),
            "masks": torch.Generator(device).manual_seed(seed + 2),
            "noise": torch.Generator(device).manual_seed(seed + 3),
        }
    finally:
        set_global_state(before)


def global_state(device: torch.device) -> dict[str, Any]:
    """The states of Python's, NumPy's and PyTorch's global generators, as tensors and plain values."""
    numpy_state = np.random.get_state()
    assert isinstance(numpy_state, tuple)  # as it is unless a dict is asked for
    name, words, position, has_gauss, gauss = numpy_state
    state = {
        "python": random.getstate(),
        "numpy": (
            name,
            torch.from_numpy(words.astype(np.int64)),
            int(position),
            int(has_gauss),
            float(gauss),
        ),
        "torch": torch.get_rng_state(),
    }
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def set_global_state(state: dict[str, Any]) -> None:
    """Put back what :func:`global_state` returned. A CUDA state is left out where there is no GPU."""
    version, words, gauss = state["python"]
    random.setstate((version, tuple(words), gauss))
    name, words, *rest = state["numpy"]
    np.random.set_state((name, words.numpy().astype(np.uint32), *rest))
    torch.set_rng_state(state["torch"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])


def all_states(device: torch.device, generators: Generators) -> dict[str, Any]:
    """The global states and those of ``generators``, for a checkpoint."""
    return {**global_state(device), **{name: each.get_state() for name, each in generators.items()}}


def set_all_states(state: dict[str, Any], generators: Generators) -> None:
    """Put back what :func:`all_states` returned.

    A generator of another kind of device has a state of another size and cannot go on from it: it keeps
    its own. So does one that an older checkpoint does not name: nothing drew from it then.
    """
    set_global_state(state)
    for name, generator in generators.items():
        if name in state and state[name].shape == generator.get_state().shape:
            generator.set_state(state[name])
