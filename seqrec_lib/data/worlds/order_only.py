"""The best ranking that does not know the clock: the oracle with all times summed out.

A model that reads the order of items alone knows neither the gaps nor the date, not even of the
request. What it could know at best is p(next item | items), a sum over all times that the items may
have come at. There is no closed form, since each item tells something about the times before it. A
particle filter (Gordon, Salmond & Smith 1993) comes as near as its particles allow: each carries a
course of times, drawn from the world's clock, is kept in proportion to how well its times explain
each next item, and keeps the types summed out exactly.

With finitely many particles this is still a ranking that reads items alone, so in expectation it
bounds the order-only ceiling **from below**; the oracle bounds it from above.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from ..batch import Batch
from .asking import Process
from .clock import DAY, EPOCH, draw_chances, make_times
from .oracle import beliefs

ROWS_AT_ONCE = 8000  # histories times particles


class OrderOnlyOracle:
    """The oracle (or a fitted model) without its clock, as a model. In a world that ignores time, the oracle.

    ``world`` gives settings and tables: a :class:`World` or a :class:`FittedModel`. More particles
    come nearer to the exact answer, in proportionally more time.
    """

    def __init__(self, world: Process, particles: int = 100, seed: int = 0) -> None:
        self.world = world
        self.particles = particles if world.settings.timed else 1
        self.seed = seed

    @property
    def n_items(self) -> int:
        """``V`` of the world."""
        return self.world.settings.n_items

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)`` probabilities, or those of ``candidates`` ``(B, C)``; no times are read."""
        rng = np.random.default_rng(self.seed)
        size = max(1, ROWS_AT_ONCE // self.particles)
        items, lengths = batch.items.cpu(), batch.lengths.cpu()
        parts = (slice(first, first + size) for first in range(0, len(items), size))
        p = torch.cat([self._filter(items[part], lengths[part], rng) for part in parts])
        p = p.to(batch.items.device)
        return p if candidates is None else p.gather(1, candidates)

    def _filter(self, items: Tensor, lengths: Tensor, rng: np.random.Generator) -> Tensor:
        """``(B, V+1)``; inside, ``R`` = B times the particles."""
        s, tables, users = self.world.settings, self.world.tables, len(items)
        rows = torch.arange(users).repeat_interleave(self.particles)
        items, own = items[rows], lengths[rows]  # (R, T), (R,)
        times, query = (
            torch.zeros(items.shape, dtype=torch.float64),
            torch.zeros(len(rows), dtype=torch.float64),
        )
        moment = EPOCH + torch.from_numpy(rng.uniform(0, s.start_days * DAY, len(rows)))
        walk, order, last = beliefs(s, tables, items, times, query, own), None, int(own.max())
        found = torch.zeros(users, s.n_items + 1, dtype=torch.float64)
        for step in range(last + 1):  # the walk reads times and query as they are at each step
            query[own == step] = moment[own == step]
            if step < items.shape[1]:
                times[:, step] = moment
            _, _, belief = next(walk) if order is None else walk.send(order)
            if bool((lengths == step).any()):
                p = belief.next_item()[own == step]
                found[lengths == step] = p.reshape(-1, self.particles, s.n_items + 1).mean(1)
            if step == last:
                break
            joint = belief.of_item(items[:, step])  # (R, Z)
            order = resample(joint.sum(1).reshape(users, -1), rng)
            times[:, : step + 1] = times[order, : step + 1]
            moment = self._next_moment(times[:, step], joint[order], rng)
        return found

    def _next_moment(self, now: Tensor, joint: Tensor, rng: np.random.Generator) -> Tensor:
        """``(R,)``: one gap later, of a type drawn by ``joint`` ``(R, Z)`` where gaps tell types."""
        s = self.world.settings
        chances = draw_chances(replace(s, users=len(now), min_length=2, max_length=2), rng)
        chances = replace(chances, start=now.numpy() - EPOCH)
        ends: float | np.ndarray = s.session_end
        if s.pace:
            ladder = joint.clamp(min=1e-300).cumsum(1)
            point = torch.from_numpy(rng.random(len(now)))[:, None] * ladder[:, -1:]
            ends = self.world.tables.session_end[torch.searchsorted(ladder, point)].numpy()  # (R, 1)
        return torch.from_numpy(make_times(s, chances, ends)[:, 1])


def resample(weight: Tensor, rng: np.random.Generator) -> Tensor:
    """``(B * K,)`` row numbers: in each row of ``weight`` ``(B, K)`` places in proportion, evenly spread."""
    users, particles = weight.shape
    ladder = weight.clamp(min=1e-300).cumsum(1)
    even = (torch.arange(particles) + torch.from_numpy(rng.random((users, 1)))) / particles
    place = torch.searchsorted(ladder, even * ladder[:, -1:]).clamp(max=particles - 1)
    return (torch.arange(users)[:, None] * particles + place).flatten()
