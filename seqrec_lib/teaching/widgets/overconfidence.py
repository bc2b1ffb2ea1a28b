"""Overconfidence by loss: what a model says of the item that it puts first, and what is true of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ...messages import message
from .view import View

DIGITS = 4  # of what stands in the page
TEMPERATURES = (0.5, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0, 3.0)
READINGS = ("softmax", "sigmoid")


def overconfidence(
    scores: Mapping[str, Tensor],
    truth: Tensor,
    temperatures: Sequence[float] = TEMPERATURES,
    groups: int = 10,
) -> View:
    """A view of models that were trained with different losses, read as softmax or as sigmoid.

    Args:
        scores: name of a loss to ``(M, V+1)`` scores of its model for M histories; minus infinity where an
            item may not come. truth: ``(M, V+1)`` chances of the world. temperatures: what scores can be
            divided by; 1 is among them. groups: of histories, by what the model says of its first item.

    Raises:
        ValueError: no scores, scores of another shape than ``truth``, or no temperature 1.
    """
    if not scores or any(each.shape != truth.shape for each in scores.values()):
        raise ValueError("give the scores of one loss at least, each of the shape of truth")
    if 1.0 not in temperatures:
        raise ValueError("1 must be among the temperatures: the view starts there")
    losses = [
        {
            "name": name,
            "readings": {
                way: [_measured(each.double() / by, truth.double(), way, groups) for by in temperatures]
                for way in READINGS
            },
        }
        for name, each in scores.items()
    ]
    data = {"words": _words(), "losses": losses, "temperatures": list(temperatures)}
    label = message("Choose a loss and how to read its scores: is its first item as likely as it says?")
    return View("overconfidence", label, data)


def _measured(scores: Tensor, truth: Tensor, way: str, groups: int) -> dict[str, object]:
    told = scores.softmax(1) if way == "softmax" else scores.sigmoid()
    top = scores.argmax(1, keepdim=True)
    said, true = told.gather(1, top)[:, 0], truth.gather(1, top)[:, 0]
    order = said.argsort(stable=True)
    parts = order.chunk(groups)

    def short(value: Tensor) -> float:
        return round(float(value), DIGITS)

    away = torch.special.xlogy(truth, truth / told.clamp(min=1e-30)).sum(1).mean()
    return {
        "said": [short(said[part].mean()) for part in parts],
        "true": [short(true[part].mean()) for part in parts],
        "mean": [short(said.mean()), short(true.mean())],
        "kl": short(away) if way == "softmax" else None,  # sigmoids do not sum to 1
    }


def _words() -> dict[str, object]:
    """Every sentence of the view."""
    return {
        "title": message("How sure is it, and how sure may it be?"),
        "tryThis": message("Try this:"),
        "experiment": message(
            "choose BCE and read the sigmoid. Then go back to the softmax, and look for the temperature that "
            "brings the first loss nearest to the truth."
        ),
        "choose": message("The model"),
        "loss": message("trained with"),
        "reading": message("scores read as"),
        "readings": {"softmax": message("softmax over the items"), "sigmoid": message("sigmoid of each")},
        "temperature": message("scores divided by:"),
        "across": message("what the model says of its first item"),
        "up": message("how likely that item is"),
        "model": message("the model's first item"),
        "perfect": message("as likely as it says"),
        "told": message("On average it says {said} of the item that it puts first, and {true} is true. {kl}"),
        "kl": message("To the whole truth it is {value} nats away."),
        "alt": message(
            "Two lines over what the model says of its first item, from {low} to {high}. Where it says "
            "{high}, {true} is true."
        ),
        "table": message("The data of this figure"),
    }
