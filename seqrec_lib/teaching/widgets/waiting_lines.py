"""Latency against load: a queue that is simulated in the page, with workers, service times and arrivals."""

from __future__ import annotations

from ...messages import message
from .view import View

LOADS = [n / 20 for n in range(1, 20)]  # of what the workers can do


def waiting_lines(service: float, spread: float = 0.3, load: float = 0.7) -> View:
    """A view in which the reader chooses requests a second, service time and workers.

    Args:
        service: milliseconds that a request takes when it is alone. spread: of that, as a share of it.
        load: the share of what one worker can do that is shown first.

    Raises:
        ValueError: a service time that is not above 0, or a load that is not between 0 and 1.
    """
    if not service > 0:
        raise ValueError(f"a service time of {service} milliseconds: it must be above 0")
    if not spread > 0:
        raise ValueError(f"a spread of {spread}: it must be above 0")
    if not 0 < load < 1:
        raise ValueError(f"load is {load}: it must lie between 0 and 1")
    data = {
        "words": _words(),
        "service": round(float(service), 2),
        "spread": round(float(spread), 3),
        "load": round(20 * load) - 1,
        "loads": LOADS,
        "requests": 4000,
    }
    label = message("Choose how many requests come, and see how long they take")
    return View("waiting_lines", label, data)


def _words() -> dict[str, object]:
    """Every sentence of the view."""
    return {
        "title": message("How long does an answer take?"),
        "tryThis": message("Try this:"),
        "experiment": message(
            "raise the load from 50% to 90%. Then go back to 70% and let two workers share the same requests."
        ),
        "choose": message("The service"),
        "load": message("load of one worker"),
        "loadSaid": message("{value}% · {rate} requests a second"),
        "workers": message("workers"),
        "kinds": message("a request takes"),
        "kind": [
            message("times that vary a little"),
            message("always the same time"),
            message("one in ten takes ten times as long"),
        ],
        "series": [message("median"), message("95th percentile"), message("mean, by the formula")],
        "across": message("load of one worker"),
        "up": message("milliseconds from question to answer"),
        "told": message(
            "At {load}% of what one worker can do: half the answers within {half} ms, 95% within {most} ms. "
            "Alone a request takes {service} ms."
        ),
        "formula": message(
            "The formula, for one worker, says {mean} ms on average; these requests took {found}."
        ),
        "noFormula": message("The formula is for one worker; with {workers} these requests took {found} ms."),
        "alt": message(
            "Rising lines over the load, from 5% to 95% of one worker. At {load}% the median is {half} ms "
            "and the 95th percentile {most} ms."
        ),
        "table": message("The data of this figure"),
    }
