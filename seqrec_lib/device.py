"""Where a model runs (CUDA if there is a GPU, else the CPU), and in which precision."""

import time

import torch

from .messages import InputError, unknown

DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "fp32", "bf16")
WORTH_IT = 1.5  # bf16 must multiply matrices this many times faster, for it costs digits


def pick_device(name: str = "auto") -> torch.device:
    """Return the device called ``name``: ``"auto"`` (CUDA, else CPU), ``"cpu"`` or ``"cuda"``.

    Raises:
        InputError: the name is none of these, or CUDA is asked for and absent.
    """
    if name not in DEVICES:
        raise InputError(unknown("device", name, DEVICES))
    if name == "cpu":
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if name == "cuda":
        raise InputError(
            "device 'cuda' was asked for, but PyTorch finds no CUDA GPU here; use 'cpu' or 'auto'"
        )
    return torch.device("cpu")


def describe_device(device: torch.device) -> str:
    """Return one line that says which device is used, with its name and size."""
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        return f"device: cuda ({properties.name}, {properties.total_memory / 2**30:.0f} GiB)"
    threads = torch.get_num_threads()
    return f"device: cpu ({threads} thread{'s' * (threads != 1)})"


def pick_precision(name: str, device: torch.device) -> str:
    """Return ``"fp32"`` or ``"bf16"``: what ``name`` says, or what pays on ``device`` for ``"auto"``.

    On a CPU a measurement of some milliseconds says it: a processor without bf16 arithmetic emulates it and
    is slower with it, so the answer follows the hardware, not a list of its names. On a GPU it is fp32: the
    products there are faster in bf16, but models of this size wait for the launch of kernels, and the
    casts are more of them (``results/gpu_steps.json``). Ask for bf16 where a model is wide and its
    batches are large.

    Raises:
        InputError: the name is none of ``auto``, ``fp32``, ``bf16``.
    """
    if name not in PRECISIONS:
        raise InputError(unknown("precision", name, PRECISIONS))
    if name != "auto":
        return name
    if device.type == "cuda":
        return "fp32"
    best = {torch.float32: float("inf"), torch.bfloat16: float("inf")}
    for _ in range(5):  # in turn, so that a busy moment meets both
        for dtype in best:
            best[dtype] = min(best[dtype], _seconds_of_product(dtype, device))
    return "bf16" if best[torch.float32] > WORTH_IT * best[torch.bfloat16] else "fp32"


def _seconds_of_product(dtype: torch.dtype, device: torch.device) -> float:
    left = torch.ones(512, 512, dtype=dtype, device=device)
    started = time.perf_counter()
    left @ left
    return time.perf_counter() - started


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """A context in which matrix products run in ``precision``; weights and sums stay in fp32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")
