"""Twenty questions: a reader answers, and the page believes ever more firmly in one hidden type."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ...data.worlds.questions import Questions
from ...messages import message
from .view import View

MOST = 20


def twenty_questions(
    asked_of: Questions, titles: Sequence[str], names: Sequence[str], popularity: Sequence[float]
) -> View:
    """A view in which a reader answers questions and sees the belief about the type.

    Args:
        asked_of: what can be asked; items that no type can click are left out. titles: ``(V+1,)``.
        names: of the ``Z`` types. popularity: ``(V+1,)``, for the rule that asks the most popular item.

    Raises:
        ValueError: names or titles of another number than types or items, or nothing to ask.
    """
    if len(names) != len(asked_of.prior) or not len(titles) == len(popularity) == len(asked_of.yes):
        raise ValueError("give a name for each type, and a title and a popularity for each item and padding")
    able = [n for n in range(1, len(titles)) if float(asked_of.yes[n].max()) > 0]
    if not able:
        raise ValueError("no type clicks any item: there is nothing to ask")
    order = torch.randperm(len(able), generator=torch.Generator().manual_seed(0)).tolist()
    data = {
        "words": _words(),
        "names": list(names),
        "prior": [round(float(p), 6) for p in asked_of.prior],
        "titles": [str(titles[n]) for n in able],
        "yes": [[round(float(p), 6) for p in asked_of.yes[n]] for n in able],
        "popularity": [round(float(popularity[n]), 6) for n in able],
        "order": order,
        "most": min(MOST, len(able)),
    }
    return View(
        "twenty_questions", message("Answer questions and watch a belief about your type grow."), data
    )


def _words() -> dict[str, object]:
    """Every sentence of the view."""
    return {
        "title": message("Which type are you?"),
        "tryThis": message("Try this:"),
        "experiment": message(
            "choose one type in your mind, say no to all that it would not like, and compare the rules."
        ),
        "choose": message("How questions are chosen"),
        "rule": message("ask"),
        "rules": [
            message("what tells most about the type"),
            message("where the answer is least certain"),
            message("the most popular item"),
            message("anything"),
        ],
        "question": message("Question {k}: would you click “{title}”?"),
        "over": message("No question is left. Start again, perhaps by another rule."),
        "answers": message("Your answer"),
        "yes": message("Yes"),
        "no": message("No"),
        "again": message("Start again"),
        "told": message(
            "After {k} answers the likeliest type is {name}, {p}. The entropy is {h} of {first} nats."
        ),
        "belief": message("belief"),
        "alt": message("Bars of the belief in each type after {k} answers. The longest is {name} with {p}."),
        "table": message("The data of this figure"),
    }
