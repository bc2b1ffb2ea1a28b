"""A service that runs: in this process, until it is stopped; or in a thread, or in a process of its own."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from ..messages import InputError
from .held import Held
from .libraries import needed

LOOPBACK = "127.0.0.1"
PATIENCE = 60.0  # seconds until a service must answer


def server_of(held: Held, host: str = LOOPBACK, **limits: Any) -> Any:
    """A uvicorn server of ``held`` that has not begun; ``limits`` are those of :func:`.app.make_app`.

    Raises:
        InputError: fastapi or uvicorn is not there.
    """
    for module in ("fastapi", "uvicorn"):
        needed(module)
    from .app import make_app  # needs fastapi

    hosts = [LOOPBACK, "localhost", host] if host in (LOOPBACK, "localhost") else ["*"]
    app = make_app(held, hosts, **limits)
    uvicorn = needed("uvicorn")
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=10)
    return uvicorn.Server(config)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 is any free one.

    Raises:
        InputError: the port is taken or not allowed, or there is no such host.
    """
    if not 0 <= port <= 65535:
        raise InputError(f"port is {port}: it must be 0, for any free one, to 65535")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio sends small answers at once. Without it each waits 40 ms for a receipt.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        raise InputError(
            f"cannot listen at {host}:{port} ({error.strerror or error}): give another --port"
        ) from error
    found.listen(128)
    return found


def address(listening: socket.socket) -> str:
    """``http://host:port``."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def served(path: Path | str, **limits: Any) -> Iterator[str]:
    """Inside the block the run at ``path`` answers at the address that is given; then the service ends.

    It runs in a thread of this process, which is right for a lesson or a test. Who measures times gives it a
    process of its own: :func:`started`.
    """
    server, listening = server_of(Held(path), **limits), listen(LOOPBACK, 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    url = address(listening)
    try:
        wait_until_it_answers(url, thread.is_alive)
        yield url
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@contextmanager
def started(path: Path | str, *flags: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Inside the block ``python -m seqrec_lib serve`` answers: ``(address, process)``; then it is stopped."""
    command = [sys.executable, "-m", "seqrec_lib", "serve", "--run", str(path), "--port", "0", *flags]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stderr is not None  # pipes were asked for
    try:
        line = process.stdout.readline()  # one line, when it listens
        if not line:
            raise InputError(f"the service did not start: {process.stderr.read().strip()}")
        url = line.split()[-1]
        wait_until_it_answers(url, lambda: process.poll() is None)
        yield url, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE)
        process.stdout.close()
        process.stderr.close()


def wait_until_it_answers(url: str, lives: Any) -> dict[str, Any]:
    """What ``/health`` says, as soon as it says something.

    Raises:
        InputError: the service ended, or says nothing in a minute.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and lives():
        try:
            with urlopen(f"{url}/health", timeout=5) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)
    raise InputError(f"the service at {url} does not answer")
