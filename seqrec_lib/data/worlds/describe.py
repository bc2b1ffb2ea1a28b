"""A world in words: what its components are and how often each one spoke."""

from __future__ import annotations

import torch

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


def describe(settings: WorldSettings, draw: Draw) -> str:
    """A short text with a bar for each component."""
    s, shares = settings, component_shares(draw)
    lags = [lag for lag, _ in s.lag_kernel]
    say = {
        "succession": "the next part of the series that was just watched",
        "trigger": f"the companion of an item seen {min(lags)} to {max(lags)} events ago" if lags else "",
        "taste": f"a category that the user's hidden type likes ({s.types} types)",
        "popularity": "what everybody takes" + (", drifting over time" if s.drift else ""),
    }
    lines = [
        f"world {s.name!r}: {s.users:,} users, {s.n_items} items, {int(draw.lengths.sum()):,} events",
        f"each user has {s.min_length} to {s.max_length} events; "
        + ("an item may come again" if s.repeats else "no item comes twice"),
        "the next item comes from",
    ]
    for name, text in say.items():
        bar = "#" * round(40 * shares[name])
        lines.append(f"  {name:<11}{shares[name]:5.0%}  {bar:<16} {text}")
    if shares["trigger"]:
        lines.append(f"half of the triggers wait {shares['median_trigger_lag']:.0f} events or more")
    return "\n".join(lines)
