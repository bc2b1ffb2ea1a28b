"""The process once more, in plain Python, written from its description: slow, short, independent.

Nothing is shared with the library but the numbers in the tables. Types are enumerated, nothing is
updated in place, every question is answered from the whole history.
"""

from __future__ import annotations

import math
from datetime import datetime, timezone
from statistics import NormalDist

FIRST_MOMENT = 1_600_000_000.0
SECONDS_A_YEAR = 31_536_000.0
SECONDS_A_DAY = 86_400.0
SATURDAY = 5


def day_of_week(moment):
    """Monday is 0."""
    return datetime.fromtimestamp(moment, timezone.utc).weekday()


def log_normal(x, median, spread):
    """Density at ``x``; 0 where x is not above 0."""
    return NormalDist(math.log(median), spread).pdf(math.log(x)) / x if x > 0 else 0.0


class PlainWorld:
    """One world, one user at a time. Items are 1 to V; causes are event numbers or ``"none"``."""

    def __init__(self, world):
        tables, self.set = world.tables, world.settings
        self.follows = tables.successor.tolist()
        self.called_by = tables.called.tolist()
        self.follow_strength = tables.succession.tolist()
        self.call_strength = tables.trigger.tolist()
        self.taste = tables.taste.tolist()
        self.popular = tables.popularity.tolist()
        self.drift = tables.drift.tolist()
        self.prior = tables.prior.tolist()
        self.weekend = tables.weekend.tolist()
        self.arrival = tables.arrival.tolist()
        self.ends = tables.session_end.tolist()
        self.budget, self.log_price = tables.budget.tolist(), tables.log_price.tolist()
        self.lure = tables.lure.tolist()
        self.kernel = dict(world.settings.lag_kernel)
        self.repeats = world.settings.repeats
        self.items = range(1, world.n_items + 1)

    def popularity(self, moment):
        """Item to intensity: its logarithm drifts with the years, the sum over items stays."""
        years = (moment - FIRST_MOMENT) / SECONDS_A_YEAR
        moved = {i: self.popular[i] * math.exp(self.drift[i] * years) for i in self.items}
        scale = sum(self.popular[i] for i in self.items) / sum(moved.values())
        return {i: scale * moved[i] for i in self.items}

    def strengths(self, history, moments, kind, moment):
        """``{(item, cause): intensity}`` of the next item for a user of type ``kind``."""
        found = {}

        def add(item, cause, strength):
            there = self.arrival[item] <= moment
            if strength > 0 and there and (self.repeats or item not in history):
                found[item, cause] = found.get((item, cause), 0.0) + strength

        free = self.set.weekend and day_of_week(moment) >= SATURDAY
        for item, strength in self.popularity(moment).items():
            liking = self.taste[kind][item] * (self.weekend[item] if free else 1.0)
            add(item, "none", strength + liking)
        now = len(history)
        if history and self.follows[history[-1]]:
            fade = 1.0
            if self.set.fade_hours:
                fade = math.exp(-(moment - moments[now - 1]) / 3600 / self.set.fade_hours)
            add(self.follows[history[-1]], now - 1, fade * self.follow_strength[history[-1]])
        for event, source in enumerate(history):
            wanted = self.called_by[source]
            spent = wanted in history[event + 1 :]
            if wanted and not spent:
                waited = self.waited(now - event, moment - moments[event])
                add(wanted, event, waited * self.call_strength[source])
        return found

    def waited(self, lag, seconds):
        """How far a trigger is open after so many events and so many seconds."""
        if not self.set.trigger_days:
            return self.kernel.get(lag, 0.0)
        if seconds <= 0:
            return 0.0
        away = math.log(seconds / SECONDS_A_DAY / self.set.trigger_days)
        return math.exp(-(away**2) / (2 * self.set.trigger_spread**2))

    def gap_density(self, before, now, kind):
        """p(next event at ``now`` | the last one, the type), a density over seconds."""
        if not self.set.pace:
            return 1.0
        pull, apart = self.set.weekend_pull, 0.0
        for days in range(6):  # a session that would have started so many days earlier
            start = now - days * SECONDS_A_DAY
            day = day_of_week(start)
            if days == 0:
                chance = 1 - pull if day < SATURDAY else 1.0
            else:
                chance = pull if day < SATURDAY and day + days == SATURDAY else 0.0
            if chance:
                apart += chance * log_normal(start - before, self.set.between_days * SECONDS_A_DAY, 0.7)
        within = log_normal(now - before, self.set.within_minutes * 60, 0.5)
        return self.ends[kind] * apart + (1 - self.ends[kind]) * within

    def given_type(self, history, moments, kind, moment):
        """``{(item, cause): p}`` for a user of type ``kind``."""
        found = self.strengths(history, moments, kind, moment)
        whole = sum(found.values())
        return {key: strength / whole for key, strength in found.items()}

    def likelihood(self, history, moments, kind, request):
        """p(history, time of the request | type)."""
        product = 1.0
        clock = [*moments[: len(history)], request]
        for n, item in enumerate(history):
            step = self.given_type(history[:n], moments, kind, clock[n])
            product *= sum(p for (which, _), p in step.items() if which == item)
            product *= self.gap_density(clock[n], clock[n + 1], kind)
        return product

    def types(self, history, moments, request):
        """p(type | history, time of the request), a list."""
        weights = [
            share * self.likelihood(history, moments, z, request) for z, share in enumerate(self.prior)
        ]
        return [weight / sum(weights) for weight in weights]

    def next_item_and_cause(self, history, moments, request):
        """``{(item, cause): p(item, cause | history)}``, the types summed out."""
        joint = {}
        for kind, weight in enumerate(self.types(history, moments, request)):
            for key, p in self.given_type(history, moments, kind, request).items():
                joint[key] = joint.get(key, 0.0) + p * weight
        return joint

    def next_item(self, history, moments, request):
        """p of items 0 to V as a list; item 0 has 0."""
        joint = self.next_item_and_cause(history, moments, request)
        return [sum(p for (which, _), p in joint.items() if which == item) for item in (0, *self.items)]

    def click_and_purchase(self, history, moments, request, item, place):
        """``(p(click), p(click and purchase))`` of ``item`` shown at ``place``, from 1."""
        enough = self.set.click_threshold * (self.set.taste + self.set.popularity) / len(self.items)
        click = both = 0.0
        for kind, weight in enumerate(self.types(history, moments, request)):
            found = self.strengths(history, moments, kind, request)
            bait = self.set.clickbait * self.lure[item]
            strength = math.exp(bait) * sum(value for (which, _), value in found.items() if which == item)
            p = weight / place**self.set.examination * strength / (strength + enough)
            away = self.set.buy_slope * (self.budget[kind] - self.log_price[item]) - bait
            click += p
            both += p / (1 + math.exp(-away))
        return click, both
