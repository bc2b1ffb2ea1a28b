"""Asking a service many times, and measuring each answer from when the question was *due*.

A client that waits for an answer before it asks again slows down with the service, and so hides how long
others would have waited ("coordinated omission"). :func:`ask_when_due` keeps to a timetable instead.
"""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from .queueing import nearest_rank

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Measured:
    """``(N,)`` each, in seconds since the first moment: ``due``, ``sent``, ``done``; and the ``status``.

    A request that got no answer at all has the status 0.
    """

    due: np.ndarray
    sent: np.ndarray
    done: np.ndarray
    status: np.ndarray

    @property
    def latency(self) -> np.ndarray:
        """From when each request was due to when its answer was there."""
        late: np.ndarray = self.done - self.due
        return late

    def percentile(self, share: float) -> float:
        """Of the latencies of requests that were answered."""
        return nearest_rank(self.latency[self.status == 200], share)

    @property
    def per_second(self) -> float:
        """Answers a second, from the first question to the last answer."""
        return float((self.status == 200).sum() / (self.done.max() - self.sent.min()))


class _Caller:
    """One connection that is kept, and opened anew when the service has closed it."""

    def __init__(self, url: str) -> None:
        self.host = urlsplit(url).netloc
        self.link: http.client.HTTPConnection | None = None

    def post(self, path: str, data: bytes) -> tuple[int, bytes]:
        try:
            if self.link is None:
                self.link = http.client.HTTPConnection(self.host, timeout=60)
            self.link.request("POST", path, data, {"Content-Type": "application/json"})
            answer = self.link.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            return 0, b""

    def close(self) -> None:
        if self.link is not None:
            self.link.close()
        self.link = None


def ask(url: str, body: Body, path: str = "/recommend") -> tuple[int, Any]:
    """``(status, answer)`` of one question; status 0 and None where nobody answers."""
    caller = _Caller(url)
    status, data = caller.post(path, json.dumps(body).encode())
    caller.close()
    return status, json.loads(data) if data else None


def ask_in_turn(url: str, bodies: Sequence[Body]) -> Measured:
    """One client that asks as soon as it has its answer: it measures service, and no wait."""
    caller, texts = _Caller(url), [json.dumps(body).encode() for body in bodies]
    begin = time.perf_counter()
    rows = []
    for text in texts:
        sent = time.perf_counter() - begin
        status, _ = caller.post("/recommend", text)
        rows.append((sent, sent, time.perf_counter() - begin, status))
    caller.close()
    return _measured(rows)


def ask_when_due(url: str, bodies: Sequence[Body], due: np.ndarray, connections: int = 32) -> Measured:
    """Ask at the moments ``due`` ``(N,)``, whatever became of the questions before.

    ``connections`` are as many as may be under way. Where all are, a question is sent late, and its latency
    is counted from when it was due all the same.
    """
    texts = [json.dumps(body).encode() for body in bodies]
    rows: list[tuple[float, float, float, int]] = [(0.0, 0.0, 0.0, 0)] * len(due)
    turn, gate = itertools.count(), threading.Lock()
    begin = time.perf_counter() + 0.05  # all threads are there by then

    def work() -> None:
        caller = _Caller(url)
        while True:
            with gate:
                n = next(turn)
            if n >= len(due):
                break
            time.sleep(max(0.0, begin + due[n] - time.perf_counter()))
            sent = time.perf_counter() - begin
            status, _ = caller.post("/recommend", texts[n % len(texts)])
            rows[n] = (float(due[n]), sent, time.perf_counter() - begin, status)
        caller.close()

    threads = [threading.Thread(target=work) for _ in range(min(connections, len(due)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return _measured(rows)


def _measured(rows: Sequence[tuple[float, float, float, int]]) -> Measured:
    due, sent, done, status = (np.array(column) for column in zip(*rows, strict=True))
    return Measured(due, sent, done, status)
