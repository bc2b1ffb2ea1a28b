"""What would come next had one event been another: after seeing it, and after setting it.

Seeing an event tells who the user is; setting it does not. Both change what the event itself calls for, and
which items are still left. Sizes: ``B`` histories, ``T`` steps, ``V`` items, ``Z`` hidden types.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ...messages import InputError, unknown
from ..batch import Batch
from .asking import Process, at_request
from .oracle import Belief, beliefs

KNOWN_FROM = ("seen", "kept")


def oracle_do(world: Process, seen: Batch, items: Tensor, known_from: str = "seen") -> Tensor:
    """p(next item | do(the history is ``items``)) for the user who did ``seen``: ``(B, V+1)`` float64.

    The events of ``items`` call as if they had happened, and the later ones are held where they are. What
    differs from :meth:`World.oracle` of the changed history is what is believed of the type:

    - ``seen``: all of what the user really did tells it, and the change tells nothing. What is hidden is
      first inferred from what was seen, then the event is set, then the next one is predicted: Pearl's three
      steps of a counterfactual. The person stays who they are.
    - ``kept``: only the events that were not changed tell it; the step that was set has no say. That is
      Bayes' rule in the process whose step is set, given the other events.

    Args:
        seen: whole histories as they were. items: ``(B, T)``, the same but for the events that are set.

    Raises:
        InputError: an unknown ``known_from``, the shapes differ, or what :meth:`World.oracle` raises.
    """
    if known_from not in KNOWN_FROM:
        raise InputError(unknown("known_from", known_from, KNOWN_FROM))
    if items.shape != seen.items.shape:
        raise InputError(f"items must be {tuple(seen.items.shape)}, as was seen; got {tuple(items.shape)}")
    moments = (seen.times, seen.lengths, seen.query_time)
    if known_from == "seen":
        types = at_request(world, seen.items, *moments, lambda belief: belief.posterior)  # (B, Z)
    else:
        whole = at_request(world, items, *moments, lambda belief: belief.posterior)
        types = (whole.clamp(min=1e-300).log() - _said(world, seen, items)).softmax(1)
    return at_request(world, items, *moments, lambda belief: replace(belief, posterior=types).next_item())


def _said(world: Process, seen: Batch, items: Tensor) -> Tensor:
    """``(B, Z)``: log of the likelihood that the types give to the events of ``items`` that were set."""
    b, t = items.shape
    times = torch.zeros(b, t).double() if seen.times is None else seen.times.cpu().double()
    request = torch.zeros(b).double() if seen.query_time is None else seen.query_time.cpu().double()
    changed = (items != seen.items) & seen.mask()
    total = torch.zeros(b, world.settings.types, dtype=torch.float64)
    for step, _, belief in beliefs(world.settings, world.tables, items, times, request, seen.lengths.cpu()):
        if step < t:
            total += torch.where(changed[:, step, None], _log_likelihood(belief, items[:, step]), 0.0)
    return total


def _log_likelihood(belief: Belief, item: Tensor) -> Tensor:
    """log p(item | type, history): ``(B, Z)``."""
    given = replace(belief, posterior=torch.ones_like(belief.posterior))
    return given.of_item(item).clamp(min=1e-300).log()


def quiet_items(world: Process) -> Tensor:
    """``(N,)`` items that call for nothing: they have no successor and no companion of their own."""
    tables = world.tables
    calls = (tables.successor > 0) & (tables.succession > 0) | (tables.called > 0) & (tables.trigger > 0)
    calls[0] = True
    return (~calls).nonzero().squeeze(1)


class DoOracle:
    """:func:`oracle_do` where a model is expected: each row it is asked for is what was set for one user.

    Args:
        seen: one history as it was, a batch of one row. known_from: as in :func:`oracle_do`.
    """

    def __init__(self, world: Process, seen: Batch, known_from: str = "seen") -> None:
        self.world, self.seen, self.known_from = world, seen.trim(), known_from

    @property
    def n_items(self) -> int:
        """``V`` of the world."""
        return self.world.settings.n_items

    def score(self, batch: Batch, candidates: Tensor | None = None) -> Tensor:
        """``(B, V+1)`` probabilities, or those of ``candidates`` ``(B, C)``; rows are as long as ``seen``."""
        every = self.seen.rows(torch.zeros(len(batch), dtype=torch.int64))
        p = oracle_do(self.world, every, batch.items.cpu(), self.known_from)
        return p if candidates is None else p.gather(1, candidates.cpu())
