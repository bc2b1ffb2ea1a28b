"""Federated averaging: whose weights count how much, and what happens to rows that few clients touched."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def average_of_clients(server: Tensor, sent: Tensor, rows: Tensor) -> Tensor:
    """server: (V+1, D), sent: (K, V+1, D), rows: (K,). Returns (V+1, D)."""
    return torch.einsum("k,kvd->vd", rows.to(sent.dtype) / rows.sum(), sent)


def _touched(server: Tensor, sent: Tensor, rows: Tensor) -> Tensor:
    mine = (sent != server).any(2).to(sent.dtype) * rows[:, None]  # (K, V+1)
    total = mine.sum(0)
    share = mine / total.clamp(min=1)
    return torch.where(total[:, None] > 0, torch.einsum("kv,kvd->vd", share, sent), server)


def _summed(server: Tensor, sent: Tensor, rows: Tensor) -> Tensor:
    return server + (sent - server).sum(0)


def _largest(server: Tensor, sent: Tensor, rows: Tensor) -> Tensor:
    return sent[rows.argmax()]


def _probes() -> list[Probe]:
    def case(about: str, rows: list[int], n: int, width: int, seed: int):
        draw = torch.Generator().manual_seed(seed)
        server = torch.randn(n + 1, width, generator=draw, dtype=torch.float64)
        server[0] = 0
        change = torch.randn(len(rows), n + 1, width, generator=draw, dtype=torch.float64)
        seen = torch.rand(len(rows), n + 1, 1, generator=draw) < 0.5
        seen[:, 0] = False
        seen[0, 1] = True
        return Probe(about, (server, server + change * seen, torch.tensor(rows)))

    return [
        case("two clients, one three times as large", [1, 3], 3, 2, 0),
        case("four clients", [5, 1, 20, 7], 9, 3, 1),
        case("one large and many small ones", [100, 2, 3, 1, 2], 12, 4, 2),
        case("three clients of about one size", [10, 11, 9], 6, 5, 3),
    ]


def _with(rows: Callable[[Tensor], Tensor]) -> Callable:
    return lambda server, sent, given: average_of_clients(server, sent, rows(given))


EXERCISE = Exercise(
    name="average-of-clients",
    reference=average_of_clients,
    probes=_probes,
    mutants=(
        Mutant(
            "one-client-one-vote",
            "Each client counts the same here. A client counts by its rows, as if all were trained "
            "on together.",
            _with(torch.ones_like),
        ),
        Mutant(
            "only-those-who-touched",
            "A row is averaged over those who changed it alone. Then a client with one user moves a rare "
            "item all the way. In the average of weights those count too who sent the row back as it was.",
            _touched,
        ),
        Mutant(
            "changes-added",
            "The changes were added. The server takes their weighted mean, or steps grow with the number of "
            "clients.",
            _summed,
        ),
        Mutant("largest-alone", "These are the weights of the largest client.", _largest),
        Mutant(
            "by-root",
            "Clients count by the root of their rows. That is a compromise that some choose; asked for is "
            "the number of rows.",
            _with(lambda rows: rows.double().sqrt()),
        ),
        Mutant(
            "change-alone",
            "This is the change. Asked for are the weights after it.",
            lambda server, sent, rows: average_of_clients(server, sent, rows) - server,
        ),
    ),
    hints=(
        "What would one training on all rows count each row as? A client speaks for all of its rows.",
        "One share for each client, adding up to 1; the server's old weights are not needed for it.",
    ),
)
