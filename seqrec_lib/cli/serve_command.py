"""``serve``: answer over HTTP with the model of a run folder, or of an exported file."""

from __future__ import annotations

import sys
from argparse import Namespace

import torch

from ..deploy.held import Held
from ..deploy.running import LOOPBACK, address, listen, server_of
from ..messages import InputError


def run(arguments: Namespace) -> int:
    """Run the command, until Ctrl-C or SIGTERM.

    Raises:
        InputError: the run cannot be loaded, the port is taken, or a library is not there.
    """
    for name in ("workers", "threads", "most_waiting", "most_bytes"):
        least = 0 if name == "most_waiting" else 1
        if getattr(arguments, name) < least:
            raise InputError(f"{name} is {getattr(arguments, name)}: it must be at least {least}")
    if arguments.watch is not None and not arguments.watch > 0:
        raise InputError(f"watch is {arguments.watch}: it must be above 0 seconds")
    listening = listen(
        arguments.host, arguments.port
    )  # before the model is loaded: a taken port is said at once
    torch.set_num_threads(arguments.threads)
    held = Held(arguments.folder, arguments.threads)
    server = server_of(
        held,
        arguments.host,
        workers=arguments.workers,
        most_waiting=arguments.most_waiting,
        most_bytes=arguments.most_bytes,
        watch=arguments.watch,
    )
    if arguments.host not in (LOOPBACK, "localhost", "::1"):
        print(
            f"  note     {arguments.host}: other machines can ask, and nobody is asked who they are",
            file=sys.stderr,
        )
    print(f"{held.now.run.name} ({held.now.runtime}) answers at {address(listening)}", flush=True)
    server.run(sockets=[listening])
    return 0
