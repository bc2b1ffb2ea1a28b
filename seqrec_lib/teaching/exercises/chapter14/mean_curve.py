"""The mean curve of deletion over several histories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe


def _curve(v, shares, lengths, most, order=lambda own: own.argsort(descending=True, stable=True), keep=None):
    rows = []
    for n, length in enumerate(lengths.tolist()):
        leave = order(shares[n, :length]).tolist()
        steps = []
        for gone in range(most + 1):
            left = [j for j in range(length) if j not in leave[:gone]] if keep is None else keep(leave, gone)
            steps.append(float(v(n, left)))
        rows.append(steps)
    return torch.tensor(rows, dtype=torch.float64)


def mean_curve(v: Callable, shares: Tensor, lengths: Tensor, most: int) -> Tensor:
    """v: (row, list of kept events) -> float, shares: (N, T), lengths: (N,). Returns (most + 1,)."""
    return _curve(v, shares, lengths, most).mean(0)


def _known(**changes):
    return lambda v, shares, lengths, most: _curve(v, shares, lengths, most, **changes).mean(0)


def padding_leaves(v, shares, lengths, most):
    """The order is taken over all columns, so that padding may leave first."""
    rows = []
    for n, length in enumerate(lengths.tolist()):
        leave = shares[n].argsort(descending=True, stable=True).tolist()
        rows.append([float(v(n, [j for j in range(length) if j not in leave[:g]])) for g in range(most + 1)])
    return torch.tensor(rows, dtype=torch.float64).mean(0)


def one_at_a_time(v, shares, lengths, most):
    """Each event leaves alone and comes back."""
    rows = []
    for n, length in enumerate(lengths.tolist()):
        leave = shares[n, :length].argsort(descending=True, stable=True).tolist()
        each = [[j for j in range(length) if j != leave[g - 1]] for g in range(1, most + 1)]
        rows.append([float(v(n, list(range(length)))), *(float(v(n, left)) for left in each)])
    return torch.tensor(rows, dtype=torch.float64).mean(0)


def whole_left_out(v, shares, lengths, most):
    return mean_curve(v, shares, lengths, most + 1)[1:]


def by_length(v, shares, lengths, most):
    """Longer histories weigh more."""
    curves = _curve(v, shares, lengths, most)
    return (curves * lengths[:, None]).sum(0) / lengths.sum()


@dataclass(frozen=True, repr=False)
class _Value:
    """What a row's kept events are worth, with a bonus for each pair of neighbours; no event is no input."""

    worth: tuple[tuple[float, ...], ...]

    def __call__(self, row: int, kept) -> float:
        events = sorted(int(j) for j in kept)
        if not events:
            raise ValueError("a model needs at least one event")
        bonus = sum(0.3 for a, b in zip(events, events[1:], strict=False) if b == a + 1)
        return sum(self.worth[row][event] for event in events) + bonus - 2.0


def _probes() -> list[Probe]:
    def drawn(seed: int, n: int, t: int) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        return (torch.randn(n, t, generator=generator).double() for _ in range(2))  # type: ignore[return-value]

    found = []
    for about, seed, lengths, most in (
        ("one history of four", 1, [4], 2),
        ("two histories, one padded", 2, [3, 6], 2),
        ("four histories of several lengths", 5, [7, 4, 5, 6], 3),
    ):
        worth, shares = drawn(seed, len(lengths), max(lengths))
        shares = shares + 0.5 * worth
        for n, length in enumerate(lengths):
            shares[n, length:] = 9.0 if seed % 2 == 0 else 0.0  # what stands at padding is arbitrary
        shares[0, 0] = -2.0 - seed / 10  # an event that speaks against
        found.append(
            Probe(about, (_Value(tuple(map(tuple, worth.tolist()))), shares, torch.tensor(lengths), most))
        )
    return found


EXERCISE = Exercise(
    name="mean-curve",
    reference=mean_curve,
    probes=_probes,
    mutants=(
        Mutant(
            "by-size",
            "Events leave by the size of their share. One that speaks against the item goes last, not first.",
            _known(order=lambda own: own.abs().argsort(descending=True, stable=True)),
        ),
        Mutant(
            "smallest-first",
            "The events with the smallest shares leave first.",
            _known(order=lambda own: own.argsort(stable=True)),
        ),
        Mutant(
            "by-age",
            "Events leave by age; the shares are not used.",
            _known(order=lambda own: torch.arange(len(own))),
            _known(order=lambda own: torch.arange(len(own)).flip(0)),
        ),
        Mutant(
            "padding-leaves",
            "Padding takes part in the order and leaves in place of an event.",
            padding_leaves,
        ),
        Mutant(
            "one-at-a-time", "An event that has left comes back before the next one leaves.", one_at_a_time
        ),
        Mutant(
            "no-start", "The curve begins with one event gone; its first value has none gone.", whole_left_out
        ),
        Mutant("by-length", "Each history counts once, however long it is.", by_length),
    ),
    hints=(
        "Write the order of leaving for the first history by hand, its largest share first.",
        "After k steps, which events are left? They go to `v` in the order in which they stood.",
    ),
)
