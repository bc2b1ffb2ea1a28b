"""What a log of clicks shows of purchases, and what all that was shown would have had."""

from __future__ import annotations

import torch
from torch import Tensor

from ..exercise import Exercise, Mutant, Probe

Three = tuple[float, float, float]


def share_among_clicks(click: Tensor, bought: Tensor) -> Three:
    """click, bought: (N,) chances. Returns (share among clicks, mean over all, covariance / mean click)."""
    seen = float((click * bought).sum() / click.sum())
    mean = float(bought.mean())
    return seen, mean, seen - mean


def _plain(click, bought):
    mean = float(bought.mean())
    return mean, mean, 0.0


def _both(click, bought):
    both, mean = float((click * bought).mean()), float(bought.mean())
    return both, mean, both - mean


def _covariance(click, bought):
    seen, mean, _ = share_among_clicks(click, bought)
    return seen, mean, float((click * bought).mean() - click.mean() * bought.mean())


def _sample(click, bought):
    seen, mean, _ = share_among_clicks(click, bought)
    away = ((click - click.mean()) * (bought - bought.mean())).sum() / (len(click) - 1)
    return seen, mean, float(away / click.mean())


def _likely(click, bought):
    rows = click >= click.median()
    seen, mean = float(bought[rows].mean()), float(bought.mean())
    return seen, mean, seen - mean


def _turned(click, bought):
    seen, mean, gap = share_among_clicks(click, bought)
    return seen, mean, -gap


def _swapped(click, bought):
    seen, mean, gap = share_among_clicks(click, bought)
    return mean, seen, gap


def _probes() -> list[Probe]:
    def case(about: str, rows: int, pull: float, seed: int) -> Probe:
        draw = torch.Generator().manual_seed(seed)
        lure, other = torch.randn(2, rows, generator=draw, dtype=torch.float64)
        return Probe(about, (torch.sigmoid(lure - 2), torch.sigmoid(other - pull * lure)))

    return [
        Probe("two items", (torch.tensor([0.4, 0.1]).double(), torch.tensor([0.2, 0.7]).double())),
        case("what attracts deters", 9, 1.5, 1),
        case("what attracts pleases", 20, -1.0, 2),
        case("neither", 300, 0.0, 3),
        case("many impressions", 500, 2.0, 4),
    ]


EXERCISE = Exercise(
    name="share-among-clicks",
    reference=share_among_clicks,
    probes=_probes,
    mutants=(
        Mutant(
            "no-selection", "Clicked items are not drawn evenly from all: who is there more often?", _plain
        ),
        Mutant("per-impression", "That is purchases per impression. The share is among clicks.", _both),
        Mutant(
            "not-divided", "The covariance is not yet divided by the mean chance of a click.", _covariance
        ),
        Mutant("sample", "The rows are all there are: their covariance divides by N, not by N - 1.", _sample),
        Mutant(
            "the-likely-half",
            "Not only likely clicks happen. Each row counts as often as it is clicked.",
            _likely,
        ),
        Mutant("turned-round", "The last number has the wrong sign: share among clicks minus mean.", _turned),
        Mutant("swapped", "The first two are in the wrong order.", _swapped),
    ),
    hints=(
        "How many clicks, and how many purchases, does each item bring in a large log?",
        "Divide expected purchases by expected clicks. The rest is a difference.",
    ),
)
