"""How long ago each event was, when the item after a step is asked for."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _asked(times: Tensor, lengths: Tensor, request: Tensor) -> Tensor:
    asked = torch.cat([times[:, 1:], request[:, None]], dim=1)
    asked[torch.arange(len(times)), lengths - 1] = request
    return asked


def _since(times: Tensor, lengths: Tensor, moment: Tensor) -> Tensor:
    steps = torch.arange(times.shape[1])
    open_pairs = (steps[:, None] >= steps) & (steps[:, None] < lengths[:, None, None])
    return (moment[:, :, None] - times[:, None, :]).masked_fill(~open_pairs, 0.0)


def since_the_request(times: Tensor, lengths: Tensor, request: Tensor) -> Tensor:
    """times: (B, T), lengths: (B,), request: (B,), all seconds in float64. Returns (B, T, T)."""
    return _since(times, lengths, _asked(times, lengths, request))


def _to_step(times, lengths, request):
    return _since(times, lengths, times)


def _request_for_all(times, lengths, request):
    return _since(times, lengths, request[:, None].expand_as(times))


def _last_column(times, lengths, request):
    return _since(times, lengths, torch.cat([times[:, 1:], request[:, None]], dim=1))


def _last_step_alone(times, lengths, request):
    moment = times.clone()
    moment[torch.arange(len(times)), lengths - 1] = request
    return _since(times, lengths, moment)


def _padding_counts(times, lengths, request):
    since = _asked(times, lengths, request)[:, :, None] - times[:, None, :]
    return since.tril()


def _signed(times, lengths, request):
    return -since_the_request(times, lengths, request)


def _probes() -> list[Probe]:
    start = 1_600_000_000.0

    def case(about: str, since: list[list[float]], lengths: list[int], after: list[float]) -> Probe:
        times = start + torch.tensor(since, dtype=torch.float64)
        request = start + torch.tensor(after, dtype=torch.float64)
        return Probe(about, (times, torch.tensor(lengths), request))

    return [
        case("one history of two events", [[0, 50]], [2], [170]),
        case(
            "two histories, one of them padded",
            [[0, 60, 60, 400], [10, 86410, -1_600_000_000, -1_600_000_000]],
            [4, 2],
            [3600, 180000],
        ),
        case("one event each", [[0], [30], [70]], [1, 1, 1], [5, 300, 70]),
        case(
            "three histories",
            [[0, 1, 5, 20, 21], [3, 9, 9, 40, 0], [2, 0, 0, 0, 0]],
            [5, 4, 1],
            [90, 41, 900],
        ),
    ]


EXERCISE = Exercise(
    name="since-the-request",
    reference=since_the_request,
    probes=_probes,
    mutants=(
        Mutant(
            "to-the-step",
            "You count to the step itself. When is the item after it asked for?",
            _to_step,
        ),
        Mutant(
            "one-request-for-all",
            "Every step is asked at the end of the history here. Step t is asked when step t+1 comes.",
            _request_for_all,
        ),
        Mutant(
            "last-column",
            "A padded row has its request in the last column. After which step of the row does it come?",
            _last_column,
        ),
        Mutant(
            "last-step-alone",
            "Only the last step knows when it is asked. All others have a step that follows.",
            _last_step_alone,
        ),
        Mutant("padding-counts", "Padding has times here. Its steps should hold 0.", _padding_counts),
        Mutant("signed", "Time that has passed is above 0.", _signed),
    ),
    hints=(
        "When does a server know that the item after step t is asked for?",
        "First make a (B, T) tensor with a moment for each step. The last real step has its row's request.",
    ),
)
