"""A world in words: what its components are and how often each one spoke."""

from __future__ import annotations

import math

import torch

from ...messages import message
from .catalogue import Skin
from .drawing import Draw
from .settings import WorldSettings
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
    size = {"users": f"{s.users:,}", "items": s.n_items, "events": f"{int(draw.lengths.sum()):,}"}
    again = message("an item may come again") if s.repeats else message("no item comes twice")
    lines = [
        message("world {name!r}: {users} users, {items} items, {events} events", name=s.name, **size),
        message("each user has {low} to {high} events; ", low=s.min_length, high=s.max_length) + again,
        message("each user is of one of {types} hidden types, for good", types=s.types),
        *DIAGRAM,
        message("the next item comes from"),
    ]
    say = {
        "succession": message(skin.follows),
        "trigger": message(skin.calls, lag=_lag(s)) if s.trigger else "",
        "taste": message("a category that the hidden type likes"),
        "popularity": message(
            "what everybody takes, drifting over time" if s.drift else "what everybody takes"
        ),
    }
    for name, text in say.items():
        bar = "#" * round(40 * shares[name])
        lines.append(f"  {name:<11}{shares[name]:5.0%}  {bar:<16} {text}")
    if shares["trigger"]:
        lag = f"{shares['median_trigger_lag']:.0f}"
        lines.append(message("half of the triggers wait {lag} events or more", lag=lag))
    return "\n".join(lines + _time(s) + _shown(s))


DIAGRAM = (
    "  last item    --> succession --+",
    "  earlier item --> trigger    --+--> next item",
    "  hidden type  --> taste      --+",
    "  all users    --> popularity --+",
)


def _lag(s: WorldSettings) -> str:
    if s.trigger_days:
        low, high = (f"{s.trigger_days * math.exp(k * s.trigger_spread):.0f}" for k in (-1, 1))
        return message("about {low} to {high} days ago", low=low, high=high)
    lags = [lag for lag, _ in s.lag_kernel]
    return message("{low} to {high} events ago", low=min(lags), high=max(lags)) if lags else message("never")


def _time(s: WorldSettings) -> list[str]:
    """What the time of the request tells about the next item, a line for each way."""
    if not s.timed:
        return [message("time tells nothing about the next item")]
    hours, new = f"{s.fade_hours:g}", f"{s.new_share:.0%}"
    told = {
        message("succession fades within about {hours} hours of the last item", hours=hours): s.fade_hours,
        message("the trigger waits for days, not for events"): s.trigger_days,
        message("popularity drifts"): s.drift,
        message("taste is another one on Saturdays and Sundays"): s.weekend,
        message("the gaps between events tell the type"): s.pace,
        message("{new} of the series and single items arrive during the log", new=new): s.new_share,
    }
    return [message("time matters:"), *(f"  {text}" for text, there in told.items() if there)]


def _shown(s: WorldSettings) -> list[str]:
    if not s.slate:
        return []
    if s.buy_slope:
        text = "after the last event each user is shown {n} items: clicks, and purchases by price"
    else:
        text = "after the last event each user is shown {n} items: clicks"
    lines = [message(text, n=s.slate)]
    if s.clickbait:
        lines.append(message("what attracts clicks deters purchases"))
    return lines
