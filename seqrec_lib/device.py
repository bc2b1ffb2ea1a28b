"""Where a model runs: CUDA if there is a GPU, else the CPU."""

import torch

DEVICES = ("auto", "cpu", "cuda")


def pick_device(name: str = "auto") -> torch.device:
    """Return the device called ``name``: ``"auto"`` (CUDA, else CPU), ``"cpu"`` or ``"cuda"``.

    Raises:
        ValueError: the name is none of these, or CUDA is asked for and absent.
    """
    if name not in DEVICES:
        raise ValueError(f"unknown device {name!r}: use one of {', '.join(DEVICES)}")
    if name == "cpu":
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if name == "cuda":
        raise ValueError(
            "device 'cuda' was asked for, but PyTorch finds no CUDA GPU here; use 'cpu' or 'auto'"
        )
    return torch.device("cpu")


def describe_device(device: torch.device) -> str:
    """Return one line that says which device is used, with its name and size."""
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        return f"device: cuda ({properties.name}, {properties.total_memory / 2**30:.0f} GiB)"
    return f"device: cpu ({torch.get_num_threads()} threads)"
