"""How the processes that ``torchrun`` started find each other, and what is said when they do not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch

from ..messages import InputError
from .ranks import Alone, Together

SECONDS = 300.0  # how long one rank waits for the others before it gives up


def processes() -> tuple[int, int]:
    """``(rank, size)`` as ``torchrun`` tells them, ``(0, 1)`` where nobody did.

    Raises:
        InputError: RANK or WORLD_SIZE is missing beside the other, is no number, or they do not fit together.
    """
    told = {name: os.environ.get(name) for name in ("RANK", "WORLD_SIZE")}
    if told["WORLD_SIZE"] is None and told["RANK"] is None:
        return 0, 1
    try:
        rank, size = (int(str(each)) for each in told.values())
    except ValueError:
        raise InputError(
            f"RANK is {told['RANK']} and WORLD_SIZE is {told['WORLD_SIZE']}: both must be whole numbers; "
            "torchrun --standalone --nproc-per-node N -m seqrec_lib fit sets them"
        ) from None
    if not 0 <= rank < size:
        raise InputError(
            f"RANK is {rank}, but with a WORLD_SIZE of {size} the ranks go from 0 to {size - 1}: start every "
            "process with the same WORLD_SIZE and a RANK of its own"
        )
    return rank, size


def own_device(device: torch.device) -> torch.device:
    """The device of this rank: of several GPUs in one machine the one that ``LOCAL_RANK`` counts to."""
    if device.type != "cuda" or processes()[1] == 1:
        return device
    local = int(os.environ.get("LOCAL_RANK", 0))
    if local >= torch.cuda.device_count():
        raise InputError(
            f"process {local} of this machine needs a GPU of its own, and there are "
            f"{torch.cuda.device_count()}: give torchrun a smaller --nproc-per-node, or --device cpu"
        )
    torch.cuda.set_device(local)
    return torch.device("cuda", local)


@contextmanager
def joined(device: torch.device, seconds: float = SECONDS) -> Iterator[Alone]:
    """Inside the block this process is one of those that ``torchrun`` started: gloo on CPUs, nccl on GPUs.

    Args:
        seconds: how long to wait for the other ranks, here and later.

    Raises:
        InputError: ranks that do not fit together, one that does not come, or an address that is taken.
    """
    rank, size = processes()
    if size == 1:
        yield Alone()
        return
    import torch.distributed as dist

    place = f"{os.environ.get('MASTER_ADDR', '')}:{os.environ.get('MASTER_PORT', '')}"
    try:
        dist.init_process_group(
            "nccl" if device.type == "cuda" else "gloo",
            rank=rank,
            world_size=size,
            timeout=timedelta(seconds=seconds),
        )
    except (dist.DistError, RuntimeError, ValueError) as error:
        raise InputError(_not_joined(str(error), place, rank, size, seconds)) from error
    try:
        yield Together(rank, size, device)
    finally:
        dist.destroy_process_group()


def _not_joined(error: str, place: str, rank: int, size: int, seconds: float) -> str:
    if "EADDRINUSE" in error or "address already in use" in error.lower():
        return (
            f"{place} is in use by another program: give torchrun --standalone, which finds a free port, or "
            "--master-port with another one"
        )
    if "MASTER_" in error:
        return (
            f"process {rank} of {size} does not know where to meet the others: set MASTER_ADDR and "
            "MASTER_PORT, or let torchrun do it"
        )
    return (
        f"process {rank} of {size} waited {seconds:.0f} seconds at {place} and not all processes came: start "
        f"{size} of them, each with a RANK of its own ({error.splitlines()[0][:200]})"
    )
