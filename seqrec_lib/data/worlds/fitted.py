"""The attainable ceiling: the world's own process, its numbers fitted on the training part of a log.

The oracle knows the tables; whoever has only N users must estimate them. The fitted model knows what
the oracle knows of the **process** (how components add up, how many types there are, how long calls
wait and fade, how gaps are distributed) and each item's category, and finds everything else in the
training part: who follows whom, all strengths, tastes, popularity and its drift, the lag kernel,
weekends, arrivals, and how the types' gaps differ. It then ranks by the oracle's own recursion.

So oracle minus fitted is what finite data cost, and fitted minus model is the model's own. Prices
are not read: what they do to taste must be learned item by item.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...messages import InputError
from ..batch import Batch, Cases
from ..splits import Split
from .asking import at_request
from .fitting.evidence import Evidence, gather
from .fitting.numbers import Numbers, first_guess, to_tables
from .fitting.steps import expect, improve, without_faint_links
from .oracle import Belief
from .settings import WorldSettings
from .tables import Tables

HOLDS = (10.0, 100.0, 1000.0)  # the first one is fitted first, all of them from where it ended
STARTS, FIRST_STEPS, MOST_STEPS = 3, 12, 120
ENOUGH = 2e-6  # nats an event: a step that gains less is the last one
ROWS_AT_ONCE = 512


@dataclass(frozen=True)
class FittedModel:
    """A fitted world, as a model for the same evaluator as every other.

    Attributes:
        settings, tables: as a world has them; the lag kernel and the tables hold fitted numbers.
        hold: how strongly what is special to an item was held back; chosen on validation.
        surprise: mean -log p of the validation items, nats.
        gains: what the fit climbed: log-likelihood plus prior, nats, before each step.
    """

    settings: WorldSettings
    tables: Tables
    hold: float
    surprise: float
    gains: list[float]

    @property
    def name(self) -> str:
        """The world's name."""
        return self.settings.name

    @property
    def n_items(self) -> int:
        """``V`` of the world."""
        return self.settings.n_items

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)`` probabilities, or those of ``candidates`` ``(B, C)``, after whole histories."""
        history = (batch.items, batch.times, batch.lengths, batch.query_time)
        p = at_request(self, *history, Belief.next_item).to(batch.items.device)
        return p if candidates is None else p.gather(1, candidates)


def fit_world(
    settings: WorldSettings, split: Split, seed: int = 0, holds: Sequence[float] = HOLDS
) -> FittedModel:
    """Fit the numbers of a world of the structure in ``settings`` on ``split``'s training part.

    Validation items choose between the strengths of one prior, and nothing else. The numbers in
    ``settings`` are not read, only those that say how a component works; see the module.

    Args:
        seed: of the random first guesses.
        holds: strengths of the prior to choose from; a single small one leaves the tables free.

    Raises:
        InputError: the split cuts histories, or its items are not those of the structure.
    """
    if split.log.n_items != settings.n_items:
        raise InputError(
            f"the log has {split.log.n_items} items and the settings {settings.n_items}: "
            "give the settings of the log's own world"
        )
    longest = int((split.test.stop - split.test.start).max())
    if longest > split.max_len:
        raise InputError(
            f"histories have up to {longest} events and the split keeps {split.max_len}: "
            "split with max_len=world.max_length"
        )
    evidence = gather(split.train_log, settings)
    begun, _ = climb(_best_start(evidence, settings, seed, holds[0]), evidence, holds[0])
    evidence = without_faint_links(evidence, begun, expect(begun, evidence, holds[0]))
    fits = []
    for hold in holds:
        numbers, gains = climb(begun, evidence, hold)
        fitted, tables = to_tables(numbers, evidence, settings)
        model = FittedModel(fitted, tables, hold, 0.0, gains)
        fits.append(FittedModel(fitted, tables, hold, surprise(model, split.validation), gains))
    return min(fits, key=lambda fit: fit.surprise)


def _best_start(evidence: Evidence, settings: WorldSettings, seed: int, hold: float) -> Numbers:
    """The likeliest of several random guesses, each after a few steps."""
    generator = torch.Generator().manual_seed(seed)
    starts = []
    for _ in range(STARTS if settings.types > 1 else 1):
        guess = first_guess(evidence, settings, generator)
        starts.append(climb(guess, evidence, hold, FIRST_STEPS))
    return max(starts, key=lambda start: start[1][-1])[0]


def climb(
    numbers: Numbers, evidence: Evidence, hold: float, most: int = MOST_STEPS
) -> tuple[Numbers, list[float]]:
    """Take steps until they gain next to nothing: ``(numbers, objective before each step)``."""
    gains: list[float] = []
    for _ in range(most):
        found = expect(numbers, evidence, hold)
        gains.append(found.objective)
        if len(gains) > 1 and gains[-1] - gains[-2] < ENOUGH * len(evidence.item):
            break
        numbers = improve(numbers, found, evidence, hold)
    return numbers, gains


def surprise(model: FittedModel, cases: Cases) -> float:
    """Mean -log p of the targets, nats."""
    total = 0.0
    for part in cases.batches(ROWS_AT_ONCE):
        p = model.score(part.batch, part.target[:, None])
        total -= float(p.clamp(min=1e-12).log().sum())
    return total / len(cases)
