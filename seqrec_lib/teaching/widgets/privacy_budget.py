"""Budgets of privacy: what each costs in ranking, what an attack catches and what the promise allows."""

from __future__ import annotations

from collections.abc import Mapping

from ...messages import message
from ...results import Results
from .view import View

ALARMS = 0.01
SCORES = ("calibrated", "raw")


def privacy_budget(rows: Results, names: Mapping[str, str]) -> View:
    """A view of stored rows of training within budgets, and without.

    Args:
        rows: with ``attack`` and, where a budget was kept, ``settings["epsilon"]``.
        names: variant to what it is called, from no care to the smallest budget; the view turns them round.

    Raises:
        ValueError: fewer than two variants.
    """
    if len(names) < 2:
        raise ValueError("give two ways of training at least")
    ways = [_way(rows.where(variant=variant), told) for variant, told in reversed(list(names.items()))]
    data = {
        "words": _words(),
        "scores": list(SCORES),
        "alarms": ALARMS,
        "floor": rows.mean("markov/NDCG@10", "floors"),
        "ceiling": rows.mean("NDCG@10", "ceiling"),
        "ways": ways,
    }
    label = message("Choose a budget of privacy: what does it cost, and what does it hold back?")
    return View("privacy_budget", label, data)


def _way(found: Results, told: str) -> dict[str, object]:
    settings = found.rows[0]["settings"]
    return {
        "name": told,
        "epsilon": settings.get("epsilon"),
        "delta": settings.get("delta"),
        "ndcg": [found.mean(), *found.interval()],
        "caught": {
            score: [found.mean(f"{score}/tpr", "attack"), *found.interval(f"{score}/tpr", "attack")]
            for score in SCORES
        },
    }


def _words() -> dict[str, object]:
    """Every sentence of the view."""
    return {
        "title": message("What does a budget cost, and what does it hold back?"),
        "tryThis": message("Try this:"),
        "experiment": message("go from the smallest budget to none, and compare the two lower bars."),
        "choose": message("The training and the attacker"),
        "budget": message("training:"),
        "score": message("the attacker looks at"),
        "scores": {
            "calibrated": message("the loss less the oracle's surprise"),
            "raw": message("the loss alone"),
        },
        "ranking": message("NDCG@10 of fresh users"),
        "floor": message("best floor"),
        "ceiling": message("ceiling"),
        "caught": message("share of members caught"),
        "guess": message("guessing, one false alarm in 100"),
        "seen": message("this attack"),
        "allowed": message("what the promise allows to any attack"),
        "told": message(
            "Trained {name}: NDCG@10 is {ndcg}. This attack catches {seen} of the members; the promise rules "
            "out only that more than {allowed} are caught."
        ),
        "toldNone": message(
            "Trained {name}: NDCG@10 is {ndcg}. This attack catches {seen} of the members; nothing is "
            "promised of others."
        ),
        "altRanking": message(
            "One bar for the model trained {name}, at {value}, with its interval over seeds, and lines for "
            "the best floor at {floor} and the ceiling."
        ),
        "altAttack": message(
            "Three bars of the share of members caught: guessing at 0.01, this attack at {seen}, what is "
            "allowed at {allowed}."
        ),
        "table": message("The data of this figure"),
    }
