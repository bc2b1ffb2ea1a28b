"""A world in words: what its components are and how often each one spoke."""

from __future__ import annotations

import math

import torch

from .catalogue import Skin
from .settings import WorldSettings
from .simulate import Draw
from .tables import Tables


def component_shares(draw: Draw, tables: Tables | None = None) -> dict[str, float]:
    """Shares of succession, trigger, taste and popularity, and the median trigger lag in events.

    Without ``tables``, a call of the last event is taken for succession, which it is in every world
    whose triggers count events; where they count days, give the tables.
    """
    real = draw.items > 0
    cause = draw.cause[real]
    step = torch.arange(draw.items.shape[1]).expand_as(draw.items)
    lag = step[real] - cause
    called = cause >= 0
    # A series goes on right after its last part; every other call comes from further back.
    chain = called & (lag == 1)
    if tables is not None:
        source = draw.items.gather(1, draw.cause.clamp(min=0))[real]
        chain &= tables.successor[source] == draw.items[real]
    trigger = called & ~chain
    share = {
        "succession": chain,
        "trigger": trigger,
        "taste": cause == -1,
        "popularity": cause == -2,
    }
    found = {name: float(hit.double().mean()) for name, hit in share.items()}
    found["median_trigger_lag"] = (
        float(lag[trigger].double().median()) if bool(trigger.any()) else float("nan")
    )
    return found


def describe(settings: WorldSettings, skin: Skin, draw: Draw, tables: Tables) -> str:
    """A short text: what the next item comes from, how often, and where time matters."""
    s, shares = settings, component_shares(draw, tables)
    say = {
        "succession": skin.follows,
        "trigger": skin.calls.format(lag=_lag(s)) if s.trigger else "",
        "taste": f"a category that the user's hidden type likes ({s.types} types)",
        "popularity": "what everybody takes" + (", drifting over time" if s.drift else ""),
    }
    lines = [
        f"world {s.name!r}: {s.users:,} users, {s.n_items} items, {int(draw.lengths.sum()):,} events",
        f"each user has {s.min_length} to {s.max_length} events; "
        + ("an item may come again" if s.repeats else "no item comes twice"),
        *DIAGRAM,
        "the next item comes from",
    ]
    for name, text in say.items():
        bar = "#" * round(40 * shares[name])
        lines.append(f"  {name:<11}{shares[name]:5.0%}  {bar:<16} {text}")
    if shares["trigger"]:
        lines.append(f"half of the triggers wait {shares['median_trigger_lag']:.0f} events or more")
    return "\n".join(lines + _time(s) + _shown(s))


DIAGRAM = (
    "  last item    --> succession --+",
    "  earlier item --> trigger    --+--> next item",
    "  hidden type  --> taste      --+",
    "  calendar     --> popularity --+",
)


def _lag(s: WorldSettings) -> str:
    if s.trigger_days:
        low, high = (s.trigger_days * math.exp(k * s.trigger_spread) for k in (-1, 1))
        return f"about {low:.0f} to {high:.0f} days ago"
    lags = [lag for lag, _ in s.lag_kernel]
    return f"{min(lags)} to {max(lags)} events ago" if lags else "never"


def _time(s: WorldSettings) -> list[str]:
    """What the time of the request tells about the next item, a line for each way."""
    if not s.timed:
        return ["time tells nothing about the next item"]
    told = {
        f"succession fades within about {s.fade_hours:g} hours of the last item": s.fade_hours,
        "the trigger waits for days, not for events": s.trigger_days,
        "popularity drifts": s.drift,
        "taste is another one on Saturdays and Sundays": s.weekend,
        "the gaps between events tell the type": s.pace,
        f"{s.new_share:.0%} of the series and single items arrive during the log": s.new_share,
    }
    return ["time matters:", *(f"  {text}" for text, there in told.items() if there)]


def _shown(s: WorldSettings) -> list[str]:
    if not s.slate:
        return []
    bought = "clicks, and purchases that depend on the price" if s.buy_slope else "clicks"
    return [f"after the last event each user is shown {s.slate} items: {bought}"]
