"""The numbers of a world that are fitted, and how they become tables.

A taste is how much a type likes the item's category, times the item's own weight, times what is
special to the two; a strength is the mean of its kind times what is special to the item. What is
special is held near 1, the more so the larger ``hold``. Sizes as in :mod:`.evidence`; ``L`` lags.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..settings import WorldSettings
from ..tables import Tables
from .evidence import Evidence

DRIFT_SPREAD = 1.0  # standard deviation of the normal prior that keeps drift from running away


@dataclass(frozen=True)
class Numbers:
    """One guess at a world's numbers; all float64.

    Attributes:
        like: ``(Z, C)``. own: ``(V+1,)``. special: ``(Z, V+1)``. The three make taste.
        popular: ``(V+1,)`` popularity at the start. drift: ``(V+1,)`` a year.
        mean: ``(2,)``, of succession and trigger. apart: ``(2, V+1)``: times this, each item's.
        share: ``(L,)`` lag kernel. weekend: ``(C,)``. prior, session_end: ``(Z,)``.
    """

    like: Tensor
    own: Tensor
    special: Tensor
    popular: Tensor
    drift: Tensor
    mean: Tensor
    apart: Tensor
    share: Tensor
    weekend: Tensor
    prior: Tensor
    session_end: Tensor

    def taste(self, category: Tensor) -> Tensor:
        """``(Z, V+1)``; ``category`` ``(V+1,)``, -1 for padding."""
        return self.like[:, category] * self.own * self.special * (category >= 0)

    def strength(self) -> Tensor:
        """``(2, V+1)``: of succession and of trigger, by the calling item."""
        return self.mean[:, None] * self.apart

    def popularity(self, years: Tensor) -> Tensor:
        """``(P, V+1)``; as :meth:`Tables.popularity_at`, its total is the same at all times."""
        moved = self.popular * torch.exp(self.drift * years[:, None])
        return moved * (self.popular.sum() / moved.sum(1, keepdim=True))

    def lean(self, evidence: Evidence) -> Tensor:
        """``(P, V+1)``: what weekends multiply taste by; 1 on other days."""
        return torch.where(evidence.free[:, None], self.weekend[evidence.blank.category], 1.0)


def first_guess(evidence: Evidence, s: WorldSettings, generator: torch.Generator) -> Numbers:
    """Shares of items for own weights and popularity; likings at random, for EM must tell types apart."""
    category = evidence.blank.category
    count = torch.bincount(evidence.item, minlength=len(category)).double()
    share = (count + 0.5) / (count + 0.5)[1:].sum()
    share[0] = 0.0
    categories = int(category.max()) + 1
    return Numbers(
        like=torch.randn(s.types, categories, generator=generator, dtype=torch.float64).exp(),
        own=share / 2,
        special=torch.ones(s.types, len(category), dtype=torch.float64),
        popular=share / 2,
        drift=torch.zeros(len(category), dtype=torch.float64),
        mean=torch.ones(2, dtype=torch.float64),
        apart=torch.ones(2, len(category), dtype=torch.float64),
        share=torch.ones(max(len(s.lag_kernel), 1), dtype=torch.float64),
        weekend=torch.ones(categories, dtype=torch.float64),
        prior=torch.full((s.types,), 1 / s.types, dtype=torch.float64),
        session_end=torch.linspace(0.2, 0.8, s.types, dtype=torch.float64)[
            torch.randperm(s.types, generator=generator)
        ],
    )


def to_tables(numbers: Numbers, evidence: Evidence, s: WorldSettings) -> tuple[WorldSettings, Tables]:
    """Settings with the fitted lag kernel, and tables in which taste and popularity have the total 1.

    Only ratios of intensities can be known, so two scales are free: that total is one, and that the
    largest share of the kernel is 1 the other.
    """
    blank = evidence.blank
    taste = numbers.taste(blank.category)
    unit = float(numbers.popular.sum() + numbers.prior @ taste.sum(1))
    peak = 1.0 if s.trigger_days else float(numbers.share.max())
    succession, trigger = numbers.strength() / unit
    kernel = zip(s.lag_kernel, (numbers.share / peak).tolist(), strict=False)
    fitted = s if s.trigger_days else replace(s, lag_kernel=tuple((lag, share) for (lag, _), share in kernel))
    return fitted, replace(
        blank,
        succession=succession * blank.succession,
        trigger=trigger * peak * blank.trigger,
        taste=taste / unit,
        popularity=numbers.popular / unit,
        drift=numbers.drift,
        prior=numbers.prior,
        weekend=torch.where(blank.category >= 0, numbers.weekend[blank.category], 1.0),
        session_end=numbers.session_end,
    )
