"""The process once more, in plain Python, written from its description: slow, short, independent.

Nothing is shared with the library but the numbers in the tables. Types are enumerated, nothing is
updated in place, every question is answered from the whole history.
"""

from __future__ import annotations

import math

FIRST_MOMENT = 1_600_000_000.0
SECONDS_A_YEAR = 31_536_000.0


class PlainWorld:
    """One world, one user at a time. Items are 1 to V; causes are event numbers or ``"none"``."""

    def __init__(self, world):
        tables = world.tables
        self.follows = tables.successor.tolist()
        self.called_by = tables.called.tolist()
        self.follow_strength = tables.succession.tolist()
        self.call_strength = tables.trigger.tolist()
        self.taste = tables.taste.tolist()
        self.popular = tables.popularity.tolist()
        self.drift = tables.drift.tolist()
        self.prior = tables.prior.tolist()
        self.kernel = dict(world.settings.lag_kernel)
        self.repeats = world.settings.repeats
        self.items = range(1, world.n_items + 1)

    def popularity(self, moment):
        """Item to intensity: its logarithm drifts with the years, the sum over items stays."""
        years = (moment - FIRST_MOMENT) / SECONDS_A_YEAR
        moved = {i: self.popular[i] * math.exp(self.drift[i] * years) for i in self.items}
        scale = sum(self.popular[i] for i in self.items) / sum(moved.values())
        return {i: scale * moved[i] for i in self.items}

    def strengths(self, history, kind, moment):
        """``{(item, cause): intensity}`` of the next item for a user of type ``kind``."""
        found = {}

        def add(item, cause, strength):
            if strength > 0 and (self.repeats or item not in history):
                found[item, cause] = found.get((item, cause), 0.0) + strength

        for item, strength in self.popularity(moment).items():
            add(item, "none", strength + self.taste[kind][item])
        now = len(history)
        if history and self.follows[history[-1]]:
            add(self.follows[history[-1]], now - 1, self.follow_strength[history[-1]])
        for event, source in enumerate(history):
            wanted, lag = self.called_by[source], now - event
            spent = wanted in history[event + 1 :]
            if wanted and lag in self.kernel and not spent:
                add(wanted, event, self.kernel[lag] * self.call_strength[source])
        return found

    def given_type(self, history, kind, moment):
        """``{(item, cause): p}`` for a user of type ``kind``."""
        found = self.strengths(history, kind, moment)
        whole = sum(found.values())
        return {key: strength / whole for key, strength in found.items()}

    def likelihood(self, history, moments, kind):
        """p(history | type)."""
        product = 1.0
        for n, item in enumerate(history):
            step = self.given_type(history[:n], kind, moments[n])
            product *= sum(p for (which, _), p in step.items() if which == item)
        return product

    def next_item_and_cause(self, history, moments, request):
        """``{(item, cause): p(item, cause | history)}``, the types summed out."""
        weights = [share * self.likelihood(history, moments, z) for z, share in enumerate(self.prior)]
        joint = {}
        for kind, weight in enumerate(weights):
            for key, p in self.given_type(history, kind, request).items():
                joint[key] = joint.get(key, 0.0) + p * weight / sum(weights)
        return joint

    def next_item(self, history, moments, request):
        """p of items 0 to V as a list; item 0 has 0."""
        joint = self.next_item_and_cause(history, moments, request)
        return [sum(p for (which, _), p in joint.items() if which == item) for item in (0, *self.items)]
